"""The defaults of all plugins as a tree, which everything else is laid on."""

from __future__ import annotations

from typing import Any

from cfgcore.declare.kind import Kind
from cfgcore.declare.ownership import owner_of
from cfgcore.declare.registry import Registry
from cfgcore.declare.resolved import Section
from cfgcore.layer.tree import Leaf, Node, Table
from cfgcore.values.absent import ABSENT
from cfgcore.values.frozen import plain
from cfgcore.values.origin import Origin


def default_tree(registry: Registry) -> Table:
    """Return the tree of all defaults. Required settings have no leaf."""
    tree = Table()
    for section in registry.sections.values():
        tree[section.name] = Table(
            (name, _default_node(plain(setting.default), setting.kind, _default_origin(registry, section, name)))
            for name, setting in section.settings.items()
            if setting.default is not ABSENT
        )
    return tree


def _default_origin(registry: Registry, section: Section, setting: str) -> Origin:
    return Origin("default", "default", f"plugin {owner_of(registry, (section.name, setting))!r}")


def _default_node(value: Any, kind: Kind, origin: Origin) -> Node:
    if isinstance(value, dict) and value and kind.name in ("record", "dict"):
        below = kind.fields if kind.name == "record" else None
        return Table(
            (key, _default_node(item, below[key].kind if below else kind.item or Kind("any"), origin))
            for key, item in value.items()
        )
    return Leaf(value, origin)
