"""What differs between two views."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cfgcore.declare.registry import Registry
from cfgcore.layer.tree import Table, origin_at
from cfgcore.values.origin import Origin, Path
from cfgcore.values.problem import REDACTED
from cfgcore.view.view import View

_SCALARS = frozenset({bool, int, float, str})


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """One setting whose effective value changed, and where the new value came from. A secret prints as dots."""

    path: str
    old: Any
    new: Any
    origin: Origin | None = None
    secret: bool = False

    def __repr__(self) -> str:
        old, new = (REDACTED if self.secret and value is not None else value for value in (self.old, self.new))
        return f"Change({self.path}: {old!r} -> {new!r}, {self.origin})"


def changes(registry: Registry, old: View, new: View, tree: Table) -> tuple[Change, ...]:
    """Return the settings that `new` changes, with the origins that `tree` gives them; of sections that both have."""
    both = {*old} & {*new}
    return tuple(
        change
        for name in registry.sections
        if name in both and getattr(old, name) is not getattr(new, name)
        for change in _within(registry, (name,), getattr(old, name), getattr(new, name), tree)
    )


def _within(registry: Registry, path: Path, old: Any, new: Any, tree: Table) -> Iterator[Change]:
    for below, one, other in differing(path, old, new):
        place = registry.place(below)
        yield Change(".".join(below), one, other, origin_at(tree, below), place is not None and place.secret)


def differing(path: Path, old: Any, new: Any) -> Iterator[tuple[Path, Any, Any]]:
    """Yield the path and both values of each setting that differs between two sections, or groups, at `path`."""
    if dataclasses.is_dataclass(new) and type(old) is type(new):
        for field in dataclasses.fields(new):
            yield from differing((*path, field.name), getattr(old, field.name), getattr(new, field.name))
    elif not same(old, new):
        yield path, old, new


def same(old: Any, new: Any) -> bool:
    """Return whether two frozen values are the same, and of the same types: neither 1 and true nor 1 and 1.0 are."""
    if old is new:
        return True
    if type(old) is not type(new):
        return False
    if type(old) in _SCALARS:
        return bool(old == new)
    if isinstance(old, Mapping):
        return old.keys() == new.keys() and all(same(value, new[key]) for key, value in old.items())
    if isinstance(old, tuple):
        return len(old) == len(new) and all(map(same, old, new))
    if dataclasses.is_dataclass(old):
        return all(same(getattr(old, field.name), getattr(new, field.name)) for field in dataclasses.fields(old))
    return bool(old == new)
