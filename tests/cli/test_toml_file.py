"""One value changed in a TOML text of any shape: it is there, and all else is as it was."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from cfgcore.cli.toml_file import same, with_value
from cfgcore.errors import SourceError
from cfgcore.layer.settings_file import parsed
from cfgcore.layer.text import Text

LINES = (
    "# ours",
    "",
    "[x]",
    "[x]  # the only one",
    '["x"]',
    "[x.table]",
    "[x.deep.er]",
    "[y]",
    "[[x.list]]",
    "[[x]]",
    "x.a = 3",
    "x.b = 4  # why",
    "x.table.k = 'v'",
    'x."table"."a.b" = 1.0',
    "a = 1  # one",
    "b = { c = 1, d = { e = [1, 2] } }",
    "table = { k = 'w' }",
    "table.k = true",
    "x = { a = 1 }",
    "x = 3",
    "y.b = [1, 2, 3]",
    'name = "a#b"',
    'text = """\n[x]\n# no comment\n"""',
)
PATHS = (
    ("x", "a"),
    ("x", "table", "k"),
    ("x", "table", "a.b"),
    ("x", "deep", "er", "key"),
    ("x", "list"),
    ("y", "b", "c"),
    ("z", "new"),
    ("x", "table"),
    ("a", "b c"),
)
VALUES = st.sampled_from([5, 1.5, True, "v", 'a "quoted" \\ word\nand more', None, [1, "b"], {"k": {"a.b": 1}}, {}])


def put(data: Any, path: tuple[str, ...], value: Any) -> Any:
    data = copy.deepcopy(data)
    table = data
    for key in path[:-1]:
        table = table.setdefault(key, {})
    table[path[-1]] = "@none" if value is None else value
    return data


def holders(data: Any, path: tuple[str, ...]) -> list[Any]:
    """Return what stands above `path`."""
    found = []
    for key in path[:-1]:
        data = data.get(key, {}) if isinstance(data, dict) else None
        found.append(data)
    return found


def comments(content: str) -> list[str]:
    return [part for line in content.splitlines() for part in (line.partition("# ")[2],) if part]


@settings(max_examples=40)
@given(st.lists(st.sampled_from(LINES), max_size=7), st.sampled_from(PATHS), VALUES)
@example(["x.a = 3", "x.b = 4"], ("x", "table", "k"), "v")
@example(["[x.table]", "[y]", "[x]"], ("x", "a"), 5)
@example(["x = { a = 1 }"], ("x", "table", "k"), "v")
def test_nothing_but_the_value_changes(lines: list[str], path: tuple[str, ...], value: Any) -> None:
    """Whatever the tables, dotted keys and comments of a text, it says what it said, and the value."""
    text = Text("f.toml", ".toml", "\n".join(lines))
    try:
        before = parsed(text)
    except SourceError:
        assume(False)
    if not all(isinstance(holder, dict) for holder in holders(before, path)):
        with pytest.raises(SourceError, match=r"f\.toml:\d+: .* must be a table to hold"):
            with_value(text, path, value)
        return
    changed = with_value(text, path, value)
    assert same(put(before, path, value), parsed(changed))
    at_path: Any = before
    for key in path:
        at_path = at_path.get(key, {})
    if not isinstance(at_path, (dict, list)) or not at_path:
        assert comments(text.content) == comments(changed.content)


def test_a_new_line_stands_with_its_neighbours() -> None:
    """Dotted keys stay together, and what lies in a table goes into it."""
    dotted = with_value(Text("f.toml", ".toml", "x.a = 3\nx.b = 4\n"), ("x", "table", "k"), "v")
    assert {"a": 3, "b": 4, "table": {"k": "v"}} == parsed(dotted)["x"]
    tabled = with_value(Text("f.toml", ".toml", "# ours\n[x]\na = 3  # three\n\n[y]\nb = 1\n"), ("x", "c"), 4)
    assert "# ours\n[x]\na = 3  # three\nc = 4\n\n[y]\nb = 1\n" == tabled.content


def test_numbers_are_told_apart() -> None:
    """1 is not 1.0, and not true; tables are the same in any order."""
    assert not same(1, 1.0)
    assert not same(1, True)
    assert same({"a": 1, "b": [2]}, {"b": (2,), "a": 1})
