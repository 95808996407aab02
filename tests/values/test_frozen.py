"""Values that nobody can change, and values as JSON and TOML know them."""

import copy
import dataclasses
import enum
import json
import pickle
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfgcore.values.frozen import DEPTH_LIMIT, FrozenDict, freeze, plain

CHANGES: dict[str, Callable[[Any], Any]] = {
    "assign": lambda frozen: frozen.__setitem__("a", 2),
    "add": lambda frozen: frozen.__setitem__("new", 2),
    "delete": lambda frozen: frozen.__delitem__("a"),
    "clear": lambda frozen: frozen.clear(),
    "pop": lambda frozen: frozen.pop("a"),
    "popitem": lambda frozen: frozen.popitem(),
    "setdefault": lambda frozen: frozen.setdefault("new", 1),
    "update": lambda frozen: frozen.update(a=2),
    "in-place or": lambda frozen: frozen.__ior__({"a": 2}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_frozen_dict_refuses_every_change(change: Callable[[Any], Any]) -> None:
    """Each method that changes a dict raises TypeError and leaves it as it is."""
    frozen = FrozenDict({"a": 1})
    with pytest.raises(TypeError, match="cannot be changed"):
        change(frozen)
    assert {"a": 1} == frozen


def test_a_frozen_dict_takes_no_attributes() -> None:
    """It has slots, so that nobody can hang something on it."""
    with pytest.raises(AttributeError):
        FrozenDict().extra = 1  # type: ignore[attr-defined]


def test_a_frozen_dict_in_an_augmented_assignment_stays() -> None:
    """``|=`` raises instead of rebinding the name to something else."""
    frozen = held = FrozenDict({"a": 1})
    with pytest.raises(TypeError):
        frozen |= {"b": 2}
    assert {"a": 1} == held


def test_equal_frozen_dicts_hash_alike() -> None:
    """The order of insertion does not count, as it does not for equality."""
    one, other = FrozenDict({"a": 1, "b": (2,)}), FrozenDict({"b": (2,), "a": 1})
    assert one == other
    assert hash(one) == hash(other)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_frozen_dict_survives_pickling(protocol: int) -> None:
    """Sent to another process it is a FrozenDict again, with the same items."""
    frozen = FrozenDict({"a": 1, "b": FrozenDict({"c": (1, 2)})})
    again = pickle.loads(pickle.dumps(frozen, protocol))
    assert frozen == again
    assert FrozenDict is type(again)
    assert FrozenDict is type(again["b"])


def test_copies_of_a_frozen_dict_are_itself() -> None:
    """What cannot change needs no copy; ``.copy()`` gives an ordinary dict to work on."""
    frozen = FrozenDict({"a": 1})
    assert frozen is copy.copy(frozen)
    assert frozen is copy.deepcopy(frozen)
    assert dict is type(frozen.copy())


def test_a_frozen_dict_goes_where_a_dict_goes() -> None:
    """``json.dumps``, ``dataclasses.asdict`` and ``|`` take it for the dict that it is."""

    @dataclasses.dataclass(frozen=True)
    class Holder:
        table: FrozenDict[str, Any]

    frozen = FrozenDict({"a": FrozenDict({"b": (1, 2)})})
    assert '{"a": {"b": [1, 2]}}' == json.dumps(frozen)
    assert {"table": {"a": {"b": (1, 2)}}} == dataclasses.asdict(Holder(frozen))
    assert {"a": {"b": (1, 2)}, "c": 3} == frozen | {"c": 3}


def test_freezing_reaches_everything() -> None:
    """Lists become tuples, sets frozensets, mappings FrozenDicts, however deep they lie."""
    frozen = freeze({"a": [1, {"b": {2}}], "c": ("x", ["y"])})
    assert {"a": (1, {"b": frozenset({2})}), "c": ("x", ("y",))} == frozen
    assert FrozenDict is type(frozen)
    assert FrozenDict is type(frozen["a"][1])
    hash(frozen)


def test_a_value_that_contains_itself_cannot_be_frozen() -> None:
    """It is refused with a sentence, not with a RecursionError."""
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ValueError, match="contains itself"):
        freeze(endless)


def test_nesting_has_a_limit() -> None:
    """As deep as the limit is fine, one level more is refused."""

    def nested(depth: int) -> Any:
        value: Any = 1
        for _ in range(depth):
            value = [value]
        return value

    freeze(nested(DEPTH_LIMIT))
    with pytest.raises(ValueError, match=str(DEPTH_LIMIT)):
        freeze(nested(DEPTH_LIMIT + 1))


class Colour(enum.Enum):
    RED = "red"


class Number(enum.IntEnum):
    ONE = 1


class Count(int):
    """A number of a type of its own."""


@dataclasses.dataclass(frozen=True)
class Point:
    x: Any
    y: Any = 0


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        ("red", Colour.RED),
        (1, Number.ONE),
        (3, Count(3)),
        (90.0, timedelta(minutes=1, seconds=30)),
        ("2024-01-02", date(2024, 1, 2)),
        ("2024-01-02T03:04:05", datetime(2024, 1, 2, 3, 4, 5)),
        ("03:04:05", time(3, 4, 5)),
        ("1.10", Decimal("1.10")),
        (str(Path("a/b")), Path("a/b")),
        ("00000000-0000-0000-0000-000000000001", UUID(int=1)),
        ({"x": "red", "y": [1]}, Point(Colour.RED, (1,))),
        ([1], frozenset({1})),
        (None, None),
        (True, True),
    ],
)
def test_plain_values_are_those_of_json(expected: Any, value: Any) -> None:
    """Every type that a setting can have becomes text, a number, true, false, None, a list or a dict."""
    assert expected == plain(value)
    assert type(expected) is type(plain(value))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(SCALARS, lambda below: st.lists(below) | st.dictionaries(st.text(), below), max_leaves=20)


@given(JSON)
def test_plain_undoes_freeze(value: Any) -> None:
    """Whatever JSON can say comes back as it was, and freezing twice changes nothing."""
    frozen = freeze(value)
    assert value == plain(frozen)
    assert frozen == freeze(frozen)
    hash(frozen)


@given(JSON)
def test_frozen_values_survive_pickling(value: Any) -> None:
    """A frozen value that is sent to another process arrives as the same frozen value."""
    assert freeze(value) == pickle.loads(pickle.dumps(freeze(value)))
