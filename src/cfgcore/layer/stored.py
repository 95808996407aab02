"""Stored values as a contribution: plain data, never evaluated; what no installed plugin knows is left where it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cfgcore.declare.ownership import scope_of
from cfgcore.declare.registry import Registry
from cfgcore.declare.resolved import Place
from cfgcore.layer.override import place_node
from cfgcore.layer.tree import Contribution, Leaf, Node, Table
from cfgcore.values.absent import ABSENT
from cfgcore.values.origin import Origin, Path

Reveal = Callable[[Any], Any]


def stored_contribution(
    registry: Registry, layer: str, user: str | None, values: Mapping[str, Any], reveal: Reveal, revision: int
) -> Contribution:
    """Return what stored `values`, nested by section, set in `layer` for `user`, or for everyone.

    `revision` is the commit that wrote them, 0 where they are only asked for.

    `reveal` turns a reference to a secret into the secret. Settings of scope "system" are left out of a user's values;
    so is everything that no declaration knows: it is kept in the store, and comes back with its plugin.
    """
    tree = Table()
    whose = "everyone" if user is None else repr(user)
    origin = (
        Origin(layer, "stored", f"{whose}, revision {revision}")
        if revision
        else Origin(layer, "asked", f"asked for {whose}")
    )
    for section, settings in values.items():
        if section in registry.sections and isinstance(settings, Mapping):
            for setting, value in settings.items():
                path = (section, setting)
                place = registry.place(path)
                if place is not None and not (layer == "user" and scope_of(registry, path) != "user"):
                    node = _node(registry, path, place, reveal(value), origin)
                    if node is not None:
                        place_node(tree, path, node)
    return Contribution(layer, whose, tree)


def _node(registry: Registry, path: Path, place: Place | None, value: Any, origin: Origin) -> Node | None:
    if value is ABSENT or place is None:
        return None
    if isinstance(value, Mapping) and place.kind.name in ("dict", "record", "any"):
        paths = ((key, (*path, key), item) for key, item in value.items())
        below = ((key, _node(registry, path, registry.place(path), item, origin)) for key, path, item in paths)
        return Table((key, node) for key, node in below if node is not None)
    return Leaf(value, origin)
