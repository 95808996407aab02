"""Which changes of an event a listener asked for, and two events made one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cfgcore.view.difference import Change, same

if TYPE_CHECKING:
    from cfgcore.change.event import Event
    from cfgcore.values.origin import Path


def matching(event: Event, path: Path) -> Event:
    """Return the event with those effective changes that lie at or below `path`, which is empty for all.

    A path within a value that changed as a whole, such as a key of a table, matches where it changed there.
    """
    if not path:
        return event
    found = (_within(change, path) for change in event.effective)
    return replace(event, effective=tuple(change for change in found if change is not None))


def merged(first: Event, second: Event) -> Event:
    """Return one event that tells what two told one after the other: the old values of the first, the new ones of both.

    What was changed and changed back is no change.
    """
    by_path = {change.path: change for change in first.effective}
    for change in second.effective:
        before = by_path.get(change.path)
        by_path[change.path] = change if before is None else replace(change, old=before.old)
    effective = tuple(change for change in by_path.values() if not same(change.old, change.new))
    return replace(second, effective=effective)


def _within(change: Change, path: Path) -> Change | None:
    keys = tuple(change.path.split("."))
    if keys[: len(path)] == path:
        return change
    if path[: len(keys)] != keys:
        return None
    old, new = (_at(value, path[len(keys) :]) for value in (change.old, change.new))
    return None if same(old, new) else replace(change, path=".".join(path), old=old, new=new)


def _at(value: Any, keys: Path) -> Any:
    for key in keys:
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, tuple):
            value = value[int(key)] if key.isdecimal() and int(key) < len(value) else None
        else:
            value = getattr(value, key, None)
    return value
