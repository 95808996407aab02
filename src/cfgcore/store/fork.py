"""What a forked child has to leave to its parent: locks of threads it lacks, connections it would disturb."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol, runtime_checkable


class Inherited(Protocol):
    """Something that a forked child cannot go on using as it is."""

    def leave_parent(self) -> None:
        """Begin anew in the child."""
        ...


@runtime_checkable
class Reviving(Inherited, Protocol):
    """Something that does more in a child, once everything there has begun anew."""

    def revive(self) -> None:
        """Do it."""
        ...


_inherited: weakref.WeakSet[Inherited] = weakref.WeakSet()


def after_fork(thing: Inherited) -> None:
    """Have `thing.leave_parent()` called in every child that is forked from now on."""
    _inherited.add(thing)


class ThreadLock:
    """A lock that a thread may take again while it holds it; a forked child has one of its own, which nobody holds."""

    def __init__(self) -> None:
        self.leave_parent()
        after_fork(self)

    def leave_parent(self) -> None:
        """Begin anew: the thread that held it is not there."""
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_error: object) -> None:
        self._lock.release()


def _leave_parent() -> None:
    things = list(_inherited)
    for thing in things:
        thing.leave_parent()
    for thing in things:
        if isinstance(thing, Reviving):
            thing.revive()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_parent)
