"""The sentinel for "there is no value", which is not the same as the value ``None``."""

from __future__ import annotations

import enum
from typing import Final, Literal, TypeAlias


class _Absent(enum.Enum):
    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> Literal[False]:
        return False


Absent: TypeAlias = Literal[_Absent.ABSENT]
ABSENT: Final = _Absent.ABSENT
