"""Values of JSON as a targeting rule sees them."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from enum import Enum
from typing import Any

import pytest

from cfgcore.flag.semantics import at_most, contains, equal, known, less, number, same, text, truth


class Plan(str, Enum):
    PRO = "pro"


@pytest.mark.parametrize("value", [None, False, 0, 0.0, "", [], math.nan])
def test_nothing_is_false(value: Any) -> None:
    """Null, zero, the empty text and the empty list do not count as true, nor does what is no number."""
    assert not truth(value)


@pytest.mark.parametrize("value", [True, 1, -0.5, "0", "false", [0], {}, {"a": 1}])
def test_something_is_true(value: Any) -> None:
    """Every other value counts as true, the empty table and the text "0" as well."""
    assert truth(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, 0), (True, 1), (3, 3), ("", 0), (" 12 ", 12), ("1.5e2", 150), (".5", 0.5), ("-3", -3)],
)
def test_text_that_spells_a_number_is_one(value: Any, expected: float) -> None:
    """Null is 0, true is 1, and text is the number that it spells."""
    assert expected == number(value)


@pytest.mark.parametrize("value", ["x", "1_000", "0x10", "\u0661", "1e99999", "9" * 65, [1], {}, "nan", "inf"])
def test_everything_else_is_no_number(value: Any) -> None:
    """What only Python would read as a number is none, nor is text of a length that nobody writes."""
    assert math.isnan(number(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a", "a"), (None, ""), (True, "true"), (1, "1"), (1.0, "1"), (1.5, "1.5"), ([1, "b", None], "1,b,"), ({}, "")],
)
def test_values_as_text(value: Any, expected: str) -> None:
    """Numbers are written as JSON writes them, lists with commas, nothing as nothing."""
    assert expected == text(value)


def test_text_of_enormous_numbers_is_bounded() -> None:
    """A whole number of thousands of digits is written as a floating-point one."""
    assert "1e+30" == text(10**30)
    assert "Infinity" == text(10**5000)


@pytest.mark.parametrize(
    ("one", "other"), [(1, "1"), (1, 1.0), (True, 1), ("1.0", 1), (None, None), ("a", "a"), ([1], [1])]
)
def test_equal_values(one: Any, other: Any) -> None:
    """The same number is equal, as text or not; null equals null."""
    assert equal(one, other)
    assert equal(other, one)


@pytest.mark.parametrize(
    ("one", "other"), [(None, 0), (None, ""), (None, False), ("1", "1.0"), ("a", 0), ([1], 1), ({}, "")]
)
def test_unequal_values(one: Any, other: Any) -> None:
    """Null equals nothing else, and two texts are compared as they are written."""
    assert not equal(one, other)
    assert not equal(other, one)


def test_the_same_is_of_one_type() -> None:
    """Numbers are of one type, true and 1 are not."""
    assert same(1, 1.0)
    assert not same(1, "1")
    assert not same(1, True)
    assert same(True, True)
    assert same("a", "a")


def test_order() -> None:
    """Two texts are in the order of their characters, everything else in that of numbers."""
    assert less("10", "9")
    assert less("9", 10)
    assert less(None, 1)
    assert not less("x", 1)
    assert not less(1, "x")
    assert at_most(2, 2.0)
    assert at_most("a", "a")
    assert not at_most("b", "a")


def test_contains() -> None:
    """A text holds its parts, a list its items; nothing else holds anything."""
    assert contains("ring", "Spring")
    assert contains(2, "123")
    assert contains("a", ["b", "a"])
    assert not contains(1, ["1"])
    assert not contains("a", None)
    assert not contains(None, "null")
    assert not contains("a", {"a": 1})


def test_what_json_does_not_have_is_missing() -> None:
    """Dates are read as their text, tuples as lists, an Enum of text as text; bytes, sets and objects are not there."""
    assert "2026-01-31T12:00:00+00:00" == known(datetime(2026, 1, 31, 12, tzinfo=timezone.utc))
    assert [1, 2] == known((1, 2))
    assert "pro" == known(Plan.PRO)
    for value in (b"pro", {1}, object(), 1j):
        assert known(value) is None
