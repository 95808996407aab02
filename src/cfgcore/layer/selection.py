"""Which profiles are selected, and where their values rank."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from cfgcore.declare.registry import Registry
from cfgcore.layer.tree import Contribution, Leaf, Table, node_at
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.frozen import plain
from cfgcore.values.origin import Origin, Path

#: Says what a selector's value comes to, checked and clamped; ``ABSENT`` for one that is refused.
Selection = Callable[[Path, Any], "Any | Absent"]


def with_profiles(
    registry: Registry, contributions: Sequence[Contribution], selection: Selection, muted: Collection[Path] = ()
) -> tuple[Contribution, ...]:
    """Return the contributions with the values of the selected profiles put just below the layer that selected them.

    The strongest value of a selector that is not refused decides; one chosen by the selector's own default ranks just
    above all defaults. A selector whose section is not installed selects nothing. A profile that a user selected leaves
    the `muted` paths alone.
    """
    result = tuple(contributions)
    for selector in dict.fromkeys(profile.selector for _, profile in registry.profiles):
        path = tuple(selector.split("."))
        place = registry.place(path)
        if place is None:
            continue
        value, layer = _selected(result, path, place.setting.default, selection)
        tree = _values(registry, selector, value, layer, muted if layer == "user" else ())
        if tree:
            at = next((i for i, c in enumerate(result) if c.layer == layer), 0)
            result = (*result[:at], Contribution(layer, f"{selector} = {value}", tree), *result[at:])
    return result


def _selected(contributions: Sequence[Contribution], path: Path, default: Any, selection: Selection) -> tuple[Any, str]:
    for contribution in reversed(contributions):
        node = node_at(contribution.tree, path)
        if isinstance(node, Leaf) and node.operation == "set":
            value = selection(path, node.value)
            if value is not ABSENT:
                return value, contribution.layer
    value = selection(path, plain(default))
    return plain(default) if value is ABSENT else value, "default"


def _values(registry: Registry, selector: str, value: Any, layer: str, muted: Collection[Path]) -> Table:
    tree = Table()
    for _, profile in registry.profiles:
        if profile.selector == selector and plain(profile.value) == value:
            origin = Origin(layer, "profile", f"{selector} = {value}")
            for dotted, profiled in profile.values.items():
                path = tuple(dotted.split("."))
                if registry.place(path) is not None and path not in muted:
                    _plant(tree, path, Leaf(plain(profiled), origin))
    return tree


def _plant(tree: Table, path: Path, leaf: Leaf) -> None:
    for key in path[:-1]:
        below = tree.setdefault(key, Table())
        assert isinstance(below, Table), "profile values name settings, and settings do not contain each other"
        tree = below
    tree[path[-1]] = leaf
