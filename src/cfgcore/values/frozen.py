"""Values that nobody can change: mappings, and containers frozen through and through."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, time, timedelta
from enum import Enum
from typing import Any, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")

DEPTH_LIMIT = 64

#: The entry in the metadata of a dataclass field that holds its name in data, where that is another.
KEY = "cfgcore.key"


class FrozenDict(dict[K, V]):
    """A dict that refuses to be changed, and can therefore be shared and hashed.

    It stays a ``dict``: it is read at the cost of one, and ``json.dumps`` and ``dataclasses.asdict`` accept it.
    """

    __slots__ = ()

    def _refuse(self, *_args: object, **_named: object) -> NoReturn:
        raise TypeError("a configuration value cannot be changed in place")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __copy__(self) -> FrozenDict[K, V]:
        return self

    def __deepcopy__(self, _memo: object) -> FrozenDict[K, V]:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)

    def copy(self) -> dict[K, V]:
        """Return an ordinary dict with the same items."""
        return dict(self)


def freeze(value: Any) -> Any:
    """Return `value` with every list, tuple and set in it a tuple or frozenset and every mapping a :class:`FrozenDict`.

    Raises ``ValueError`` for a value that contains itself or nests deeper than 64 levels.
    """
    return _freeze(value, DEPTH_LIMIT)


def _freeze(value: Any, depth: int) -> Any:
    if isinstance(value, (str, bytes, int, float)) or value is None:
        return value
    if depth == 0:
        raise ValueError(f"it contains itself, or nests deeper than {DEPTH_LIMIT} levels")
    if isinstance(value, Mapping):
        return FrozenDict((key, _freeze(item, depth - 1)) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(_freeze(item, depth - 1) for item in value)
    if isinstance(value, (set, frozenset)):
        return frozenset(_freeze(item, depth - 1) for item in value)
    return value


def plain(value: Any) -> Any:
    """Return `value` as JSON and TOML know it: dicts, lists, text, numbers, booleans and None.

    A dataclass becomes a dict of its fields, an Enum its value, a duration its seconds, a Decimal, UUID, path, date or
    time its text.
    """
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.metadata.get(KEY, field.name): plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (date, time)):
        return value.isoformat()
    for number in (int, float):
        if isinstance(value, number):
            return number(value)
    return str(value)
