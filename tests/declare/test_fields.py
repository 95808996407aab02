"""Which values a setting takes, and what it says of the others."""

from __future__ import annotations

import contextlib
import enum
import math
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from cfgcore import ABSENT, section, setting, subsection
from cfgcore.declare.defaults import first_message
from cfgcore.declare.resolved import resolve
from cfgcore.declare.schema import field_of
from cfgcore.values.frozen import FrozenDict
from cfgcore.values.problem import Finding

NO_END = 10**400
TOO_MANY_DIGITS = 10**5000


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Size(enum.IntEnum):
    SMALL = 1


@subsection
class Limits:
    most: int = setting(5, maximum=10)
    token: str = setting("", secret=True)
    tags: tuple[str, ...] = setting(())


@subsection
class Needy:
    token: str = setting()


@subsection
class Picky:
    most: int = setting(5)

    def __post_init__(self) -> None:
        if self.most == 7:
            raise ValueError("seven is unlucky")


def read(annotation: Any, value: Any, **options: Any) -> Any:
    """Return what a setting of that type makes of a value."""
    body = {"__annotations__": {"value": annotation}, "value": setting(**options), "__module__": __name__}
    found = resolve(section("s")(type("S", (), body)), "p")
    return field_of(found.settings["value"]).deserialize(value)


def finding(annotation: Any, value: Any, **options: Any) -> Finding:
    """Return the first finding about a value that must be refused."""
    with pytest.raises(ValidationError) as caught:
        read(annotation, value, **options)
    messages: Any = caught.value.messages
    while not isinstance(messages, Finding):
        messages = next(iter(messages.values())) if isinstance(messages, dict) else messages[0]
    return messages


TAKEN: list[tuple[Any, Any, Any]] = [
    (bool, True, True),
    (int, 3, 3),
    (int, 2**63 - 1, 2**63 - 1),
    (int, -(2**63), -(2**63)),
    (float, 1.5, 1.5),
    (float, 2, 2.0),
    (str, "", ""),
    (str, "Grüße 🎉", "Grüße 🎉"),
    (Colour, "red", Colour.RED),
    (Size, 1, Size.SMALL),
    (Literal["a", 1, True], True, True),
    (Literal["a", 1], 1, 1),
    (datetime, "2024-01-02T03:04:05Z", datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
    (datetime, datetime(2024, 1, 2), datetime(2024, 1, 2)),
    (datetime, "2024-01-02", datetime(2024, 1, 2)),
    (datetime, date(2024, 1, 2), datetime(2024, 1, 2)),
    (timedelta, 90, timedelta(seconds=90)),
    (timedelta, 0.5, timedelta(milliseconds=500)),
    (timedelta, "1h30m", timedelta(hours=1, minutes=30)),
    (timedelta, " 2w 1d 0.5s ", timedelta(days=15, seconds=0.5)),
    (timedelta, "0s", timedelta()),
    (Path, "a/b", Path("a/b")),
    (Decimal, "1.10", Decimal("1.10")),
    (Decimal, 1.1, Decimal("1.1")),
    (Decimal, -3, Decimal(-3)),
    (Decimal, "1e-7", Decimal("1e-7")),
    (UUID, "00000000-0000-0000-0000-000000000001", UUID(int=1)),
    (list[int], [1, 2], (1, 2)),
    (tuple[int, ...], (1, 2), (1, 2)),
    (list[list[int]], [[1], []], ((1,), ())),
    (dict[str, int], {"a": 1}, {"a": 1}),
    (Limits, {"most": 3}, Limits(most=3)),
    (list[Limits], [{}, {"most": 1}], (Limits(), Limits(most=1))),
    (dict[str, Limits], {"a": {}}, {"a": Limits()}),
    (int | None, None, None),
    (Any, None, None),
    (Any, {"a": [1]}, {"a": (1,)}),
]


@pytest.mark.parametrize(("annotation", "value", "expected"), TAKEN)
def test_values_that_are_taken(annotation: Any, value: Any, expected: Any) -> None:
    """A value of the type is taken as it is, of the type that the annotation promises."""
    found = read(annotation, value)
    assert expected == found
    assert type(expected) is type(found) or isinstance(found, FrozenDict)


REFUSED: list[tuple[Any, Any, str]] = [
    *[(bool, value, "is not true or false") for value in (1, 0, "true", None, [True])],
    *[(int, value, "is not a whole number") for value in ("1e3", "3", 3.0, True, None, [3], {}, math.nan, math.inf)],
    *[(int, value, "of at most 64 bits") for value in (2**63, -(2**63) - 1, NO_END, TOO_MANY_DIGITS)],
    *[(float, value, "is not a number") for value in ("true", "1.5", True, None, [1.5], NO_END, TOO_MANY_DIGITS)],
    *[(float, value, "it must be finite") for value in (math.nan, math.inf, -math.inf)],
    *[
        (str, value, "is not text; put it in quotes")
        for value in (1, 1.1, True, date(2024, 1, 1), datetime(2024, 1, 1))
    ],
    *[(str, value, "is not text") for value in (None, ["a"], b"a")],
    *[(str, value, "NUL or a lone surrogate") for value in ("a\0", "\ud800", "\udfff")],
    *[(Colour, value, "is not one of 'red', 'blue'") for value in ("RED", "green", None, 1, ["red"])],
    *[(Size, value, "is not one of 1") for value in ("1", True, 1.0)],
    *[(Literal["a", 1], value, "is not one of 'a', 1") for value in (True, 1.0, "1")],
    *[(datetime, value, "is not a date and time") for value in ("5", 5, "soon", True, 1e300)],
    *[
        (timedelta, value, "is not a duration")
        for value in ("", " ", "1 0s", "90", "1s1h", "1.5h", "\u0661s", "s", True, None)
    ],
    *[(timedelta, value, "is not a duration") for value in (math.nan, math.inf, NO_END, "9" * 400 + "w", [1])],
    *[(Path, value, "is not a path") for value in (5, None, "a\0b", ["a"], datetime(2024, 1, 1))],
    *[
        (Decimal, value, "is not a decimal number")
        for value in ("nan", "inf", "1_000", "\u0661", " 1", "", "0x1", "1e99999")
    ],
    *[(Decimal, value, "is not a decimal number") for value in (True, None, math.inf, TOO_MANY_DIGITS, [1])],
    *[(UUID, value, "is not a UUID") for value in ("5", 5, 5.0, "x" * 32, "\u0663" * 32, None)],
    *[(list[int], value, "is not a list") for value in ("1,2", 1, {"a": 1}, None, {1})],
    (list[int], [1, True], "True is not a whole number"),
    (list[str], ["a", "\0"], "NUL"),
    *[(dict[str, int], value, "is not a table") for value in ([1], "a", None, [("a", 1)])],
    *[(dict[str, int], {key: 1}, "is not text that can be stored") for key in (1, None, "a\0", "\ud800")],
    (dict[str, int], {"a": "b"}, "'b' is not a whole number"),
    *[(Limits, value, "is not a table") for value in (5, None, "a", [Limits()])],
    (Limits, {"most": 11}, "11 is more than 10"),
    (Limits, {"mots": 3}, "there is no such value. Did you mean 'most'?"),
    (Needy, {}, "it is required"),
    (Picky, {"most": 7}, "seven is unlucky"),
]


@pytest.mark.parametrize(("annotation", "value", "cause"), REFUSED, ids=map(str, range(len(REFUSED))))
def test_values_that_are_refused(annotation: Any, value: Any, cause: str) -> None:
    """No text for a number, no 1 for true, nothing infinite: the message quotes the value and what was expected."""
    with pytest.raises(ValidationError) as caught:
        read(annotation, value)
    assert cause in first_message(caught.value.messages)


def test_items_are_refused_by_their_place() -> None:
    """Each wrong item is reported by its index or key; the good ones are not."""
    with pytest.raises(ValidationError) as caught:
        read(dict[str, list[int]], {"a": [1, "x", 2, "y"], "b": [1]})
    messages: Any = caught.value.messages
    assert {"a": [1, 3]} == {key: list(below) for key, below in messages.items()}


def test_a_value_that_contains_itself_is_refused() -> None:
    """Where any value may stand, it must still be finite."""
    endless: list[Any] = []
    endless.append(endless)
    for annotation in (Any, int, str, dict[str, int]):
        assert "type" == finding(annotation, endless).code


def test_long_values_are_shortened_in_messages() -> None:
    """A megabyte of text in the place of a number makes no megabyte of message."""
    assert len(finding(int, "x" * 1_000_000).message) < 200
    assert len(finding(int, list(range(1000))).message) < 200


@pytest.mark.parametrize(
    ("annotation", "value", "options"),
    [
        (int, "hunter2", {}),
        (str, "hunter2", {"pattern": "[0-9]+"}),
        (str, "hunter2", {"length": (1, 3)}),
        (str, "hunter2", {"choices": ("a",)}),
        (str, "hunter2\0", {}),
        (Colour, "hunter2", {}),
        (UUID, "hunter2", {}),
        (timedelta, "hunter2", {}),
        (list[int], ["hunter2"], {}),
        (dict[str, int], {"key": "hunter2"}, {}),
        (dict[str, int], {"hunter2\0": 1}, {}),
        (list[int], "hunter2", {}),
        (Limits, {"most": "hunter2"}, {}),
        (Limits, "hunter2", {}),
        (Any, {"a": "hunter2"}, {"length": (2, 3)}),
    ],
)
def test_a_secret_is_not_quoted(annotation: Any, value: Any, options: dict[str, Any]) -> None:
    """Messages about a secret, or about anything in one, show dots and suggest nothing from it."""
    found = finding(annotation, value, secret=True, **options)
    assert "hunter2" not in f"{found.message}{found.parameters}{found.suggested}"
    assert "••••" in found.message


def test_a_secret_in_a_subsection_is_not_quoted() -> None:
    """The subsection is no secret, its token is."""
    assert "hunter2" not in finding(Limits, {"token": ["hunter2"]}).message


def test_findings_carry_codes_and_parameters() -> None:
    """A front end translates by them."""
    assert ("type", {"expected": "a whole number"}) == (finding(int, "x").code, finding(int, "x").parameters)
    assert ("choice", {"choices": ("red", "blue")}) == (finding(Colour, "x").code, finding(Colour, "x").parameters)
    assert "red" == finding(Colour, "RED").suggested
    assert ABSENT is finding(Colour, "zzz").suggested


def test_lists_and_tables_that_are_read_cannot_be_changed() -> None:
    """They are tuples and read-only mappings all the way down, and hash."""
    hash(read(dict[str, list[dict[str, int]]], {"a": [{"b": 1}]}))
    hash(read(Any, {"a": [{"b": [1]}]}))
    hash(read(Limits, {"tags": ["a"]}))


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.characters(categories=["Cs"])
    | st.datetimes()
    | st.dates()
    | st.binary(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text() | st.integers(), below, max_size=3),
    max_leaves=8,
)
TYPES = [bool, int, float, str, Colour, Size, Literal["a", 1], datetime, timedelta, Path, Decimal, UUID, Any]
TYPES += [list[int], dict[str, float], Limits, list[Limits], int | None]


@given(st.sampled_from(TYPES), ANYTHING)
def test_any_value_is_taken_or_refused(annotation: Any, value: Any) -> None:
    """Whatever a source says, a setting takes it as a value that hashes, or raises ValidationError."""
    with contextlib.suppress(ValidationError):
        hash(read(annotation, value))
