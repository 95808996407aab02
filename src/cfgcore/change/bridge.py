"""Synchronous methods as an event loop awaits them: each call on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import copy_context
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    import asyncio

P = ParamSpec("P")
R = TypeVar("R")


async def in_thread(function: Callable[[], R]) -> R:
    """Return what `function` returns, called on a thread of its own, in this context.

    A task that is cancelled meanwhile ends when the call has ended: what was begun is done or has failed by then. A
    call that has not begun never begins. Every call has its thread, so that none waits for one that waits for it.
    """
    import asyncio

    loop, context = asyncio.get_running_loop(), copy_context()
    done: asyncio.Future[R] = loop.create_future()
    given_up = threading.Event()

    def work() -> None:
        try:
            report = partial(done.set_result, context.run(function)) if not given_up.is_set() else done.cancel
        except StopIteration as error:  # which no future takes
            report = partial(done.set_exception, _told_apart(error))
        except BaseException as error:
            report = partial(done.set_exception, error)
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_report, done, report)

    threading.Thread(target=work, name="cfgcore-aio", daemon=True).start()
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        given_up.set()
        if not done.done():
            await asyncio.wait([done])
        if not done.cancelled():
            done.exception()  # seen, so that it is not reported as lost
        raise


class bridged(Generic[P, R]):
    """A method of a configuration, as an attribute of what wraps it: the same arguments, and the answer is awaited."""

    def __init__(self, method: Callable[Concatenate[Any, P], R]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(self, wrapper: Any, _owner: type | None = None) -> Callable[P, Coroutine[Any, Any, R]]:
        """Return the method of the wrapped configuration as a coroutine function."""

        @wraps(self._method)
        async def call(*args: P.args, **named: P.kwargs) -> R:
            return await in_thread(partial(getattr(wrapper._config, self._method.__name__), *args, **named))

        return call


def _told_apart(error: StopIteration) -> RuntimeError:
    told = RuntimeError("the call raised StopIteration")
    told.__cause__ = error
    return told


def _report(done: asyncio.Future[Any], report: Callable[[], object]) -> None:
    if not done.done():
        report()
