"""What kind of value an annotation asks for."""

from __future__ import annotations

import dataclasses
import enum
import typing
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, Union
from uuid import UUID

import pytest

from cfgcore import setting
from cfgcore.declare.inference import kind_of, settings_of
from cfgcore.declare.kind import Setting


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Odd(enum.Enum):
    PAIR = (1, 2)


class Empty(enum.Enum):
    pass


@dataclasses.dataclass(frozen=True)
class Point:
    x: int = 0


@dataclasses.dataclass
class Changeable:
    x: int = 0


@dataclasses.dataclass(frozen=True)
class Unset:
    x: int = dataclasses.field(init=False, default=0)


@dataclasses.dataclass(frozen=True)
class Settled:
    x: int = setting(1)


@dataclasses.dataclass(frozen=True)
class Picky:
    x: int = 0

    def __post_init__(self) -> None:
        if not self.x:
            raise ValueError("x is nothing")


@pytest.mark.parametrize(
    ("expected", "annotation"),
    [
        ("bool", bool),
        ("int", int),
        ("float", float),
        ("str", str),
        ("datetime", datetime),
        ("timedelta", timedelta),
        ("path", Path),
        ("decimal", Decimal),
        ("uuid", UUID),
        ("enum", Colour),
        ("literal", Literal["a", 1, True]),
        ("record", Point),
        ("list", list[int]),
        ("list", typing.List[int]),  # noqa: UP006
        ("list", tuple[int, ...]),
        ("list", Sequence[int]),
        ("list", list),
        ("dict", dict[str, int]),
        ("dict", Mapping[str, int]),
        ("dict", dict),
        ("any", Any),
        ("any", object),
        ("int", Annotated[int, "of something"]),
    ],
)
def test_supported_types(expected: str, annotation: Any) -> None:
    """Every type of the documentation is known."""
    assert expected == kind_of(annotation).name


@pytest.mark.parametrize("annotation", [int | None, Optional[int], Union[None, int]])  # noqa: UP007, UP045
def test_optional_types_in_every_spelling(annotation: Any) -> None:
    """``X | None`` takes what X takes, and None."""
    assert ("int", True) == (kind_of(annotation).name, kind_of(annotation).optional)


def test_none_in_a_literal_makes_it_optional() -> None:
    """A file cannot choose None by a name; it is given as None is given anywhere."""
    kind = kind_of(Literal["a", None])
    assert (True, ("a",)) == (kind.optional, kind.choices)


def test_any_takes_none() -> None:
    """None is a value like others where any value may stand."""
    assert kind_of(Any).optional
    assert kind_of(list).item is not None
    assert kind_of(list).item == kind_of(Any)


@pytest.mark.parametrize(
    ("annotation", "cause"),
    [
        (int | str, "union of several types"),
        (int | str | None, "union of several types"),
        (type(None), "not a supported type"),
        (bytes, "bytes is not a supported type"),
        (complex, "not a supported type"),
        (date, "not a supported type"),
        (set[int], "not a supported type"),
        (tuple[int, int], "not a supported type"),
        (dict[int, str], "not a supported type"),
        (type, "not a supported type"),
        (typing.Callable, "not a supported type"),
        (typing.TypeVar("T"), "not a supported type"),
        (Changeable, "make it @subsection or @dataclass"),
        (list[Changeable], "make it @subsection or @dataclass"),
        (Unset, "x: a field with init=False"),
        (Settled, "x: setting.. stands in a dataclass; decorate that class with @subsection"),
        (Empty, "Empty has no values"),
        (Odd, r"Odd has the value \(1, 2\)"),
        (Literal[Colour.RED], "has the value <Colour.RED"),
        (Literal[b"a"], "has the value b'a'"),
    ],
)
def test_other_types_are_refused(annotation: Any, cause: str) -> None:
    """The error says what is not supported, and what to write instead."""
    with pytest.raises(TypeError, match=cause):
        kind_of(annotation)


def test_a_subsection_that_refuses_its_own_defaults_is_refused() -> None:
    """A ``__post_init__`` that raises is reported as a mistake of the declaration."""

    @dataclasses.dataclass(frozen=True)
    class Holder:
        picky: Any

    Holder.__annotations__["picky"] = Picky
    with pytest.raises(TypeError, match="picky: Picky cannot be made of its defaults: x is nothing"):
        settings_of(Holder)


@pytest.mark.parametrize(
    ("expected", "options"),
    [
        ("a whole number", {}),
        ("a whole number, 0 to 10", {"minimum": 0, "maximum": 10}),
        ("a whole number, at least 1", {"minimum": 1}),
        ("a whole number, more than 0, at most 9", {"exclusive_minimum": 0, "maximum": 9}),
        ("a whole number, less than 5", {"exclusive_maximum": 5}),
        ("one of 1, 2", {"choices": (1, 2)}),
    ],
)
def test_what_a_setting_expects_in_words(expected: str, options: dict[str, Any]) -> None:
    """Errors, help and pages say the same of a setting."""
    assert expected == Setting("value", kind_of(int), 1, setting(1, **options)).expects


def test_a_list_says_what_its_items_are() -> None:
    """The items are part of what is expected."""
    assert "a list, each item one of 'red', 'blue'" == kind_of(tuple[Colour, ...]).phrase
    assert "int" == kind_of(dict[str, list[int]]).innermost.name
