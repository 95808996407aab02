"""Sections brought within what policies demand, wherever their values came from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cfgcore.check.constraints import Bounds, Constraints, Found
from cfgcore.check.sections import value_at
from cfgcore.layer.override import place_node
from cfgcore.layer.tree import Leaf, Table, origin_at
from cfgcore.values.frozen import plain
from cfgcore.values.origin import Origin, Path


@dataclass(frozen=True, slots=True)
class Clamped:
    """A value that a policy changed: what it would have been and from where, what it is, and because of what."""

    path: Path
    wanted: Any
    value: Any
    origin: Origin | None
    found: Found


def clamp(
    sections: Mapping[str, Any], tree: Table, constraints: Constraints, bounds: Bounds
) -> tuple[dict[str, Any], Table, tuple[Clamped, ...]]:
    """Return sections and tree with the values that `bounds` allow, and what was changed; the others stay the same."""
    result = dict(sections)
    clamped = []
    for path, bound in bounds.items():
        if path[0] not in result:
            continue
        wanted = value_at(result[path[0]], path[1:])
        value, culprit = bound.clamp(wanted)
        if culprit is not None:
            found = constraints.of(culprit)
            clamped.append(Clamped(path, wanted, value, origin_at(tree, path), found))
            result[path[0]] = _with(result[path[0]], path[1:], value)
            tree = _planted(tree, path, Leaf(plain(value), found.origin()))
    return result, tree, tuple(clamped)


def _with(instance: Any, path: Path, value: Any) -> Any:
    key, rest = path[0], path[1:]
    return dataclasses.replace(instance, **{key: _with(getattr(instance, key), rest, value) if rest else value})


def _planted(tree: Table, path: Path, leaf: Leaf) -> Table:
    """Return `tree` with `leaf` at `path`; the tables on the way are copies."""
    copy = Table(tree.items())
    place = copy
    for key in path[:-1]:
        below = place.get(key)
        made = Table(below.items()) if isinstance(below, Table) else Table()
        place[key] = made
        place = made
    place_node(copy, path, leaf)
    return copy
