"""All that binds one setting, as a function of its value."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfgcore import (
    Constraint,
    DeclarationError,
    choices,
    enforced,
    filtered,
    maximum,
    minimum,
    pattern,
    section,
    setting,
    subsection,
)
from cfgcore.check.bound import Bound, Contradiction, bound_of
from cfgcore.declare.registry import Owned, Registry


class Mode(Enum):
    SLOW = "slow"
    FAST = "fast"


@subsection
class Port:
    host: str = setting("localhost")
    port: int = setting(1)


NEW_YEAR = datetime(2024, 1, 1, tzinfo=timezone.utc)
KEY = UUID(int=0xABC)


@section("it")
class It:
    whole: int = setting(5, minimum=0, maximum=10)
    number: float | None = setting(None, minimum=0.5, maximum=100)
    wait: timedelta = setting(timedelta(seconds=5), minimum=1, maximum=60)
    price: Decimal = setting(Decimal("1.5"), minimum=0)
    mode: Mode = setting(Mode.SLOW)
    name: str = setting("main")
    label: str | None = setting(None)
    names: tuple[str, ...] = setting(())
    on: bool = setting(False)
    size: int = setting(5)
    idle: timedelta | None = setting(None)
    sizes: tuple[int, ...] = setting(())
    modes: tuple[Mode, ...] = setting(())
    prices: tuple[Decimal, ...] = setting(())
    waits: tuple[timedelta, ...] = setting(())
    moments: tuple[datetime, ...] = setting(())
    keys: tuple[UUID, ...] = setting(())
    ports: tuple[Port, ...] = setting(())


REGISTRY = Registry([Owned("it", sections=[It])])


def bound(*constraints: Constraint) -> Bound:
    path = tuple(constraints[0].path.split("."))
    place = REGISTRY.place(path)
    assert place is not None
    return bound_of(path, place.setting, constraints)


@pytest.mark.parametrize(
    ("constraints", "value", "expected"),
    [
        ([maximum("it.whole", 3)], 5, 3),
        ([maximum("it.whole", 3)], 2, 2),
        ([maximum("it.whole", 3.7)], 5, 3),
        ([minimum("it.whole", 3.2)], 1, 4),
        ([maximum("it.whole", 99)], 10, 10),
        ([minimum("it.whole", 2), maximum("it.whole", 4), maximum("it.whole", 3)], 9, 3),
        ([maximum("it.number", 7)], None, 7.0),
        ([maximum("it.number", 7, none_means_unlimited=False)], None, None),
        ([maximum("it.number", 700)], None, 100.0),
        ([minimum("it.number", 7)], None, None),
        ([minimum("it.number", 7, none_means_unlimited=False)], None, 7.0),
        ([maximum("it.wait", 30)], timedelta(seconds=45), timedelta(seconds=30)),
        ([maximum("it.price", 1.25)], Decimal("1.5"), Decimal("1.25")),
        ([maximum("it.price", Decimal("1.30"))], Decimal("1.5"), Decimal("1.30")),
        ([maximum("it.wait", timedelta(seconds=30))], timedelta(seconds=45), timedelta(seconds=30)),
        ([maximum("it.wait", 10.1)], timedelta(seconds=45), timedelta(seconds=10, milliseconds=100)),
        ([maximum("it.size", 2**62 + 1)], 2**62 + 2, 2**62 + 1),
        ([filtered("it.prices", ["1"])], (Decimal("1.00"), Decimal(2)), (Decimal(2),)),
        ([choices("it.prices", ["1.0", 2])], (Decimal("1"), Decimal("3")), (Decimal("1"),)),
        ([filtered("it.waits", ["1m"])], (timedelta(seconds=60), timedelta(1)), (timedelta(1),)),
        ([filtered("it.moments", ["2024-01-01T00:00:00+00:00"])], (NEW_YEAR,), ()),
        ([filtered("it.keys", [str(KEY).upper()])], (KEY,), ()),
        ([filtered("it.modes", [Mode.SLOW])], (Mode.SLOW, Mode.FAST), (Mode.FAST,)),
        ([filtered("it.ports", [{"port": 5}])], (Port(port=5), Port(port=6)), (Port(port=6),)),
        ([choices("it.mode", ["fast"])], Mode.SLOW, Mode.FAST),
        ([choices("it.mode", ["fast", "slow"])], Mode.FAST, Mode.FAST),
        ([choices("it.whole", [1, 4]), maximum("it.whole", 3)], 9, 1),
        ([choices("it.name", ["main", "other"])], "odd", "main"),
        ([choices("it.names", ["a", "b"])], ("a", "c", "b"), ("a", "b")),
        ([pattern("it.name", "[a-z]+")], "X1", "main"),
        ([pattern("it.label", "[0-9]+")], "x", None),
        ([pattern("it.names", "[a-z]+")], ("a", "B"), ("a",)),
        ([filtered("it.names", ["a"], matching=["x.*"])], ("a", "xy", "b"), ("b",)),
        ([enforced("it.on", True)], False, True),
        ([enforced("it.whole", 4), maximum("it.whole", 5)], 9, 4),
    ],
)
def test_clamp(constraints: list[Constraint], value: Any, expected: Any) -> None:
    """A value outside is brought within; one inside stays itself."""
    found = bound(*constraints)
    clamped, culprit = found.clamp(value)
    assert (expected, type(expected)) == (clamped, type(clamped))
    assert (culprit is None) is (clamped == value)
    assert (clamped, None) == found.clamp(clamped)


@pytest.mark.parametrize(
    ("constraints", "reason"),
    [
        ([minimum("it.whole", 5), maximum("it.whole", 4)], "below the minimum 5"),
        ([minimum("it.whole", 4.2), maximum("it.whole", 4.8)], "a whole number does not lie between it and the min"),
        ([minimum("it.size", 10**400)], "and none of that"),
        ([maximum("it.wait", timedelta(days=1)), minimum("it.wait", 1e300)], "and none of that"),
        ([maximum("it.idle", 1e300)], "and none of that"),
        ([maximum("it.whole", timedelta(seconds=1))], "a duration bounds durations alone"),
        ([filtered("it.sizes", ["1"])], "'1' is not a whole number"),
        ([filtered("it.modes", ["blue"])], "'blue' is not one of 'slow', 'fast'"),
        ([choices("it.names", [b"a"])], "bytes"),
        ([maximum("it.whole", -1)], "the setting takes a whole number, 0 to 10, and none of that"),
        ([minimum("it.whole", 11)], "and none of that"),
        ([maximum("it.name", 4)], "bounds are for numbers"),
        ([maximum("it.whole", float("nan"))], "nan is no number"),
        ([pattern("it.whole", "a")], "patterns are for text"),
        ([pattern("it.name", "(")], r"missing \)"),
        ([pattern("it.name", "[0-9]+")], "the default is not allowed"),
        ([filtered("it.name", ["a"])], "filters are for lists"),
        ([choices("it.mode", ["quick"])], "none of them is a value that may be there"),
        ([choices("it.whole", [9]), maximum("it.whole", 3)], "none of them is left: another constraint allows at mo"),
        ([choices("it.name", ["a"]), choices("it.name", ["b"])], "none of them"),
        ([enforced("it.whole", 11)], "11 is more than 10"),
        ([enforced("it.whole", "four")], "'four' is not a whole number"),
        ([enforced("it.whole", 4), enforced("it.whole", 5)], "set to 4 by another"),
        ([enforced("it.whole", 4), maximum("it.whole", 3)], "not what the other constraints allow"),
    ],
)
def test_contradictions(constraints: list[Constraint], reason: str) -> None:
    """What no value can obey, or does not suit the setting, is refused with the reason."""
    with pytest.raises(Contradiction, match=reason):
        bound(*constraints)


NUMBERS = st.integers(-5, 15)
DEMANDS = st.lists(
    st.one_of(
        st.builds(lambda n: minimum("it.whole", n), NUMBERS),
        st.builds(lambda n: maximum("it.whole", n), NUMBERS),
        st.builds(lambda values: choices("it.whole", values), st.lists(NUMBERS, min_size=1, max_size=6)),
        st.builds(lambda n: enforced("it.whole", n), NUMBERS),
    ),
    min_size=1,
    max_size=4,
)


def obeys(constraint: Constraint, value: int) -> bool:
    return {
        "minimum": lambda: value >= constraint.bound,
        "maximum": lambda: value <= constraint.bound,
        "choices": lambda: value in constraint.bound,
        "enforced": lambda: value == constraint.bound,
    }[constraint.form]()


@given(DEMANDS, st.integers(0, 10))
def test_a_clamped_value_obeys_every_constraint(demands: list[Constraint], value: int) -> None:
    """Constraints either contradict each other, or what comes out obeys all of them and the setting's own bounds."""
    try:
        found = bound(*demands)
    except Contradiction:
        return
    clamped, _ = found.clamp(value)
    assert 0 <= clamped <= 10
    assert all(obeys(constraint, clamped) for constraint in demands)
    if all(obeys(constraint, value) for constraint in demands):
        assert value == clamped


@given(DEMANDS)
def test_a_contradiction_is_one(demands: list[Constraint]) -> None:
    """Numbers that are refused together leave no value, or none but by enforcing one."""
    fits = [value for value in range(11) if all(obeys(constraint, value) for constraint in demands)]
    if fits:
        with suppress(Contradiction):
            bound(*demands)
            return
        with pytest.raises(Contradiction, match="the default is not allowed"):
            bound(*demands)
    elif any(constraint.form != "minimum" or constraint.bound > 0 for constraint in demands):
        with pytest.raises(Contradiction):
            bound(*demands)


@given(st.integers(-100_000, 100_000), st.integers(0, 3))
def test_a_filter_compares_values_and_not_spellings(thousandths: int, zeros: int) -> None:
    """However many zeros either of them writes, what a list may not hold leaves it."""
    price = Decimal(thousandths).scaleb(-3)
    spelt = Decimal(f"{price:.{3 + zeros}f}")
    assert () == bound(filtered("it.prices", [f"{price:f}"])).clamp((spelt,))[0]
    assert (spelt,) == bound(choices("it.prices", [f"{price:f}"])).clamp((spelt, price + 1))[0]


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_whole_numbers_are_bounded_exactly(most: int, value: int) -> None:
    """No bound passes through a float, however large, and messages have all its digits."""
    constraint = maximum("it.size", most)
    assert min(most, value) == bound(constraint).clamp(value)[0]
    assert f"allows at most {most}" == constraint.demand


@pytest.mark.parametrize("wrong", ["2", None, True, b"2", [1], object()], ids=lambda value: type(value).__name__)
def test_a_bound_is_a_number(wrong: Any) -> None:
    """Anything else is refused where it is declared."""
    with pytest.raises(DeclarationError, match="is no number"):
        maximum("it.size", wrong)


def test_several_values_are_not_one_text() -> None:
    """Text would be taken letter by letter."""
    with pytest.raises(DeclarationError, match="choices 'abc' is one text"):
        choices("it.name", "abc")
    with pytest.raises(DeclarationError, match="matching 'abc' is one text"):
        filtered("it.names", matching="abc")


@pytest.mark.parametrize(
    ("constraint", "demand"),
    [
        (maximum("it.size", 1234567), "allows at most 1234567"),
        (maximum("it.size", 100.0), "allows at most 100"),
        (minimum("it.wait", timedelta(minutes=5)), "requires at least 300"),
        (choices("it.modes", [Mode.SLOW]), "allows 'slow' only"),
        (enforced("it.on", True), "sets true"),
        (filtered("it.waits", [timedelta(seconds=1)]), "takes out 1.0"),
    ],
)
def test_a_demand_shows_values_as_files_write_them(constraint: Constraint, demand: str) -> None:
    """Numbers in full, and nothing of Python's own spelling."""
    assert demand == constraint.demand
