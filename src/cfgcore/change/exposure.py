"""Who was shown which variant: noted as flags are evaluated, and told, from a thread of its own, to who keeps it."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cfgcore.change.recording import now

if TYPE_CHECKING:
    from cfgcore.flag.choice import Choice
    from cfgcore.flag.compiled import CompiledFlag
    from cfgcore.flag.outcome import Evaluation

logger = logging.getLogger("cfgcore.flags")

#: How many pairs of user and variant are remembered at least, and twice as many at most.
REMEMBERED = 50_000

#: How many exposures wait to be told at most; what comes then is told when it is evaluated again.
WAITING = 10_000

#: How long closing waits for those that are left, in seconds.
PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Exposure:
    """A user was given a variant by a split: an assignment of an A/B test.

    `user` is the targeting key, `time` is ISO 8601 in UTC, `revision` that of the flags that were evaluated.
    """

    flag: str
    user: str
    variant: str
    revision: int
    time: str


Tell = Callable[[Exposure], None]


class Exposures:
    """Notes assignments, each user and variant once as far as memory goes, and tells them in order.

    Evaluating a flag never waits and never fails for it.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._seen: set[tuple[str, str | None, str | None]] = set()
        self._seen_before: set[tuple[str, str | None, str | None]] = set()
        self._waiting: queue.Queue[Exposure | None] = queue.Queue(WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False

    def wrapped(self, flag: CompiledFlag) -> Choice:
        """Return the evaluation of a flag that notes what its splits decide."""
        key, evaluate = flag.key, flag.evaluate

        def evaluated(user: str | None, context: Any) -> Evaluation:
            outcome = evaluate(user, context)
            if outcome.reason == "SPLIT" and (key, user, outcome.variant) not in self._seen:
                self._note(key, user, outcome)
            return outcome

        return evaluated

    def _note(self, flag: str, user: str | None, outcome: Evaluation) -> None:
        pair = (flag, user, outcome.variant)
        if user is None or outcome.variant is None or self._closed:
            return
        known = pair in self._seen_before
        if not known:
            try:
                self._waiting.put_nowait(Exposure(flag, user, outcome.variant, outcome.revision, now()))
            except queue.Full:
                return
        if len(self._seen) >= REMEMBERED:
            self._seen_before, self._seen = self._seen, set()
        self._seen.add(pair)
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="cfgcore-exposures", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (exposure := self._waiting.get()) is not None:
            self._tell(exposure)
            self._waiting.task_done()
        self._waiting.task_done()

    def flush(self) -> None:
        """Wait until everything that was noted so far has been told."""
        if self._thread is not None:
            self._waiting.join()

    def close(self) -> None:
        """Tell what is left, for some seconds at most, and note nothing more."""
        self._closed = True
        if self._thread is not None and self._thread is not threading.current_thread():
            with suppress(queue.Full):
                self._waiting.put(None, timeout=PATIENCE)
            self._thread.join(PATIENCE)
