"""Where the callback of a listener runs: on a thread of the listener's own, or on an event loop."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Coroutine
from contextvars import Context
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from cfgcore.errors import CfgcoreError

if TYPE_CHECKING:
    import asyncio

    from cfgcore.change.event import Event
    from cfgcore.watch.receipt import Failure, Share


class Call(Protocol):
    """One event to be told, and the context to tell it in."""

    @property
    def name(self) -> str:
        """The name of the listener."""
        ...

    @property
    def event(self) -> Event:
        """What is told."""
        ...

    @property
    def context(self) -> Context:
        """Where the callback runs."""
        ...

    def ended(self, error: BaseException | None) -> Call | None:
        """Say that the callback returned or raised; return the call that follows at once, if any."""
        ...


class Runner(Protocol):
    """Runs calls, one after the other; never in the thread that asks for it."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop that the callback needs, or None."""
        ...

    def start(self, call: Call) -> None:
        """Begin to run a call, and those that follow it.

        Raises :class:`CfgcoreError` where that can never be, ``RuntimeError`` where it cannot be now.
        """
        ...

    def cancel(self, call: Call) -> None:
        """Leave a call behind that does not come to its end."""
        ...

    def when_needing(self, loop: asyncio.AbstractEventLoop, share: Share, failure: Failure | None = None) -> None:
        """Let `share` be done as soon as it needs this event loop to go on, at once where it does."""
        ...


class LoopThread:
    """An event loop on a daemon thread of its own, for callbacks that were given without one; made when needed."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop, which runs."""
        with self._lock:
            if self._loop is None:
                import asyncio

                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_run_forever, args=(self._loop,), name="cfgcore-loop", daemon=True).start()
            return self._loop

    def close(self) -> None:
        """Stop the loop."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)


def _run_forever(loop: asyncio.AbstractEventLoop) -> None:
    import asyncio

    try:
        loop.run_forever()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
    finally:
        loop.close()


class ThreadRunner:
    """Runs an ordinary function on a daemon thread, which ends when nothing is left to be told.

    An awaitable that the function returns is waited for on a loop.
    """

    loop = None

    def __init__(self, callback: Callable[[Any], Any], fallback: Callable[[], asyncio.AbstractEventLoop]) -> None:
        self._callback = callback
        self._fallback = fallback
        self._lock = threading.Lock()
        self._needed: asyncio.AbstractEventLoop | None = None
        self._asked: list[tuple[asyncio.AbstractEventLoop, Share, Failure | None]] = []

    def start(self, call: Call) -> None:
        """Begin a thread for the call, and for those that follow it; ``RuntimeError`` where there can be none."""
        threading.Thread(target=self._work, args=(call,), name=f"cfgcore-listener {call.name}", daemon=True).start()

    def cancel(self, call: Call) -> None:
        """Do nothing: a thread cannot be stopped; when it comes back, its call counts no more."""

    def when_needing(self, loop: asyncio.AbstractEventLoop, share: Share, failure: Failure | None = None) -> None:
        """Let `share` be done as soon as an awaitable that the function returned is waited for on this event loop."""
        with self._lock:
            is_needed = self._needed is loop
            if not is_needed:
                self._asked = [*(one for one in self._asked if not one[1].is_done), (loop, share, failure)]
        if is_needed:
            share.done(failure)

    def _work(self, call: Call | None) -> None:
        while call is not None:
            try:
                call.context.run(self._called, call)
            except BaseException as error:
                call = call.ended(error)
            else:
                call = call.ended(None)

    def _called(self, call: Call) -> None:
        answer = self._callback(call.event)
        if inspect.isawaitable(answer):
            import asyncio

            loop = self._fallback()
            self._need(loop)
            try:
                asyncio.run_coroutine_threadsafe(_awaited(answer), loop).result()
            finally:
                self._need(None)

    def _need(self, loop: asyncio.AbstractEventLoop | None) -> None:
        with self._lock:
            self._needed = loop
            asked = [one for one in self._asked if one[0] is loop]
            self._asked = [one for one in self._asked if one[0] is not loop]
        for _, share, failure in asked:
            share.done(failure)


class LoopRunner:
    """Runs a coroutine function as a task of one event loop."""

    def __init__(self, callback: Callable[[Any], Coroutine[Any, Any, Any]], loop: asyncio.AbstractEventLoop) -> None:
        self._callback = callback
        self.loop = loop
        self._tasks: dict[Call, asyncio.Task[None]] = {}

    def start(self, call: Call) -> None:
        """Begin a task for the call, and for those that follow it."""
        self._soon(partial(self._begin, call), call.context)

    def cancel(self, call: Call) -> None:
        """Cancel the task of the call."""
        self._soon(partial(self._cancelled, call), call.context)

    def when_needing(self, loop: asyncio.AbstractEventLoop, share: Share, failure: Failure | None = None) -> None:
        """Let `share` be done at once where this is its event loop, which it always needs."""
        if self.loop is loop:
            share.done(failure)

    def _soon(self, action: Callable[[], None], context: Context) -> None:
        try:
            self.loop.call_soon_threadsafe(action, context=context)
        except RuntimeError as error:
            raise CfgcoreError("the event loop it was subscribed on is closed") from error

    def _begin(self, call: Call) -> None:
        self._tasks[call] = self.loop.create_task(self._work(call))

    def _cancelled(self, call: Call) -> None:
        task = self._tasks.pop(call, None)
        if task is not None:
            task.cancel()

    async def _work(self, call: Call) -> None:
        try:
            await self._callback(call.event)
        except BaseException as error:
            following = call.ended(error)
        else:
            following = call.ended(None)
        self._tasks.pop(call, None)
        if following is not None:
            self.start(following)


async def _awaited(answer: Any) -> Any:
    return await answer


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop that runs in this thread, if any; none runs where nobody has imported asyncio."""
    if "asyncio" not in sys.modules:
        return None
    import asyncio

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def is_async(callback: Callable[..., Any]) -> bool:
    """Return whether calling it gives a coroutine, as far as that can be known."""
    method = getattr(type(callback), "__call__", None)  # noqa: B004
    return inspect.iscoroutinefunction(callback) or inspect.iscoroutinefunction(method)
