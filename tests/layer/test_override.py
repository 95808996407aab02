"""Values put above all layers for a while."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cfgcore.declare.registry import Registry
from cfgcore.errors import UnknownPath
from cfgcore.layer.override import override_contribution, place_node
from cfgcore.layer.tree import Leaf, Table, leaves, values
from cfgcore.values.origin import Origin


def test_paths_become_a_tree_of_plain_values(registry: Registry) -> None:
    """Typed values are made plain, as files have them, and each leaf says that it is an override."""
    found = override_contribution(
        registry, {"server.timeout": timedelta(minutes=1), "SRV.peer.port": 7, "client.retries": 1}
    )
    assert {"server": {"timeout": 60.0, "peer": {"port": 7}}, "client": {"retries": 1}} == values(found.tree)
    assert {"override"} == {leaf.origin.kind for _, leaf in leaves(found.tree)}


def test_a_path_that_names_no_setting_is_an_error(registry: Registry) -> None:
    """A test that overrides a setting which does not exist would prove nothing."""
    with pytest.raises(UnknownPath, match="Did you mean 'port'"):
        override_contribution(registry, {"server.prot": 1})


def test_a_node_is_put_below_tables_that_are_made_for_it() -> None:
    """A leaf in the way gives way."""
    tree = Table([("a", Leaf(1, Origin("user", "override", "in a test")))])
    place_node(tree, ("a", "b", "c"), Leaf(2, Origin("user", "override", "in a test")))
    assert {"a": {"b": {"c": 2}}} == values(tree)
