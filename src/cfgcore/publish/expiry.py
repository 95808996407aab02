"""The moment at which something that holds now ends by itself, such as a rule among policies."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any
from weakref import WeakMethod

from cfgcore.store.fork import ThreadLock, after_fork
from cfgcore.values import moment
from cfgcore.watch.clock import SystemClock, Timer

#: How long the clock of the wall goes unread (seconds): it may be set while somebody waits.
LONGEST = 3600.0


class Expiry:
    """One timer, for the next such moment; then `act` is called in a thread of its own, while its object lives."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self._act = WeakMethod(act)
        self._lock = ThreadLock()
        self._clock = SystemClock()
        self._ends: datetime | None = None
        self._timer: Timer | None = None
        after_fork(self)

    def watch(self, ends: datetime | None) -> None:
        """Wait for `ends` from now on, and for nothing else; None is never."""
        with self._lock:
            if ends != self._ends:
                self._ends = ends
                self._wait()

    def leave_parent(self) -> None:
        """Wait anew in a forked child, which has none of the threads."""
        self._clock, self._timer = SystemClock(), None
        self._wait()

    def _wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if self._ends is not None:
            left = (self._ends - moment.now()).total_seconds()
            self._timer = self._clock.call_later(min(max(left, 0.0), LONGEST), self._due)

    def _due(self) -> None:
        with self._lock:
            if self._ends is None:
                return
            if self._ends > moment.now():
                self._wait()
                return
            self._ends = self._timer = None
        act = self._act()
        if act is not None:
            threading.Thread(target=act, name="cfgcore-expiry", daemon=True).start()
