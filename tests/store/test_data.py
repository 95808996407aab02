"""Stored data as text, and its limits."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfgcore.store.data import DEPTH_LIMIT, KEY_LIMIT, NODE_LIMIT, SIZE_LIMIT, dumps, limit, loads

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT
DATA = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4))


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@given(DATA)
def test_data_comes_back_exactly(value: Any) -> None:
    """What is written is read back, types included, from one line of text."""
    text = dumps(value)
    assert "\n" not in text
    assert json.dumps(value, sort_keys=True) == json.dumps(loads(text), sort_keys=True)
    assert text == dumps(loads(text))


def test_keys_are_in_order() -> None:
    """Equal data has equal text, whatever the order it was made in."""
    assert '{"a":1,"b":[2,"é"]}' == dumps({"b": [2, "é"], "a": 1})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"x", 1j], ids=repr)
def test_what_is_no_data_is_not_written(value: Any) -> None:
    """What JSON cannot hold is refused."""
    with pytest.raises((ValueError, TypeError)):
        dumps({"a": value})


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", "[1e5, -Infinity]", '{"a":1,"a":2}', "[" * 100_000, "é", b"\x80", "1 2"]
)
def test_what_is_no_json_is_a_value_error(text: str | bytes) -> None:
    """Whatever the bytes, reading gives data or a ValueError."""
    with pytest.raises(ValueError):  # noqa: PT011
        loads(text)


@given(st.binary(max_size=50) | st.text(max_size=50))
def test_any_bytes_are_data_or_a_value_error(text: str | bytes) -> None:
    """No bytes raise anything but a ValueError."""
    with contextlib.suppress(ValueError):
        loads(text)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("x" * (SIZE_LIMIT + 1), "it is larger than 1,048,576 characters"),
        (["x" * (SIZE_LIMIT // 2)] * 3, "it is larger than 1,048,576 characters"),
        (nested(DEPTH_LIMIT + 1), "it nests deeper than 32 levels"),
        (nested(5000), "it nests deeper than 32 levels"),
        ([0] * NODE_LIMIT, "it holds more than 10,000 values"),
        ({"x" * (KEY_LIMIT + 1): 1}, "a key is text of 1 to 256 characters"),
        ({"": 1}, "a key is text of 1 to 256 characters"),
        ({1: 1}, "a key is text of 1 to 256 characters"),
        ({"@jinja": 1}, "the key '@jinja' is reserved"),
        ({"a": {"$secret": 1}}, "the key '$secret' is reserved"),
        ({"dynaconf_include": 1}, "the key 'dynaconf_include' is reserved"),
        ({"a\0": 1}, "text holds NUL or a lone surrogate"),
        ("\ud800", "text holds NUL or a lone surrogate"),
        (2**63, "a whole number is beyond 64 bits"),
        (-(2**63) - 1, "a whole number is beyond 64 bits"),
        (float("nan"), "nan is not a finite number"),
        ((1,), "tuple is not plain data"),
        (b"x", "bytes is not plain data"),
    ],
)
def test_a_broken_limit_is_named(value: Any, reason: str) -> None:
    """What goes beyond a limit is refused naming that limit."""
    assert reason == limit(value)


@pytest.mark.parametrize(
    "value",
    [
        "x" * SIZE_LIMIT,
        nested(DEPTH_LIMIT),
        [0] * (NODE_LIMIT - 1),
        {"x" * KEY_LIMIT: 1},
        2**63 - 1,
        -(2**63),
        1.5,
        True,
        None,
    ],
    ids=lambda value: str(value)[:10],
)
def test_the_limits_themselves_are_within(value: Any) -> None:
    """What just reaches a limit is fine, and can be written."""
    assert limit(value) is None
    assert value == loads(dumps(value))
