"""What becomes of one event with those listeners that somebody waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a listener failed; `critical` where that decides on the change."""

    listener: str
    reason: str
    critical: bool


class Share:
    """What one listener has to say for a receipt; what is said first counts."""

    def __init__(self, receipt: Receipt) -> None:
        self._receipt: Receipt | None = receipt
        self._lock = threading.Lock()

    @property
    def is_done(self) -> bool:
        """Whether it was said."""
        return self._receipt is None

    def done(self, failure: Failure | None = None) -> None:
        """It has done with the event, or cannot before whoever waits goes on."""
        with self._lock:
            receipt, self._receipt = self._receipt, None
        if receipt is not None:
            receipt.done(failure)


class Receipt:
    """Counts the listeners that have done with an event, and collects the failures."""

    def __init__(self) -> None:
        self._open = 1
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._failures: list[Failure] = []
        self._then: Callable[[list[Failure]], None] | None = None

    def expect(self) -> Share:
        """One more listener is told; return its share, which it says when it has done with the event."""
        with self._lock:
            self._open += 1
        return Share(self)

    def done(self, failure: Failure | None = None) -> None:
        """One listener has done with the event."""
        with self._lock:
            if failure is not None:
                self._failures.append(failure)
            self._open -= 1
            then = self._then if not self._open else None
            if not self._open:
                self._done.set()
        if then is not None:
            then(self._failures)

    def sent(self) -> Receipt:
        """All listeners have been given the event."""
        self.done()
        return self

    def wait(self) -> list[Failure]:
        """Wait until all have done, and return the failures. It ends, because a listener that hangs is cut off."""
        self._done.wait()
        return self._failures

    def wait_for(self, timeout: float | None) -> bool:
        """Wait for at most `timeout` seconds; return whether all have done."""
        return self._done.wait(timeout)

    def give_up(self) -> None:
        """Let nobody wait any longer."""
        self._done.set()

    def then(self, action: Callable[[list[Failure]], None]) -> None:
        """Call `action` with the failures once all have done, at once where they have."""
        with self._lock:
            self._then = action
            is_done = self._done.is_set()
        if is_done:
            action(self._failures)
