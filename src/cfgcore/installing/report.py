"""What a migration did, value by value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path as File
from typing import Any, Literal

from cfgcore.change.commit import StoredChange
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.problem import Problem

#: In the order in which people want to read them.
Fate = Literal["invalid", "dropped", "unmapped", "waiting", "changed", "mapped", "default"]
FATES: tuple[Fate, ...] = ("invalid", "dropped", "unmapped", "waiting", "changed", "mapped", "default")


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one value of the source.

    It is mapped as it is, changed, left out because it is the default of then, kept as unmapped, waiting for the plugin
    that declares it, dropped because it has no place, or invalid. `source` are its keys in the source, dotted, `path`
    is the setting that it became or where it is kept, empty where neither. Secrets show as dots.
    """

    fate: Fate
    source: str
    value: Any
    path: str = ""
    user: str | None = None
    new: Any | Absent = ABSENT
    why: str = ""
    suggested: Any | Absent = ABSENT
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Migration:
    """What a migration did. True when the target was changed.

    `format` is what the source was recognised as, and `why`. `changes` are those of the target's stored values; of
    many, `unlisted` more are counted only. A copy of a store with its history has `records` in their place. Where the
    source is a store, entries are values of users that today's checks refuse, of which `omitted` more are not listed.
    `backup` is what was kept of the target of before.
    """

    source: str
    target: str
    format: str
    why: str
    entries: tuple[Entry, ...] = ()
    changes: tuple[StoredChange, ...] = ()
    warnings: tuple[Problem, ...] = ()
    revision: int | None = None
    records: int = 0
    omitted: int = 0
    unlisted: int = 0
    backup: File | None = None
    committed: bool = False

    def __bool__(self) -> bool:
        return self.committed

    @property
    def is_valid(self) -> bool:
        """Whether every value that has a place could be taken there."""
        return not any(entry.fate == "invalid" for entry in self.entries)

    def of(self, fate: Fate) -> tuple[Entry, ...]:
        """Return the entries of one fate, in the order of the source."""
        return tuple(entry for entry in self.entries if entry.fate == fate)
