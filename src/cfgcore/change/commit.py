"""What callers get of stored changes: the changes, the commits that hold them, and the outcome of asking for some."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cfgcore.change.survey import Survey, Touched
from cfgcore.errors import CfgcoreError
from cfgcore.store.document import FLAGS
from cfgcore.store.protocol import Write
from cfgcore.store.record import Edit, Sides
from cfgcore.values.absent import Absent
from cfgcore.values.frozen import FrozenDict
from cfgcore.values.problem import Problem


@dataclass(frozen=True, slots=True)
class StoredChange:
    """One stored value that changed: its path, for whom (None: everyone), and the values; ``ABSENT`` is no value.

    Secrets show as dots.
    """

    path: str
    user: str | None
    old: Any | Absent
    new: Any | Absent


@dataclass(frozen=True, slots=True)
class Commit:
    """One atomic set of stored changes: its revision, when, by whom, why, and what it did.

    `action` is "update", "rollback", "undo", "restore", "forget", "upgrade", "edited outside" or "taken back", where a
    critical listener failed; `reverts` names the revision that was undone or returned to. `actor`, `reason` and the
    changes are gone where they were erased or compacted.
    """

    revision: int
    time: str
    actor: str | None
    reason: str | None
    action: str
    changes: tuple[StoredChange, ...]
    reverts: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A change that passed all checks: ``config.apply(plan)`` commits exactly that, or conflicts."""

    changes: tuple[StoredChange, ...]
    warnings: tuple[Problem, ...]
    action: str
    actor: str
    reason: str
    edits: Mapping[str, tuple[Edit, ...]] = field(repr=False)
    writes: Mapping[str, Write] = field(repr=False)
    expect: Mapping[str, int] = field(repr=False)
    secrets: Mapping[str, Any] = field(repr=False)
    reverts: int | None = None
    sides: Mapping[str, Sides] = field(default_factory=FrozenDict, repr=False)
    survey: Callable[[], Survey] | None = field(default=None, repr=False, compare=False)

    def users(self, *, examples: int = 20, progress: Callable[[int], None] | None = None) -> Touched:
        """Return whose effective values the change would change: how many users, and some examples.

        All users who have stored something are looked at, one after the other; `progress` is told how many are done.
        Raises :class:`CfgcoreError` for a plan of one user's values, or of none, and for one of flags: for whom these
        change depends on what is known of users when the flags are asked for.
        """
        if FLAGS in self.edits:
            raise CfgcoreError(
                "this plan changes flags, and who gets what depends on rules that are asked with the context of each "
                "request; plan settings and flags apart, and look at flags with config.flags.explain"
            )
        if self.survey is None:
            raise CfgcoreError("this plan changes nothing that users share")
        if type(examples) is not int or examples < 0:
            raise CfgcoreError(f"examples: {examples!r} is no number of users; give a whole number")
        return self.survey().run(examples, progress)

    def __bool__(self) -> bool:
        return bool(self.edits)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an update did. True when something was committed; a change that changes nothing is no commit.

    `plan` is what was checked, and committed where it changes something.
    """

    revision: int
    changes: tuple[StoredChange, ...] = ()
    warnings: tuple[Problem, ...] = ()
    committed: bool = False
    plan: Plan | None = field(default=None, repr=False, compare=False)

    def __bool__(self) -> bool:
        return self.committed
