"""What callers give, as plain data: what is none is refused, never made text."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from cfgcore.values.frozen import KEY, plain

#: The types of single values that :func:`plain` knows how to write, beside those of JSON.
WRITTEN = (timedelta, date, time, Decimal, UUID, PurePath)


class NoData(ValueError):
    """A value, or one that lies at `path` in it, that no setting could store."""

    def __init__(self, path: tuple[str, ...], message: str) -> None:
        super().__init__(message)
        self.path = path

    def below(self, key: str) -> NoData:
        """Return the same of a value that holds it at `key`."""
        return NoData((key, *self.path), str(self))


def data(value: Any) -> Any:
    """Return `value` as :func:`plain` does: text, numbers, booleans, None, lists and tuples, mappings and dataclasses,
    and members of an Enum, durations, dates, times, Decimals, UUIDs and paths.

    Raises :class:`NoData` for anything else, bytes, sets and keys that are not text among it.
    """
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, Enum):
        return data(value.value)
    if isinstance(value, Mapping):
        return {text_key(key): within(key, data, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [within(index, data, item) for index, item in enumerate(value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: within(name, data, item) for name, item in members(value)}
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (int, float, *WRITTEN)):
        return plain(value)
    raise refused(value)


def refused(value: Any, instead: str = "") -> NoData:
    """Return the refusal of a value, by its type alone: it may be a secret. `instead` says what is expected."""
    name = type(value).__name__
    return NoData((), f"a value of the type {name} is not stored{f'; it takes {instead}' if instead else ''}")


def within(key: Any, function: Any, *arguments: Any) -> Any:
    """Return what `function` makes of what lies at `key`. Raises :class:`NoData` with the path from there."""
    try:
        return function(*arguments)
    except NoData as error:
        raise error.below(str(key)) from None


def text_key(key: Any) -> str:
    """Return the key of a mapping. Raises :class:`NoData` where it is no text."""
    if isinstance(key, Enum):
        key = key.value
    if not isinstance(key, str):
        raise NoData((), f"the key {key!r} is of the type {type(key).__name__}; keys are text")
    return str.__str__(key)


def members(value: Any) -> Iterable[tuple[str, Any]]:
    """Yield the fields of a dataclass by their names in data."""
    for field in dataclasses.fields(value):
        yield field.metadata.get(KEY, field.name), getattr(value, field.name)
