"""How well a listener does: one that fails three times within five minutes is told nothing any more."""

from __future__ import annotations

from collections import deque

#: Seconds after which a listener that has not returned is warned about, and is left behind.
WARN_AFTER = 1.0
CUT_OFF_AFTER = 5.0

#: How many failures within how many seconds disable a listener.
FAILURES = 3
WINDOW = 300.0


class Health:
    """The failures of a listener that count."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=FAILURES)
        self.failures = 0
        self.last_error: str | None = None

    def failed(self, reason: str, now: float, *, counts: bool = True) -> bool:
        """Note a failure; return whether it was one too many. One that does not count is remembered only."""
        self.failures += 1
        self.last_error = reason
        if counts:
            self._times.append(now)
        return counts and len(self._times) == FAILURES and now - self._times[0] <= WINDOW
