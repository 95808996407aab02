"""What a forked child has to leave to its parent: locks of threads it lacks, connections it would disturb."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Inherited(Protocol):
    """Something that a forked child cannot go on using as it is."""

    def leave_parent(self) -> None:
        """Begin anew in the child."""
        ...


_inherited: weakref.WeakSet[Inherited] = weakref.WeakSet()


def after_fork(thing: Inherited) -> None:
    """Have `thing.leave_parent()` called in every child that is forked from now on."""
    _inherited.add(thing)


def _leave_parent() -> None:
    for thing in list(_inherited):
        thing.leave_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_parent)
