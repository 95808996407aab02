"""All listeners of one configuration: who is told, and how they do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any

from cfgcore.errors import CfgcoreError
from cfgcore.store.fork import after_fork
from cfgcore.watch import nesting
from cfgcore.watch.clock import Clock, SystemClock
from cfgcore.watch.health import CUT_OFF_AFTER
from cfgcore.watch.runner import LoopRunner, LoopThread, Runner, ThreadRunner, is_async, running_loop

if TYPE_CHECKING:
    import asyncio

    from cfgcore.change.event import Event
    from cfgcore.values.origin import Path
    from cfgcore.watch.listener import Listener, Status
    from cfgcore.watch.receipt import Receipt

_BLOCKED = "it needs the event loop that waits for it; use 'await config.aio....'"


class Listeners:
    """Who listens to a configuration. Iterating over it gives the :class:`Status` of each."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._all: tuple[Listener, ...] = ()  # a new one whenever a listener comes or goes: telling needs no lock
        self._begin()
        after_fork(self)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._loop_thread = LoopThread()

    def leave_parent(self) -> None:
        """Begin anew in a forked child, which has none of the threads."""
        self._begin()
        if isinstance(self._clock, SystemClock):
            self._clock = SystemClock()
        for listener in self._all:
            listener.begin_anew(self._clock)

    def __iter__(self) -> Iterator[Status]:
        return (listener.status for listener in self._all)

    def __len__(self) -> int:
        return len(self._all)

    def __repr__(self) -> str:
        return f"<{len(self)} listeners>"

    @property
    def users(self) -> set[str | None]:
        """Whose views somebody listens to; None is everyone's."""
        return {listener.user for listener in self._all}

    def add(
        self,
        callback: Callable[[Event], object],
        *,
        name: str = "",
        path: Path = (),
        user: str | None = None,
        critical: bool = False,
        is_plugin: bool = False,
    ) -> Listener:
        """Let `callback` be told from now on: on the running event loop, if it is a coroutine function."""
        from cfgcore.watch.listener import Listener

        if not callable(callback):
            raise CfgcoreError(f"{callback!r} cannot be called; subscribe a function that takes an event")
        listener = Listener(
            name or f"listener {_named(callback)}",
            self._runner(callback),
            self._clock,
            copy_context(),
            path=path,
            user=user,
            critical=critical,
            is_plugin=is_plugin,
        )
        with self._lock:
            self._all = (*self._all, listener)
        return listener

    def remove(self, listener: Listener) -> None:
        """Tell a listener nothing any more. Twice does nothing."""
        with self._lock:
            self._all = tuple(other for other in self._all if other is not listener)
        listener.close()

    def tell(self, events: Mapping[str | None, Event]) -> Receipt:
        """Give every listener the event of the user it listens to, as far as it asked for it; return at once.

        The receipt is for the critical listeners and the plugins. One that needs the event loop of this thread cannot
        go on while somebody waits here, and is not waited for.
        """
        from cfgcore.change.event import Event
        from cfgcore.watch.delivery import Delivery
        from cfgcore.watch.matching import matching
        from cfgcore.watch.receipt import Failure, Receipt

        receipt, here = Receipt(), running_loop()
        for listener in self._all:
            event = matching(events.get(listener.user, Event()), listener.path)
            if event:
                shares = (receipt.expect(),) if listener.is_awaited else ()
                listener.offer(Delivery(event, nesting.path(), shares))
                if here is not None:
                    failure = Failure(listener.name, _BLOCKED, critical=True) if listener.critical else None
                    for share in shares:
                        listener.runner.when_needing(here, share, failure)
        return receipt.sent()

    def refuse_change(self) -> None:
        """Raise :class:`CfgcoreError` for a change that lies too deep in listeners, or would wait for itself.

        The latter is one made on the event loop of a critical listener, which cannot run before the change has ended.
        """
        nesting.refuse_too_deep()
        here = running_loop()
        for listener in self._all:
            if here is not None and listener.critical and listener.runner.loop is here and not listener.is_over:
                raise CfgcoreError(
                    f"{listener.name} is critical and needs this event loop, which this change would block; "
                    f"use 'await config.aio....'"
                )

    def settled(self, timeout: float | None = None) -> bool:
        """Wait until every listener has been told what happened; return whether that was within `timeout` seconds."""
        return self._idle(None).wait_for(timeout)

    def close(self) -> None:
        """Let the listeners be told what waits for them, for at most five seconds, and nothing any more."""
        if self._all and not nesting.path():
            idle = self._idle(running_loop())
            if not idle.wait_for(0):
                timer = self._clock.call_later(CUT_OFF_AFTER, idle.give_up)
                idle.wait()
                timer.cancel()
        for listener in self._all:
            listener.close()
        self._loop_thread.close()

    def _idle(self, here: asyncio.AbstractEventLoop | None) -> Receipt:
        """Return the receipt of all that waits to be told, but for what needs the event loop `here`."""
        from cfgcore.watch.receipt import Receipt

        receipt = Receipt()
        for listener in self._all:
            share = receipt.expect()
            listener.when_idle(share.done)
            if here is not None:
                listener.runner.when_needing(here, share)
        return receipt.sent()

    def _runner(self, callback: Callable[[Event], Any]) -> Runner:
        loop = running_loop()
        if is_async(callback):
            return LoopRunner(callback, loop or self._loop_thread.loop())
        return ThreadRunner(callback, partial(_chosen, loop, self._loop_thread))


def _chosen(loop: asyncio.AbstractEventLoop | None, thread: LoopThread) -> asyncio.AbstractEventLoop:
    return loop if loop is not None and not loop.is_closed() else thread.loop()


def _named(callback: object) -> str:
    named = getattr(callback, "__qualname__", None)
    return f"{getattr(callback, '__module__', '')}.{named}" if named else repr(callback)[:100]
