"""Trees of leaves: merging, looking up, taking out, and the origin of a value."""

from __future__ import annotations

from typing import Any

import pytest

from cfgcore.layer.text import FixedLine, Text
from cfgcore.layer.tree import Contribution, Leaf, Table, combine, leaves, merge, node_at, origin_at, values, without
from cfgcore.values.origin import Origin

LOW = Origin("file", "file", "low.toml", ("k",))
HIGH = Origin("environment", "variable", "APP_K")


def leaf(value: Any, origin: Origin = LOW, operation: Any = "set", index: int = 0) -> Leaf:
    return Leaf(value, origin, operation, index)


def table(**nodes: Any) -> Table:
    return Table(nodes.items())


def tree(data: Any, origin: Origin = LOW) -> Any:
    if isinstance(data, dict):
        return Table((key, tree(item, origin)) for key, item in data.items())
    return leaf(data, origin)


def test_tables_merge_deeply() -> None:
    """Keys of both tables are in the result; where both have one, the stronger value and its origin count."""
    merged = merge(tree({"a": {"b": 1, "c": 2}, "d": 3}), tree({"a": {"c": 9, "e": 4}}, HIGH))
    assert {"a": {"b": 1, "c": 9, "e": 4}, "d": 3} == values(merged)
    assert [LOW, HIGH, HIGH, LOW] == [found.origin for _, found in leaves(merged)]


def test_merging_changes_neither_tree() -> None:
    """The trees of the layers can be merged again, as a reload does."""
    below, above = tree({"a": {"b": [1]}}), table(a=table(b=leaf([2], HIGH, "merge")))
    first = merge(below, above)
    assert {"a": {"b": [1, 2]}} == values(first) == values(merge(below, above))
    assert {"a": {"b": [1]}} == values(below)
    assert {"a": {"b": [2]}} == values(above)


@pytest.mark.parametrize(
    ("operation", "index", "value", "expected"),
    [
        ("set", 0, ["b", "c"], ["b", "c"]),
        ("merge", 0, ["b", "c"], ["a", "b", "b", "c"]),
        ("merge_unique", 0, ["b", "c"], ["a", "b", "c"]),
        ("insert", 0, "x", ["x", "a", "b"]),
        ("insert", 1, "x", ["a", "x", "b"]),
        ("insert", -1, "x", ["a", "x", "b"]),
        ("insert", 99, "x", ["a", "b", "x"]),
    ],
)
def test_operations_on_a_list(operation: str, index: int, value: Any, expected: Any) -> None:
    """A list replaces the list below, unless its token asks to merge or to insert; the origin is the stronger one."""
    merged = merge(leaf(["a", "b"]), leaf(value, HIGH, operation, index))
    assert Leaf(expected, HIGH) == merged


@pytest.mark.parametrize("below", [None, leaf(3), tree({"a": 1})])
def test_merging_with_no_list_gives_the_items_alone(below: Any) -> None:
    """A token that merges needs no list below."""
    assert ["x"] == values(merge(below, leaf(["x"], HIGH, "merge")))
    assert ["x"] == values(merge(below, leaf("x", HIGH, "insert")))


def test_deleting_takes_the_value_out() -> None:
    """What a deleting leaf stands for is gone, whatever it was."""
    above = table(a=leaf(None, HIGH, "delete"), b=leaf(None, HIGH, "delete"), c=leaf(None, HIGH, "delete"))
    assert {"d": 4} == values(merge(tree({"a": 1, "b": {"x": 2}, "d": 4}), above))


def test_a_replacing_table_hides_the_table_below() -> None:
    """``dynaconf_merge = false`` keeps nothing of what is below, in this table only."""
    above = table(a=Table({"y": leaf(2, HIGH)}.items(), replace=True))
    assert {"a": {"y": 2}, "b": 1} == values(merge(tree({"a": {"x": 1}, "b": 1}), above))


def test_a_leaf_and_a_table_replace_each_other() -> None:
    """The stronger of two values of different shape counts alone."""
    assert {"a": 1} == values(merge(tree({"a": {"x": 2}}), tree({"a": 1})))
    assert {"a": {"x": 2}} == values(merge(tree({"a": 1}), tree({"a": {"x": 2}})))


def test_keys_of_different_case_are_the_same_key() -> None:
    """The lower layer's spelling is kept, so that a variable, which is in capitals, finds the key of a file."""
    assert {"Accept": "b", "x": 1} == values(merge(tree({"Accept": "a", "x": 1}), tree({"ACCEPT": "b"})))


def test_combining_goes_from_weakest_to_strongest() -> None:
    """Contributions are laid over the start in their order."""
    layers = [Contribution("file", "a", tree({"x": 1, "y": 1})), Contribution("file", "b", tree({"y": 2}))]
    found = combine(layers, tree({"z": 0}))
    assert {"z": 0, "x": 1, "y": 2} == values(found)
    assert {} == values(combine([]))


def test_looking_up() -> None:
    """A path within a leaf finds the leaf, and a path to nothing finds None."""
    found = tree({"a": {"b": [{"c": 1}]}})
    assert [{"c": 1}] == values(node_at(found, ("a", "b")))
    assert [{"c": 1}] == values(node_at(found, ("a", "b", "0", "c")))
    assert None is node_at(found, ("a", "x"))
    assert None is node_at(found, ("x", "y"))


def test_taking_out_leaves_the_original_alone() -> None:
    """A refused value can be taken out of a layer; what is not there is no error."""
    found = Table({"a": Table({"b": leaf(1), "c": leaf(2)}.items(), replace=True)}.items())
    shorter = without(found, ("a", "b"))
    assert {"a": {"c": 2}} == values(shorter)
    assert shorter["a"].replace  # type: ignore[union-attr]
    assert (
        {"a": {"b": 1, "c": 2}} == values(found) == values(without(found, ("a", "x"))) == values(without(found, ("x",)))
    )
    assert {"a": {"c": 2}} == values(without(found, ("a", "b", "within")))


def test_the_origin_of_a_table_is_that_of_its_last_leaf_that_is_no_default() -> None:
    """Of a table, whoever set something counts before the defaults."""
    default = Origin("default", "default", "plugin 'p'")
    found = table(a=table(x=leaf(1, default), y=leaf(2, HIGH), z=leaf(3, default)), b=tree({"x": 1}, default))
    assert HIGH == origin_at(found, ("a",))
    assert default == origin_at(found, ("a", "x"))
    assert default == origin_at(found, ("b",))
    assert None is origin_at(Table(), ("a",))


def test_the_origin_of_an_item_has_the_line_of_the_item() -> None:
    """A list is one leaf, yet an error in its third line says so."""
    text = Text("a.json", ".json", '{"s": {"list": [\n {"p": 1},\n {"p": 2}\n]}}')
    found = table(s=table(list=leaf([{"p": 1}, {"p": 2}], Origin("file", "file", "a.json", ("s", "list"), text))))
    origins = [origin_at(found, ("s", "list", *rest)) for rest in ((), ("0", "p"), ("1", "p"), ("1",))]
    assert ["a.json:1", "a.json:2", "a.json:3", "a.json:3"] == [origin.place for origin in origins if origin]


def test_the_origin_of_an_item_of_a_variable_is_the_variable() -> None:
    """A variable has no lines."""
    origin = Origin("environment", "variable", "APP_S__L", (), FixedLine(None))
    assert origin == origin_at(table(s=table(l=leaf([1], origin))), ("s", "l", "0"))
