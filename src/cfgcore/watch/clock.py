"""What tells the time to listeners' deadlines, and calls when one is reached."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

logger = logging.getLogger("cfgcore.listeners")


class Timer(Protocol):
    """A call that is due later."""

    def cancel(self) -> None:
        """Let it not happen; too late does nothing."""
        ...


class Clock(Protocol):
    """The time in seconds from some beginning, never running backwards."""

    def now(self) -> float:
        """Return the time."""
        ...

    def call_later(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Call `action` in `seconds`, in a thread of the clock's own."""
        ...


class _Due:
    """A call of :class:`SystemClock`; one that was cancelled holds nothing."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        self.action = None


class SystemClock:
    """The clock of the system. Its thread lives while something is due, and never keeps the process alive."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, _Due]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._is_running = False

    def now(self) -> float:
        """Return the seconds of the monotonic clock."""
        return time.monotonic()

    def call_later(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Call `action` in `seconds`, in the clock's thread."""
        due, at = _Due(action), self.now() + seconds
        with self._changed:
            is_next = not self._due or at < self._due[0][0]
            heapq.heappush(self._due, (at, next(self._numbers), due))
            if not self._is_running:
                self._is_running = self._started()
            elif is_next:
                self._changed.notify()
        return due

    def _started(self) -> bool:
        """Start the thread; where the system gives none, the next call tries again, and what is due is late."""
        try:
            threading.Thread(target=self._run, name="cfgcore-clock", daemon=True).start()
        except RuntimeError as error:
            logger.error("deadlines of listeners are not kept: %s", error)
            return False
        return True

    def _run(self) -> None:
        while (due := self._next()) is not None:
            action = due.action
            if action is not None:
                action()
            del due, action

    def _next(self) -> _Due | None:
        """Wait for the next call; None where there is none any more."""
        with self._changed:
            while self._due:
                at, _, due = self._due[0]
                left = at - self.now()
                if due.action is None or left <= 0:
                    heapq.heappop(self._due)
                    if due.action is not None:
                        return due
                else:
                    self._changed.wait(left)
            self._is_running = False
            return None
