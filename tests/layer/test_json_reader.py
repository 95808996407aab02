"""JSON read strictly."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfgcore.layer.json_reader import read_json
from cfgcore.layer.unreadable import Unreadable

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda below: st.lists(below, max_size=5) | st.dictionaries(st.text(), below, max_size=5),
    max_leaves=20,
)


def refusal(text: str) -> tuple[str, int | None]:
    with pytest.raises(Unreadable) as caught:
        read_json(text)
    return caught.value.cause.removeprefix("not valid JSON: "), caught.value.line


@given(VALUES, st.booleans())
def test_json_is_read_as_json_reads_it(value: Any, spread: bool) -> None:
    """What the standard library writes is read back."""
    assert value == read_json(json.dumps(value, indent=2 if spread else None))


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_none_are_refused_with_their_line(name: str) -> None:
    """Text that looks like one is text."""
    text = f'{{"NaN": "Infinity \\" NaN",\n"a": [1,\n {name}]}}'
    assert (f"{name} is not a number of JSON", 3) == refusal(text)


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ('{"a": 1,\n"a": 2}', "a", 2),
        ('{"b": {"a": 1},\n"a": [{"a": 1}, {"a": 1,\n"x": {},\n"\\u0061": 3}]}', "a", 4),
        ('{"x": "\\"a\\": {",\n "y": "}",\n "a\\\\": 1, "z": ["a", "a"],\n"z" : 1}', "z", 4),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_the_line_of_the_second(text: str, key: str, line: int) -> None:
    """However it is spelt, and whatever stands in strings."""
    assert (f"the key {key!r} stands twice in one object; remove one of them", line) == refusal(text)


def test_a_number_beyond_all_floats_is_infinite() -> None:
    """``1e999`` is JSON; a setting that is a number refuses it."""
    assert float("inf") == read_json("1e999")
