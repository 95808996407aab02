"""The line of every key and item of a JSON text."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfgcore.layer.json_lines import json_lines

TRICKY = ["", "a.b", "0", '"', "\\", "{", "[]", ":,", "\n", "\r\n", "#", "é\u2028", "\U0001f600", "\ud800"]
KEYS = st.sampled_from(TRICKY) | st.text(max_size=5)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | KEYS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


def beginnings(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the path of each key and item of `value`, in order, and how the line of it must begin."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name), json.dumps(name) + ": " + json.dumps(inner)[0]
            yield from beginnings(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield (*path, str(index)), json.dumps(inner)[0]
            yield from beginnings(inner, (*path, str(index)))


def calls(text: str) -> int:
    """Return how many functions are called while the lines of `text` are found."""
    events: list[str] = []
    before = sys.getprofile()
    sys.setprofile(lambda _frame, event, _argument: events.append(event))
    try:
        json_lines(text)
    finally:
        sys.setprofile(before)
    return len(events)


class Counted(str):
    """A text that counts how many of its characters were searched for the ends of lines."""

    searched = 0

    def count(self, sub: str, start: Any = None, end: Any = None, /) -> int:
        """Count as str does."""
        self.searched += end - start
        return super().count(sub, start, end)


@given(VALUES)
def test_every_path_has_the_line_that_holds_its_key(value: Any) -> None:
    """In text that has one key or item on each line, every path is found, and the line it is given shows its key."""
    text = json.dumps(value, indent=1)
    found = json_lines(text)
    expected = dict(beginnings(value))

    assert list(expected) == list(found)
    assert len(found) == len(set(found.values()))
    for path, beginning in expected.items():
        assert text.split("\n")[found[path] - 1].strip().startswith(beginning)


@given(VALUES, st.lists(st.sampled_from(["", " ", "\t", "\n", "\r\n", "\n\n  "]), min_size=1, max_size=7))
def test_blanks_anywhere_move_nothing_but_lines(value: Any, blanks: list[str]) -> None:
    """However the tokens are spread over lines, each key is at the line on which its token begins."""
    text, expected = spread(value, blanks)

    assert value == json.loads(text)
    assert expected == json_lines(text)


def spread(value: Any, blanks: list[str]) -> tuple[str, dict[tuple[str, ...], int]]:
    """Write `value` with `blanks`, again and again, between its tokens; return the text and the line of each path."""
    pieces: list[str] = []
    lines: dict[tuple[str, ...], int] = {}

    def put(piece: str) -> int:
        pieces.append(blanks[len(pieces) % len(blanks)])
        line = "".join(pieces).count("\n") + 1
        pieces[-1] += piece
        return line

    def write(value: Any, path: tuple[str, ...]) -> int:
        if not isinstance(value, (dict, list)):
            return put(json.dumps(value))
        first = put("{" if isinstance(value, dict) else "[")
        for index, name in enumerate(value):
            if index:
                put(",")
            if isinstance(value, dict):
                lines[(*path, name)] = put(json.dumps(name, ensure_ascii=False))
                put(":")
                write(value[name], (*path, name))
            else:
                lines[(*path, str(index))] = write(name, (*path, str(index)))
        put("}" if isinstance(value, dict) else "]")
        return first

    write(value, ())
    return "".join(pieces) + blanks[0], lines


def test_an_item_stands_where_its_value_begins() -> None:
    """Items of lists have their index as the name, and the line of their first character."""
    text = '{"a": [\n1,\n{"b": 2,\n"c": []},\n[\n3]],\n"d"\n:\n4}'

    assert {
        ("a",): 1,
        ("a", "0"): 2,
        ("a", "1"): 3,
        ("a", "1", "b"): 3,
        ("a", "1", "c"): 4,
        ("a", "2"): 5,
        ("a", "2", "0"): 6,
        ("d",): 7,
    } == json_lines(text)


def test_marks_inside_strings_are_text() -> None:
    """Brackets, commas, colons, and escaped quotes in keys and values neither open nor end anything."""
    assert {('a]}":,\n',): 2, ("b",): 3} == json_lines('{\n"a]}\\":,\\n": "{[\\"\\\\",\n"b": "}"}')


def test_of_a_repeated_key_the_last_counts() -> None:
    """A repeated key has the line of the value that the parsed data holds, and so have the keys below it."""
    assert {("a",): 2, ("a", "x"): 2} == json_lines('{"a": {"x": 1},\n"a": {"x": 2}}')
    assert {("a",): 2, ("a", "0"): 2} == json_lines('{"a": [1],\n"a": [2]}')


@pytest.mark.parametrize("text", ["1", '"a"', "null", "{}", " [ ] ", "\ufeff{}", ""])
def test_what_holds_no_key_has_no_line(text: str) -> None:
    """A scalar, an empty container and no text at all have no paths."""
    assert {} == json_lines(text)


def test_a_byte_order_mark_is_no_character_of_the_first_key() -> None:
    """A text that was read with its byte order mark has the same lines."""
    assert {("a",): 1} == json_lines('\ufeff{"a": 1}')


@pytest.mark.parametrize("end", ['"', "?", "'x'", "", "}", "]]]", ",,", "::", '"z" "y"', '{"'])
def test_text_that_is_not_json_gives_what_was_found_before(end: str) -> None:
    """A text that is broken somewhere raises nothing, and has the lines of the keys before that place."""
    assert {("a",): 1, ("b",): 2}.items() <= json_lines('{"a": 1,\n"b": 2,\n' + end).items()


@given(st.text(alphabet='[]{},:"\\ \n1ae-') | st.text())
def test_no_text_raises(text: str) -> None:
    """Any text at all is read to its end or to where it stops being JSON."""
    assert all(1 <= line <= text.count("\n") + 1 for line in json_lines(text).values())


def test_the_work_grows_with_the_text() -> None:
    """Twice the keys take twice the calls, and no stretch of the text is searched twice for the ends of lines."""
    once, twice = (json.dumps({f"k{n}": [n, {"x": "y" * 50}] for n in range(size)}, indent=1) for size in (500, 1000))
    counted = Counted(twice)
    json_lines(counted)

    assert calls(twice) <= 2.01 * calls(once)
    assert counted.searched <= len(twice)


def test_deep_nesting_neither_recurses_nor_piles_up() -> None:
    """Beyond the depth that a value may have nothing is noted, however deep the brackets go, and keys after it are."""
    found = json_lines('{"a": ' + "[" * 50_000 + "1" + "]" * 50_000 + ',\n"b": 1}')

    assert 64 == max(map(len, found))
    assert 2 == found[("b",)]
    assert 65 == len(found)
