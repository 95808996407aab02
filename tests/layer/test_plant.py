"""Raw data put into a tree: names as declared, tokens applied once, each leaf with its origin."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfgcore.declare.registry import Registry
from cfgcore.layer.plant import Planter
from cfgcore.layer.report import Report
from cfgcore.layer.tree import Leaf, Table, leaves, values
from cfgcore.values.origin import Origin


def planted(registry: Registry, data: Any, **how: bool) -> tuple[Table, list[str]]:
    tree, report = Table(), Report()
    Planter(registry, report, **how).plant(tree, (), data, lambda key: Origin("file", "file", "f", key), ())
    return tree, [str(problem) for problem in report.problems]


def test_names_are_spelt_as_declared_and_keys_of_tables_as_written(registry: Registry) -> None:
    """A user's own keys, in a ``dict``, keep their case."""
    data = {"SRV": {"PORT": 1, "Peer": {"HOST": "x"}, "tags": {"Accept": "y"}}}
    assert ({"server": {"port": 1, "peer": {"host": "x"}, "tags": {"Accept": "y"}}}, []) == (
        values(planted(registry, data)[0]),
        planted(registry, data)[1],
    )


def test_each_leaf_knows_its_key_in_the_source(registry: Registry) -> None:
    """The key is spelt as the source spells it, for its line to be found."""
    tree, _ = planted(registry, {"SRV": {"PORT": 1, "tags": {"A": "x"}}})
    assert [("SRV", "PORT"), ("SRV", "tags", "A")] == [leaf.origin.key for _, leaf in leaves(tree)]


def test_tokens_are_applied_in_nested_values(registry: Registry) -> None:
    """In tables and lists, and in what ``@json`` and ``@merge`` give."""
    data = {
        "server": {
            "port": "@int 3",
            "numbers": ["@int 1", "2"],
            "limits": '@json {"a": "@int 4", "b": 5}',
            "tree": {"x": ["@none", {"y": "@bool on"}], "z": "@merge {a = '@int 1'}"},
        }
    }
    tree, problems = planted(registry, data)
    expected = {
        "port": 3,
        "numbers": [1, "2"],
        "limits": {"a": 4, "b": 5},
        "tree": {"x": [None, {"y": True}], "z": {"a": 1}},
    }
    assert ({"server": expected}, []) == (values(tree), problems)


def test_a_token_is_applied_once(registry: Registry) -> None:
    """What a token gives is a value, even if it looks like another token."""
    data = {"server": {"host": "@str @int 3", "names": ["@upper @none"], "tags": '@json {"a": "@lower @INT"}'}}
    expected = {"server": {"host": "@int 3", "names": ["@NONE"], "tags": {"a": "@int"}}}
    for literal in (False, True):
        tree, problems = planted(registry, data, literal=literal)
        assert (expected, []) == (values(tree), problems)


def test_inert_data_is_never_evaluated(registry: Registry) -> None:
    """Data of plugins and of networks stays what it is, but for the names that are reserved."""
    data = {"server": {"host": "@int 3", "names": ["@format {env[HOME]}", "dynaconf_merge"], "tags": {"a": "@del"}}}
    tree, problems = planted(registry, data, inert=True)
    assert (data, []) == (values(tree), problems)
    _, problems = planted(registry, {"server": {"dynaconf_include": "x"}}, inert=True)
    assert ["f: server: 'dynaconf_include' has no effect here; take it out"] == problems


@pytest.mark.parametrize(
    ("value", "operation", "expected"),
    [
        (["dynaconf_merge", "a"], "merge", ["a"]),
        (["a", "dynaconf_merge_unique"], "merge_unique", ["a"]),
        ("@merge a", "merge", ["a"]),
        ("@merge_unique a", "merge_unique", ["a"]),
        ("@insert 1 a", "insert", "a"),
        (["a"], "set", ["a"]),
    ],
)
def test_marks_and_tokens_ask_for_the_same_operations(
    registry: Registry, value: Any, operation: str, expected: Any
) -> None:
    """``dynaconf_merge`` in a list is ``@merge`` before it."""
    tree, _ = planted(registry, {"server": {"names": value}})
    ((_, leaf),) = leaves(tree)
    assert (operation, expected) == (leaf.operation, leaf.value)


def test_a_table_that_does_not_merge_replaces(registry: Registry) -> None:
    """Also one that a section, or a token, gives."""
    for tags in ({"dynaconf_merge": False, "a": "1"}, '@json {"dynaconf_merge": false, "a": "1"}'):
        tree, problems = planted(registry, {"server": {"tags": tags}})
        table = tree["server"]["tags"]  # type: ignore[index]
        assert (True, {"a": "1"}, []) == (table.replace, values(table), problems)
    tree, _ = planted(registry, {"server": {"tags": {"dynaconf_merge": True, "a": "1"}}})
    assert not tree["server"]["tags"].replace  # type: ignore[index, union-attr]


def test_an_empty_table_is_a_wrong_value_of_a_scalar_and_empty_as_a_table(registry: Registry) -> None:
    """``[server.port]`` without keys is no port; a table of a user's own is there, though it is empty."""
    tree, _ = planted(registry, {"server": {"port": {}, "tags": {}, "tree": {"x": {}}}})
    assert {"server": {"port": {}, "tags": {}, "tree": {"x": {}}}} == values(tree)
    assert ["port"] == [path[-1] for path, _ in leaves(tree)]


@pytest.mark.parametrize(
    "value",
    [
        "@format {env[SECRET]}",
        "@jinja {{ env.SECRET }}",
        "@get x",
        "@read_file /etc/passwd",
        "@int @format {env[SECRET]}",
        ["a", ["@format {env[SECRET]}"]],
        ["dynaconf_merge", "@format {env[SECRET]}"],
        [{"a": "@jinja {{ env.SECRET }}"}],
        {"a": {"b": "@get x"}},
        '@json ["@format {env[SECRET]}"]',
        '@json {"a": "@format {env[SECRET]}"}',
        '@json [{"a": ["@read_file /etc/passwd"]}]',
        "@merge @format {env[SECRET]}",
        '@merge ["@format {env[SECRET]}"]',
        '@merge {"a": "@format {env[SECRET]}"}',
        "@merge_unique @jinja {{ env.SECRET }}",
        "@insert @format {env[SECRET]}",
    ],
)
@pytest.mark.parametrize("literal", [False, True])
def test_templates_are_refused_wherever_they_stand(registry: Registry, value: Any, literal: bool) -> None:
    """Unless the application allows them, nothing of a template is planted, and the message has the remedy."""
    tree, problems = planted(registry, {"server": {"tree": {"x": value}}}, literal=literal)
    assert {} == values(tree).get("server", {}).get("tree", {}).get("x", {})
    assert 1 == len(problems)
    assert problems[0].startswith("f: server.tree.x")
    assert "open(templates=True)" in problems[0] or "the token @insert cannot read the value" in problems[0]


def test_a_source_that_contains_itself_is_refused(registry: Registry) -> None:
    """It nests without end."""
    data: dict[str, Any] = {}
    data["b"] = data
    items: list[Any] = []
    items.append(items)
    for value in (data, items, {"x": items}):
        _, problems = planted(registry, {"server": {"tree": value}}, inert=True)
        assert ["f: server.tree: it nests deeper than 32 levels"] == problems


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text()
        | st.sampled_from(["@int 3", "@merge x", "@del", "@json {", "@"]),
        lambda below: (
            st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(["server", "port", "tree", "x"]), below)
        ),
    ),
    st.booleans(),
    st.booleans(),
)
def test_any_data_is_planted_or_reported(data: Any, literal: bool, inert: bool) -> None:
    """No value raises; what is planted are leaves of plain data."""
    from cfgcore import section

    @section("server")
    class Server:
        port: int = 1
        tree: dict[str, Any] = {}  # noqa: RUF012  # a section freezes its defaults

    from cfgcore.declare.registry import Owned

    tree, _ = planted(Registry([Owned("p", sections=[Server])]), {"server": data}, literal=literal, inert=inert)
    assert all(isinstance(leaf, Leaf) for _, leaf in leaves(tree))
