"""Settings overridden for a while in every open configuration of this process, as tests do.

The configurations that are open, and the overrides that hold, are known to this module alone.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cfgcore.declare.registry import Registry
from cfgcore.errors import CfgcoreError, UnknownPath
from cfgcore.layer.override import override_contribution, setting_path
from cfgcore.layer.tree import Contribution

Refresh: TypeAlias = Callable[[], None]


@dataclass(slots=True, eq=False)
class _Override:
    """Values by dotted path, and which of the paths some configuration has declared so far."""

    values: Mapping[str, Any]
    declared: set[str] = field(default_factory=set)


_open: weakref.WeakKeyDictionary[object, tuple[Registry, weakref.WeakMethod[Refresh]]] = weakref.WeakKeyDictionary()
_overrides: list[_Override] = []
_lock = threading.Lock()


def join(config: object, registry: Registry, refresh: Refresh) -> None:
    """Let overrides hold for `config` from now on; its method `refresh` judges and publishes it again."""
    with _lock:
        _open[config] = registry, weakref.WeakMethod(refresh)


def leave(config: object) -> None:
    """Let overrides hold for `config` no longer."""
    with _lock:
        _open.pop(config, None)


def active(registry: Registry) -> list[Contribution]:
    """Return what the overrides that hold now set of the settings of `registry`.

    Raises ``UnknownPath`` for a setting that its section, which is open somewhere, does not have.
    """
    return [override_contribution(registry, _known(registry, override)) for override in list(_overrides)]


@contextmanager
def overridden(values: Mapping[str, Any]) -> Iterator[None]:
    """Put `values`, by dotted path, above all layers of every open configuration, and of those opened meanwhile.

    The values are checked like any other: raises ``ValidationFailed``, or ``UnknownPath`` for a setting that its
    section does not have, and changes nothing. A section may belong to a configuration that is opened later; at the
    end raises ``UnknownPath`` for one that none had.
    """
    mine = _Override(dict(values))
    _overrides.append(mine)
    try:
        _refresh_all()
        yield
    finally:
        _overrides[:] = [other for other in _overrides if other is not mine]
        _refresh_all()
    for path in values:
        if path not in mine.declared:
            raise UnknownPath(f"override of {path!r}: no configuration that was open meanwhile has this setting")


def _refresh_all() -> None:
    failures: list[CfgcoreError] = []
    for _, refresh in _all_open():
        try:
            refresh()
        except CfgcoreError as error:
            failures.append(error)
    if failures:
        raise failures[0]


def _all_open() -> list[tuple[Registry, Refresh]]:
    with _lock:
        known = list(_open.values())
    return [(registry, refresh) for registry, method in known if (refresh := method()) is not None]


def _known(registry: Registry, override: _Override) -> dict[str, Any]:
    registries = (registry, *(other for other, _ in _all_open()))
    for path in override.values:
        if any(_declares(other, path) for other in registries):
            override.declared.add(path)
            continue
        for other in registries:
            if not isinstance(path, str) or other.section_named(path.partition(".")[0]) is not None:
                setting_path(other, path)
    return {path: value for path, value in override.values.items() if _declares(registry, path)}


def _declares(registry: Registry, path: str) -> bool:
    try:
        return bool(setting_path(registry, path))
    except UnknownPath:
        return False
