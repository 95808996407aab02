"""The tree of values that one source contributes, and the merging of such trees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from cfgcore.values.origin import Origin, Path

Operation = Literal["set", "merge", "merge_unique", "insert", "delete"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value and where it came from. `operation` says what it does to the value below; `index` is for "insert"."""

    value: Any
    origin: Origin
    operation: Operation = "set"
    index: int = 0


class Table(dict[str, "Node"]):
    """A table of leaves and tables. One with `replace` hides the table below instead of merging with it."""

    __slots__ = ("replace",)

    def __init__(self, items: Iterable[tuple[str, Node]] = (), *, replace: bool = False) -> None:
        super().__init__(items)
        self.replace = replace


Node: TypeAlias = "Leaf | Table"


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one source gives: the layer it belongs to, its name, and its tree, by canonical paths."""

    layer: str
    name: str
    tree: Table


def merge(below: Node | None, above: Node) -> Node | None:
    """Return `above` laid over `below`; neither is changed. None means that nothing is left.

    Tables merge deeply. Keys that differ only in the case of their letters are the same key, spelt as the lower one
    spells it. A leaf replaces what is below, unless its operation asks for something else.
    """
    if isinstance(above, Leaf):
        return above if above.operation == "set" else _operate(below, above)
    merged = Table() if above.replace or not isinstance(below, Table) else Table(below.items())
    spelling = {key.casefold(): key for key in merged}
    for key, node in above.items():
        name = key if key in merged else spelling.get(key.casefold(), key)
        result = merge(merged.get(name), node)
        if result is None:
            merged.pop(name, None)
        else:
            merged[name] = result
    return merged


def _operate(below: Node | None, leaf: Leaf) -> Leaf | None:
    if leaf.operation == "delete":
        return None
    old = list(below.value) if isinstance(below, Leaf) and isinstance(below.value, (list, tuple)) else []
    if leaf.operation == "insert":
        old.insert(leaf.index, leaf.value)
        return Leaf(old, leaf.origin)
    new = list(leaf.value)
    kept = [item for item in old if item not in new] if leaf.operation == "merge_unique" else old
    return Leaf(kept + new, leaf.origin)


def combine(contributions: Iterable[Contribution], start: Table | None = None) -> Table:
    """Return the contributions laid over each other, weakest first, upon `start`."""
    merged = start if start is not None else Table()
    for contribution in contributions:
        merged = merge(merged, contribution.tree)  # type: ignore[assignment]
    return merged


def leaves(node: Node, path: Path = ()) -> Iterator[tuple[Path, Leaf]]:
    """Yield every leaf of `node` with its path."""
    if isinstance(node, Leaf):
        yield path, node
        return
    for key, below in node.items():
        yield from leaves(below, (*path, key))


def node_at(node: Node, path: Path) -> Node | None:
    """Return what stands at `path`, or the leaf above it that holds the path's value; None where nothing does."""
    for key in path:
        if isinstance(node, Leaf):
            return node
        below = node.get(key)
        if below is None:
            return None
        node = below
    return node


def values(node: Node) -> Any:
    """Return the plain values of `node`, without their origins."""
    if isinstance(node, Leaf):
        return node.value
    return {key: values(below) for key, below in node.items()}


def without(node: Table, path: Path) -> Table:
    """Return `node` without what stands at `path` (or the leaf above it); `node` is not changed."""
    key, rest = path[0], path[1:]
    below = node.get(key)
    copy = Table(node.items(), replace=node.replace)
    if isinstance(below, Table) and rest:
        copy[key] = without(below, rest)
    elif below is not None:
        del copy[key]
    return copy


def origin_at(tree: Table, path: Path) -> Origin | None:
    """Return the origin of the value at `path`: of a table, that of its last leaf that is no default.

    Of a value within a leaf, such as an item of a list, it is the leaf's, with the line of that value.
    """
    within = _leaf_above(tree, path)
    if within is not None:
        leaf, rest = within
        return replace(leaf.origin, key=(*leaf.origin.key, *rest)) if leaf.origin.key else leaf.origin
    node: Node | None = node_at(tree, path)
    while node is None and len(path) > 1:
        path = path[:-1]
        node = node_at(tree, path)
    if node is None:
        return None
    origins = [leaf.origin for _, leaf in leaves(node)]
    chosen = [origin for origin in origins if origin.kind != "default"] or origins
    return chosen[-1] if chosen else None


def _leaf_above(node: Node, path: Path) -> tuple[Leaf, Path] | None:
    """Return the leaf in which the value at `path` lies, and the rest of the path; None where it is no leaf's part."""
    for position, key in enumerate(path):
        below = node.get(key) if isinstance(node, Table) else None
        if below is None:
            return None
        if isinstance(below, Leaf):
            return below, path[position + 1 :]
        node = below
    return None
