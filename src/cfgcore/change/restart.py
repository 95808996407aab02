"""Settings that wait for a restart: a reload leaves them at the value that the process runs with."""

from __future__ import annotations

from collections.abc import Iterable

from cfgcore.declare.registry import Registry
from cfgcore.layer.override import place_node
from cfgcore.layer.tree import Contribution, Leaf, Table, node_at
from cfgcore.values.origin import Path
from cfgcore.view.difference import Change


def waits(registry: Registry, change: Change) -> bool:
    """Return whether the setting, or one that it lies in, is declared with ``restart=True``."""
    return _restarted(registry, change) is not None


def running(registry: Registry, tree: Table, pending: Iterable[Change]) -> tuple[Contribution, ...]:
    """Return what puts the values in `tree`, those that the process runs with, above the `pending` ones."""
    kept = Table()
    for change in pending:
        path = _restarted(registry, change)
        node = node_at(tree, path) if path else None
        if path and node is not None:
            place_node(kept, path, node if isinstance(node, Leaf) else Table(node.items(), replace=True))
    return (Contribution("running", "running value", kept),) if kept else ()


def _restarted(registry: Registry, change: Change) -> Path | None:
    keys = tuple(change.path.split("."))
    for length in range(2, len(keys) + 1):
        place = registry.place(keys[:length])
        if place is not None and place.setting.declared.restart:
            return keys[:length]
    return None
