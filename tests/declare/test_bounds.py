"""The bounds, choices, patterns and lengths of a setting."""

from __future__ import annotations

import enum
import operator
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from marshmallow import ValidationError

from cfgcore import ABSENT, section, setting
from cfgcore.declare.resolved import resolve
from cfgcore.declare.schema import field_of
from cfgcore.values.problem import Finding


class Level(enum.Enum):
    LOW = "low"
    HIGH = "high"


def finding(annotation: Any, value: Any, **options: Any) -> Finding | None:
    """Return the first finding about a value, or None where it is taken."""
    body = {"__annotations__": {"value": annotation}, "value": setting(**options), "__module__": __name__}
    found = resolve(section("s")(type("S", (), body)), "p")
    try:
        field_of(found.settings["value"]).deserialize(value)
    except ValidationError as error:
        messages: Any = error.messages
        while not isinstance(messages, Finding):
            messages = next(iter(messages.values())) if isinstance(messages, dict) else messages[0]
        return messages
    return None


@pytest.mark.parametrize(
    ("annotation", "value", "options", "code"),
    [
        (int, 0, {"minimum": 1}, "minimum"),
        (int, 11, {"maximum": 10}, "maximum"),
        (int, 1, {"exclusive_minimum": 1}, "exclusive_minimum"),
        (float, 1.0, {"exclusive_maximum": 1}, "exclusive_maximum"),
        (list[int], [1, 11], {"maximum": 10}, "maximum"),
        (dict[str, list[int]], {"a": [11]}, {"maximum": 10}, "maximum"),
        (timedelta, "2h", {"maximum": 3600}, "maximum"),
        (list[timedelta], ["2h"], {"maximum": 3600}, "maximum"),
        (Decimal, "0.09", {"minimum": 0.1}, "minimum"),
        (int, 3, {"choices": (1, 2)}, "choice"),
        (float, 3, {"choices": (1, 2)}, "choice"),
        (Level, "low", {"choices": (Level.HIGH,)}, "choice"),
        (list[str], ["a", "c"], {"choices": ("a", "b")}, "choice"),
        (str, "a1", {"pattern": "[a-z]"}, "pattern"),
        (str, "a\n", {"pattern": "a$"}, "pattern"),
        (list[str], ["A"], {"pattern": "[a-z]+"}, "pattern"),
        (str, "", {"length": (1, None)}, "length"),
        (str, "abc", {"length": (0, 2)}, "length"),
        (list[str], ["abc", "b", "c"], {"length": (0, 2)}, "length"),
        (dict[str, int], {}, {"length": (1, 2)}, "length"),
    ],
)
def test_what_lies_outside_is_refused(annotation: Any, value: Any, options: dict[str, Any], code: str) -> None:
    """Each option refuses what it forbids, in lists and tables too, under its own code."""
    found = finding(annotation, value, **options)
    assert found is not None
    assert code == found.code


@pytest.mark.parametrize(
    ("annotation", "value", "options"),
    [
        (int, 1, {"minimum": 1, "maximum": 1}),
        (int | None, None, {"minimum": 1}),
        (list[int | None], [None, 1], {"minimum": 1}),
        (timedelta, "1h", {"maximum": 3600}),
        (Decimal, "0.1", {"minimum": 0.1, "maximum": 0.1}),
        (float, 2, {"choices": (1, 2)}),
        (Level, "high", {"choices": (Level.HIGH,)}),
        (str | None, None, {"pattern": "a", "choices": ("a",), "length": (1, 1)}),
        (list[str], ["abcdef"], {"length": (0, 2)}),
        (Any, 5, {"pattern": "a", "length": (0, 1)}),
    ],
)
def test_what_lies_inside_is_taken(annotation: Any, value: Any, options: dict[str, Any]) -> None:
    """Bounds are inclusive, None is outside their reach, and a decimal bound means what is written."""
    assert finding(annotation, value, **options) is None


def test_a_bound_is_suggested_where_it_may_be_taken() -> None:
    """The nearest value that would be taken; an exclusive bound would not."""
    found, exclusive = finding(int, 11, maximum=10), finding(int, 11, exclusive_maximum=11)
    assert found is not None
    assert exclusive is not None
    assert ("11 is more than 10 (a whole number, at most 10)", 10) == (found.message, found.suggested)
    assert {"bound": 10} == found.parameters
    assert ABSENT is exclusive.suggested


def test_a_choice_is_suggested() -> None:
    """A slip is seen through, and the choices are listed as a file writes them."""
    found = finding(str, "hihg", choices=("high", "low"))
    assert found is not None
    assert ("'hihg' is not one of 'high', 'low'", "high") == (found.message, found.suggested)
    level = finding(Level, "low", choices=(Level.HIGH,))
    assert level is not None
    assert "'low' is not one of 'high'" == level.message


HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "minimum": operator.ge,
    "maximum": operator.le,
    "exclusive_minimum": operator.gt,
    "exclusive_maximum": operator.lt,
}
NUMBERS: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(-30, 30),
    float: st.floats(-30, 30) | st.integers(-30, 30).map(float),
}


@given(st.data())
def test_bounds_take_exactly_their_range(data: st.DataObject) -> None:
    """For random bounds, what is taken is what satisfies all of them, and nothing else."""
    annotation = data.draw(st.sampled_from([int, float]))
    middle = data.draw(st.integers(-19, 19))
    below = st.none() | st.integers(-20, middle) | st.floats(-20, middle)
    above = st.none() | st.integers(middle, 20) | st.floats(middle, 20)
    drawn = {name: data.draw(below if "minimum" in name else above) for name in HOLDS}
    bounds = {name: given for name, given in drawn.items() if given is not None}
    lower = [bounds[name] for name in ("minimum", "exclusive_minimum") if name in bounds]
    upper = [bounds[name] for name in ("maximum", "exclusive_maximum") if name in bounds]
    assume(not lower or not upper or max(lower) < min(upper))
    near = st.sampled_from([given + step for given in (*bounds.values(), 0) for step in (-1, 0, 1)])
    value = annotation(data.draw(NUMBERS[annotation] | near))
    holds = all(HOLDS[name](value, bound) for name, bound in bounds.items())
    assert holds is (finding(annotation, value, **bounds) is None)
    assert holds is (finding(list[annotation], [value], **bounds) is None)  # type: ignore[valid-type]


@given(st.text(max_size=8), st.integers(0, 5), st.none() | st.integers(0, 5))
def test_lengths_take_exactly_their_range(text: str, smallest: int, more: int | None) -> None:
    """For random lengths, text and lists are taken by the number of characters and items."""
    assume(not any(0xD800 <= ord(letter) <= 0xDFFF or letter == "\0" for letter in text))
    largest = None if more is None else smallest + more
    fits = smallest <= len(text) and (largest is None or len(text) <= largest)
    assert fits is (finding(str, text, length=(smallest, largest)) is None)
    assert fits is (finding(list[str], list(text), length=(smallest, largest)) is None)
