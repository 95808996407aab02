"""Values put above all layers for a while, as tests do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cfgcore.declare.flag_path import FLAGS
from cfgcore.declare.given import given
from cfgcore.declare.registry import Registry
from cfgcore.errors import UnknownPath, ValidationFailed
from cfgcore.layer.tree import Contribution, Leaf, Node, Table
from cfgcore.values.data import NoData, data
from cfgcore.values.origin import Origin, Path
from cfgcore.values.problem import Problem

#: What the contribution of a test's overrides is called.
OVERRIDE = "override"


def override_contribution(registry: Registry, overrides: Mapping[str, Any]) -> Contribution:
    """Return what `overrides`, values by dotted path, set.

    Raises ``UnknownPath`` for a path that names no setting, and ``ValidationFailed`` for a value that is no data.
    """
    tree = Table()
    origin = Origin("user", "override", "in a test")
    for dotted, value in overrides.items():
        path = setting_path(registry, dotted)
        place = registry.place(path)
        try:
            written = data(value) if place is None else given(place.setting, value)
        except NoData as error:
            raise ValidationFailed([Problem("type", ".".join((*path, *error.path)), str(error))]) from None
        place_node(tree, path, Leaf(written, origin))
    return Contribution("user", OVERRIDE, tree)


def setting_path(registry: Registry, dotted: str) -> Path:
    """Return a caller's dotted path as keys. Raises ``UnknownPath`` where it names no setting."""
    path = registry.require(dotted)
    if len(path) < 2:
        names = registry.flags if path[0] == FLAGS else registry.sections[path[0]].settings
        known = ", ".join(f"{path[0]}.{name}" for name in names)
        raise UnknownPath(f"{dotted!r} is a section; name one of its settings: {known}")
    if registry.place(path) is None:
        raise UnknownPath(f"{dotted!r} names no setting")
    return path


def place_node(tree: Table, path: Path, node: Node) -> None:
    """Put `node` at `path` in `tree`, making the tables above it."""
    for key in path[:-1]:
        below = tree.get(key)
        if not isinstance(below, Table):
            below = tree[key] = Table()
        tree = below
    tree[path[-1]] = node
