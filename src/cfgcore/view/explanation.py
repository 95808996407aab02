"""Why a value is what it is: its origin, and what every layer said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cfgcore.declare.registry import Registry
from cfgcore.declare.resolved import Place
from cfgcore.layer.tree import Contribution, Leaf, Node, Table, leaves, origin_at, values
from cfgcore.values.absent import ABSENT
from cfgcore.values.origin import Origin, Path
from cfgcore.values.problem import REDACTED
from cfgcore.view.cover import cover
from cfgcore.view.view import View


@dataclass(frozen=True, slots=True)
class Said:
    """What one source said of a path. `operation` is "set", or what else it did to the value below.

    It is "ignored" for what does not go together with the rest of what holds, and stays stored.
    """

    layer: str
    value: Any
    origin: Origin
    operation: str = "set"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The effective value of a path, where it came from, and what every layer said of it, weakest first.

    Values are plain data, with dots in the place of secrets. `policies` are sentences about what binds the value, who
    demands it, and why; `reports` are such about what only reports. `unread` says why values that are stored for it are
    not read, and stay as they are.
    """

    path: str
    value: Any
    origin: Origin
    said: tuple[Said, ...]
    help: str
    unit: str | None
    expects: str
    policies: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.path} = {self.value!r} ({self.origin})"


def explain(
    registry: Registry,
    path: Path,
    view: View,
    tree: Table,
    default: Table,
    contributions: Sequence[Contribution],
    policies: Sequence[str] = (),
    reports: Sequence[str] = (),
    unread: Sequence[str] = (),
) -> Explanation:
    """Return why the setting at `path`, which is canonical and names a setting, has its value in `view`.

    `policies` are sentences about what binds it, `reports` such about what would, `unread` such about stored values
    that cannot be read. Where a policy changed the value, it has said the last word.

    Raises ``UnknownPath`` for a part of a table or list that is not there.
    """
    place = registry.place(path)
    assert place is not None, "the caller has looked the path up"
    value = _shown(_value(view, path), place)
    said = list(_said("default", default, path, place))
    for contribution in contributions:
        said += _said(contribution.layer, contribution.tree, path, place)
    found = origin_at(tree, path)
    origin = found or (said[-1].origin if said else Origin("default", "default", "no source"))
    if found is not None:
        said = _ignoring(said, found)
    if origin.layer == "policy":
        said.append(Said("policy", value, origin))
    declared, expects = place.setting.declared, place.setting.expects
    return Explanation(
        ".".join(path),
        value,
        origin,
        tuple(said),
        declared.help,
        declared.unit,
        expects,
        tuple(policies),
        tuple(reports),
        tuple(unread),
    )


def _ignoring(said: Sequence[Said], origin: Origin) -> list[Said]:
    """Return what was said with that marked which should hold and does not: the value of `origin` does."""
    result = list(said)
    if any(one.origin == origin for one in said):
        for index in reversed(range(len(said))):
            if said[index].origin == origin or said[index].operation != "set":
                break
            result[index] = replace(said[index], operation="ignored")
    return result


def _value(view: View, path: Path) -> Any:
    """Return the value at `path`, or None where something on the way is None. Raises ``UnknownPath`` for no value."""
    for length in range(2, len(path)):
        if view.get(".".join(path[:length]), ABSENT) is None:
            return None
    return view.get(".".join(path))


def _said(layer: str, tree: Table, path: Path, place: Place) -> Iterator[Said]:
    node: Node | None = tree
    for depth, key in enumerate(path):
        if isinstance(node, Leaf):
            below = _within(node.value, path[depth:])
            if below is not ABSENT:
                yield Said(layer, _shown(below, place), node.origin, node.operation)
            return
        node = node.get(key) if node is not None else None
    if isinstance(node, Leaf):
        yield Said(layer, _shown(node.value, place), node.origin, node.operation)
    elif node:
        yield Said(layer, _shown(values(node), place), list(leaves(node))[-1][1].origin)


def _within(value: Any, keys: Path) -> Any:
    """Return what stands at `keys` within the plain value of a leaf, or ``ABSENT``."""
    for key in keys:
        if isinstance(value, Mapping):
            value = value.get(key, ABSENT)
        elif isinstance(value, (list, tuple)):
            value = value[int(key)] if key.isdecimal() and int(key) < len(value) else ABSENT
        else:
            return ABSENT
    return value


def _shown(value: Any, place: Place) -> Any:
    if value is ABSENT or value is None:
        return None
    return REDACTED if place.secret else cover(place.kind, value)
