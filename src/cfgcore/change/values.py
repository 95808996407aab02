"""Nested plain data: set, removed and compared by path, without changing what it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cfgcore.store.secret import key_in
from cfgcore.values.absent import ABSENT, Absent

if TYPE_CHECKING:
    from cfgcore.store.record import Edit
    from cfgcore.values.origin import Path


def value_in(values: Mapping[str, Any], path: Path) -> Any | Absent:
    """Return the value at `path`, or ``ABSENT``."""
    found: Any = values
    for key in path:
        if not isinstance(found, Mapping) or key not in found or key_in(found) is not None:
            return ABSENT
        found = found[key]
    return found


def with_value(values: Mapping[str, Any], path: Path, value: Any | Absent) -> dict[str, Any]:
    """Return `values` with `value` at `path`; ``ABSENT`` removes it, and the tables that become empty by that."""
    key, rest = path[0], path[1:]
    copy = dict(values)
    if rest:
        below = copy.get(key)
        value = with_value(below if isinstance(below, Mapping) else {}, rest, value) or ABSENT
    if value is ABSENT:
        copy.pop(key, None)
    else:
        copy[key] = value
    return copy


def edits_between(old: Mapping[str, Any], new: Mapping[str, Any], path: Path = ()) -> Iterator[Edit]:
    """Yield the edits that turn `old` into `new`, one for each value that differs."""
    from cfgcore.store.record import Edit

    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key, ABSENT), new.get(key, ABSENT)
        if before is after:
            continue
        was_table, is_table = _table(before), _table(after)
        if was_table and is_table:
            yield from edits_between(before, after, (*path, key))
        elif was_table and after is ABSENT and before:
            yield from edits_between(before, {}, (*path, key))
        elif is_table and before is ABSENT and after:
            yield from edits_between({}, after, (*path, key))
        elif not same(before, after):
            yield Edit((*path, key), before, after)


def same(one: Any, other: Any) -> bool:
    """Return whether two plain values are the same, telling 1 from 1.0 and from true."""
    if one is other:
        return True
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def alike(one: Any, other: Any) -> bool:
    """Return whether two plain values mean the same: like :func:`same`, but 1 is 1.0."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _table(value: Any) -> bool:
    return isinstance(value, Mapping) and key_in(value) is None and not _is_definition(value)


def _is_definition(value: Mapping[str, Any]) -> bool:
    """Return whether a table is the definition of a flag: one value, because definitions never merge."""
    return value.get("state") in ("ENABLED", "DISABLED") and isinstance(value.get("variants"), Mapping)
