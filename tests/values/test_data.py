"""What callers give, as plain data."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfgcore.values.data import NoData, data
from cfgcore.values.frozen import plain


class Hue(enum.Enum):
    RED = "red"


@dataclass(frozen=True)
class Spot:
    x: int
    hue: Hue


KNOWN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(
        [
            Hue.RED,
            Spot(1, Hue.RED),
            timedelta(minutes=1),
            date(2024, 2, 29),
            Decimal("1.10"),
            uuid.UUID(int=1),
            PurePosixPath("/srv"),
        ]
    )
)
FOREIGN: list[Any] = [b"x", bytearray(b"x"), {1}, frozenset(), object(), len, int, 1j, range(3), iter(()), Hue, {1: 2}]


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)


@given(st.recursive(KNOWN, nested, max_leaves=8))
def test_what_cfgcore_declares_is_data_at_every_depth(value: Any) -> None:
    """A value made of the types that settings have is written as it always is."""
    assert plain(value) == data(value)


@given(st.sampled_from(FOREIGN), st.lists(st.integers(0, 2) | st.text(), max_size=4))
def test_a_value_of_another_type_is_refused_at_every_depth(foreign: Any, keys: list[Any]) -> None:
    """No value of a type that no setting has becomes text, wherever it lies; the error says where."""
    value = foreign
    for key in reversed(keys):
        value = {key: value} if isinstance(key, str) else [*[None] * key, value]
    with pytest.raises(NoData) as caught:
        data(value)
    assert tuple(map(str, keys)) == caught.value.path


@pytest.mark.parametrize("foreign", FOREIGN[:-1], ids=lambda value: type(value).__name__)
def test_the_refusal_names_the_type_and_not_the_value(foreign: Any) -> None:
    """It may be a secret."""
    with pytest.raises(NoData, match=f"a value of the type {type(foreign).__name__} is not stored"):
        data(foreign)


@pytest.mark.parametrize("make", [str, int, float], ids=lambda cls: cls.__name__)
def test_a_type_of_ones_own_that_is_text_or_a_number_is_stored_as_that(make: Callable[..., Any]) -> None:
    """What is text is text, whatever its own str() says."""
    own = type("Own", (make,), {"__str__": lambda self: "other"})
    assert make("7") == data(own("7"))
    assert make is type(data(own("7")))
