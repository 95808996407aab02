"""One implementation of a hook, called singly: pluggy would skip all that come after one that fails."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any


def call(implementation: Any, arguments: dict[str, Any]) -> Any:
    """Return what one implementation answers to the arguments that it takes."""
    return implementation.function(*(arguments[name] for name in implementation.argnames))


def told_of(implementation: Any, argument: str) -> Callable[[Any], Any]:
    """Return an implementation as a function of one argument; a coroutine function, where it is one itself."""
    if not inspect.iscoroutinefunction(implementation.function):
        return lambda value: call(implementation, {argument: value})

    async def told(value: Any) -> Any:
        return await call(implementation, {argument: value})

    return told


def listed(answer: Any) -> list[Any] | None:
    """Return what a hook answered as a list, no answer as an empty one, and None for what is no list."""
    if answer is None:
        return []
    return list(answer) if isinstance(answer, Iterable) and not isinstance(answer, (str, bytes, Mapping)) else None
