"""Older formats of configuration files: how one is recognised, and what becomes of each of its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from cfgcore.errors import DeclarationError
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.origin import Path

#: What cfgcore itself recognises: no older format may bear these names.
OWN_FORMATS = ("settings", "store")


class Whose(Enum):
    """Whose a value in a file is, where the file names nobody.

    The owner is the one user whose preferences the file holds; whoever migrates it says who that is.
    """

    EVERYONE = "everyone"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Mapped:
    """A value that has a place: the keys at which it stands in the file, and the setting, policy or flag it becomes.

    `path` is public: ``download.max_retries``, ``policies.storage.max_user_storage_gb``, ``flags.auto_updates``, of
    which the value is true, false, or the share of users who have it, as text such as ``"25%"``. `whose` it is may also
    be the id of a user. A value that is not taken over as it is has `why` to say so, and what it was in `given`. `then`
    is the default of the application that wrote the file: such a file holds every value, so that one equal to it was
    not set by anybody.
    """

    source: Path
    path: str
    value: Any
    whose: Whose | str = Whose.EVERYONE
    given: Any | Absent = ABSENT
    why: str = ""
    then: Any | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Dropped:
    """A value that has no place today, and why; one that is `wrong` had a place and cannot be taken there."""

    source: Path
    value: Any
    why: str
    whose: Whose | str = Whose.EVERYONE
    wrong: bool = False
    suggested: Any | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Conversion:
    """What becomes of the values of a file. Of those that are not among them, the core says that nobody knows them."""

    mapped: tuple[Mapped, ...] = ()
    dropped: tuple[Dropped, ...] = ()


@dataclass(frozen=True, slots=True)
class LegacyFormat:
    """An older format of files, as a plugin contributes it.

    `detect` is given the data of a file, nested mappings, lists and plain values, and answers in a few words why it
    recognises them ("it has 'config_schema_version'"), or None. `convert` is given data that were recognised, or that
    the user says are of this format; parts may be missing or malformed. Neither changes what it is given. A `fallback`
    is asked only where no other format recognises a file.
    """

    name: str
    detect: Callable[[Mapping[str, Any]], str | None]
    convert: Callable[[Mapping[str, Any]], Conversion]
    fallback: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip() or self.name in OWN_FORMATS:
            raise DeclarationError(f"format {self.name!r}: a name is text, and none of {', '.join(OWN_FORMATS)}")
        if not callable(self.detect) or not callable(self.convert):
            raise DeclarationError(f"format {self.name!r}: detect and convert are functions of the data of a file")
