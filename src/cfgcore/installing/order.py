"""What is asked of a migration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

#: Whose preferences a file holds that names no user: those of the single user of a desktop application.
LOCAL = "local"

#: Is told what is done, of how many altogether, and how many are done.
Progress: TypeAlias = Callable[[str, int, int], None]


def untold(what: str, total: int, done: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked of a migration besides source and target; :func:`cfgcore.migrate` tells of each."""

    user: str = LOCAL
    format: str | None = None
    explicit: bool = False
    keep_unmapped: bool = False
    force: bool = False
    backup: bool = True
    dry_run: bool = False
    environment: tuple[str, ...] = ()
    actor: str = "migrate"
    reason: str = ""
    progress: Progress = untold
