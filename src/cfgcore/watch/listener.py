"""A listener: told of events one after the other, out of a bounded queue, and harming nobody but itself."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from cfgcore.errors import CfgcoreError
from cfgcore.watch import nesting
from cfgcore.watch.delivery import Delivery, folded
from cfgcore.watch.health import CUT_OFF_AFTER, FAILURES, WARN_AFTER, WINDOW, Health
from cfgcore.watch.receipt import Failure

if TYPE_CHECKING:
    from cfgcore.change.event import Event
    from cfgcore.values.origin import Path
    from cfgcore.watch.clock import Clock, Timer
    from cfgcore.watch.runner import Runner

logger = logging.getLogger("cfgcore.listeners")

#: How many events wait for a listener before the newest ones are folded into one.
QUEUE_LIMIT = 100

State = Literal["waiting", "busy", "disabled", "closed"]


@dataclass(frozen=True, slots=True)
class Status:
    """How a listener does: what it listens to, what it is at, and how often it was told or failed.

    `state` is "waiting", "busy", "disabled" (after three failures within five minutes) or "closed". `pending` events
    wait for it, `folded` ones were told together with another because it was too slow.
    """

    name: str
    path: str
    user: str | None
    critical: bool
    state: State
    pending: int
    told: int
    folded: int
    failures: int
    last_error: str | None


class _Call:
    """One event being told to one listener."""

    __slots__ = ("__weakref__", "_listener", "context", "delivery", "timer")

    def __init__(self, listener: Listener, delivery: Delivery, context: Context) -> None:
        self._listener = listener
        self.delivery = delivery
        self.context = context
        self.timer: Timer | None = None
        context.run(nesting.enter, (*delivery.path, listener.name))

    @property
    def name(self) -> str:
        """The name of the listener."""
        return self._listener.name

    @property
    def event(self) -> Event:
        """What the listener is told."""
        return self.delivery.event

    def ended(self, error: BaseException | None) -> _Call | None:
        """Say that the callback returned or raised; return the call that follows at once, if any."""
        return self._listener.ended(self, error)


class Listener:
    """Somebody who is told, in order. All methods are safe in any thread; no callback runs within them."""

    def __init__(
        self,
        name: str,
        runner: Runner,
        clock: Clock,
        context: Context,
        *,
        path: Path = (),
        user: str | None = None,
        critical: bool = False,
        is_plugin: bool = False,
    ) -> None:
        self.name = name
        self.path = path
        self.user = user
        self.critical = critical
        self.is_awaited = critical or is_plugin
        self.runner = runner
        self._clock = clock
        self._context = context
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.RLock()  # what is logged under it may ask for the status
        self._queue: deque[Delivery] = deque()
        self._call: _Call | None = None
        self._state: State = "waiting"
        self._health = Health()
        self._when_idle: list[Callable[[], None]] = []
        self._told = self._folded = 0

    def begin_anew(self, clock: Clock) -> None:
        """Go on in a forked child, which has none of the threads."""
        state, self._clock = self._state, clock
        self._begin()
        self._state = state

    @property
    def is_over(self) -> bool:
        """Whether it is told nothing any more."""
        return self._state in ("disabled", "closed")

    @property
    def status(self) -> Status:
        """How it does."""
        with self._lock:
            return Status(
                self.name,
                ".".join(self.path),
                self.user,
                self.critical,
                "busy" if self._call is not None and not self.is_over else self._state,
                len(self._queue),
                self._told,
                self._folded,
                self._health.failures,
                self._health.last_error,
            )

    def offer(self, delivery: Delivery) -> None:
        """Let it be told, now or when it has been told what came before."""
        with self._lock:
            unwanted = [delivery] if self.is_over else self._kept(delivery)
            call = self._next() if self._call is None else None
        for other in unwanted:
            other.done()
        if call is not None:
            self._start(call)

    def when_idle(self, action: Callable[[], None]) -> None:
        """_Call `action` once it has been told everything, at once where it has."""
        with self._lock:
            is_idle = self._call is None and not self._queue
            if not is_idle:
                self._when_idle.append(action)
        if is_idle:
            action()

    def close(self) -> None:
        """Tell it nothing any more; what it is being told comes to its end."""
        with self._lock:
            if not self.is_over:
                self._state = "closed"
            unwanted, idle = self._emptied()
        _finish(unwanted, idle)

    def ended(self, call: _Call, error: BaseException | None) -> _Call | None:
        """Note that a call came to its end, and return the following one; None where this one was left behind."""
        with self._lock:
            if self._call is not call:
                return None
            failure = None if error is None else self._failure(_text(error), error, counts=not self.critical)
            following, unwanted, idle = self._after(call)
        call.delivery.done(failure)
        _finish(unwanted, idle)
        if following is not None:
            self._watch(following)
        return following

    def _kept(self, delivery: Delivery) -> list[Delivery]:
        """Put an event into the queue; return those that need not be told because they cancel each other out."""
        if len(self._queue) < QUEUE_LIMIT:
            self._queue.append(delivery)
            return []
        if not self._folded:
            logger.warning("%s is slow: %d events wait; what follows is told together", self.name, QUEUE_LIMIT)
        self._folded += 1
        both = folded(self._queue.pop(), delivery)
        if both.event:
            self._queue.append(both)
            return []
        return [both]

    def _next(self) -> _Call | None:
        if not self._queue:
            return None
        self._told += 1
        self._call = _Call(self, self._queue.popleft(), self._context.copy())
        return self._call

    def _start(self, call: _Call) -> None:
        self._watch(call)
        following: _Call | None = call
        while following is not None:
            following = self._begun(following)

    def _begun(self, call: _Call) -> _Call | None:
        """Let the runner begin; return the call that is to begin instead, where this one failed at once."""
        try:
            self.runner.start(call)
        except CfgcoreError as error:
            logger.warning("%s is told nothing any more: %s", self.name, error)
            self.close()
            return self.ended(call, None)
        except RuntimeError as error:  # the system gives no thread
            return self.ended(call, error)
        return None

    def _watch(self, call: _Call) -> None:
        call.timer = self._clock.call_later(WARN_AFTER, partial(self._slow, call))

    def _slow(self, call: _Call) -> None:
        with self._lock:
            if self._call is not call:
                return
            call.timer = self._clock.call_later(CUT_OFF_AFTER - WARN_AFTER, partial(self._cut_off, call))
        logger.warning("%s has not returned for %g s; it is cut off at %g s", self.name, WARN_AFTER, CUT_OFF_AFTER)

    def _cut_off(self, call: _Call) -> None:
        with self._lock:
            if self._call is not call:
                return
            failure = self._failure(f"it had not returned after {CUT_OFF_AFTER:g} s, and was cut off")
            following, unwanted, idle = self._after(call)
        try:
            self.runner.cancel(call)
        except CfgcoreError:
            logger.debug("%s cannot be cancelled: its event loop is closed", self.name)
        call.delivery.done(failure)
        _finish(unwanted, idle)
        if following is not None:
            self._start(following)

    def _after(self, call: _Call) -> tuple[_Call | None, list[Delivery], list[Callable[[], None]]]:
        if call.timer is not None:
            call.timer.cancel()
        self._call = None
        following = None if self.is_over else self._next()
        unwanted, idle = self._emptied() if following is None else ([], [])
        return following, unwanted, idle

    def _emptied(self) -> tuple[list[Delivery], list[Callable[[], None]]]:
        """Return the events that are not told any more, and the actions that wait for idleness, where it is idle."""
        unwanted = list(self._queue)
        self._queue.clear()
        idle, self._when_idle = (self._when_idle, []) if self._call is None else ([], self._when_idle)
        return unwanted, idle

    def _failure(self, reason: str, error: BaseException | None = None, *, counts: bool = True) -> Failure:
        logger.error("%s failed: %s", self.name, reason, exc_info=error)
        if self._health.failed(reason, self._clock.now(), counts=counts) and not self.is_over:
            self._state = "disabled"
            logger.error(
                "%s is disabled: it failed %d times within %g minutes; %d events that waited are not told",
                self.name,
                FAILURES,
                WINDOW / 60,
                len(self._queue),
            )
        return Failure(self.name, reason, self.critical)


def _finish(unwanted: list[Delivery], idle: list[Callable[[], None]]) -> None:
    for delivery in unwanted:
        delivery.done()
    for action in idle:
        action()


def _text(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return type(error).__name__
