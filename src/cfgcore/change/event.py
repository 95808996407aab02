"""What listeners are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cfgcore.values.problem import Problem
    from cfgcore.view.difference import Change


@dataclass(frozen=True, slots=True)
class Event:
    """What changed in a view: `effective` holds the settings whose values differ now. True when there are any.

    `commit` is the revision of the stored change behind the event; a reload has none. `user` is whose view it is; None
    is everyone's. `rollback_of` is the revision that this commit took back, because a critical listener failed.
    `pending` are changes that wait for a restart: the view keeps the running value. `warnings` are those of the new
    configuration.
    """

    effective: tuple[Change, ...] = ()
    pending: tuple[Change, ...] = ()
    warnings: tuple[Problem, ...] = ()
    commit: int | None = None
    user: str | None = None
    rollback_of: int | None = None

    def __bool__(self) -> bool:
        return bool(self.effective)
