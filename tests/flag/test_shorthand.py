"""Short forms of definitions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from cfgcore.flag.compiled import compiled
from cfgcore.flag.definition import Definition
from cfgcore.flag.shorthand import (
    choices,
    expanded,
    layout_of,
    percent_in,
    percentage,
    rolled_out,
    settled,
    switch,
    variant_of,
)

SWITCH = switch("beta", False)
RANKING = choices("ranking", {"a": "A", "b": "B", "c": "C"}, "a")


def test_on_and_off() -> None:
    """A switch says nothing but its state, and how buckets would be computed."""
    assert {
        "state": "ENABLED",
        "variants": {"on": True, "off": False},
        "defaultVariant": "on",
        "metadata": {"bucketing": "murmur3_32-scaled"},
    } == switch("beta", True).data()


@pytest.mark.parametrize(
    ("value", "default", "targeting"),
    [
        (True, "on", None),
        (False, "off", None),
        ("on", "on", None),
        ("25%", "off", {"fractional": [["on", 25], ["off", 75]]}),
        (" 12.5 % ", "off", {"fractional": [["on", 25], ["off", 175]]}),
        ("100%", "on", {"fractional": [["on", 100]]}),
        ("0%", "off", {"fractional": [["off", 100]]}),
    ],
)
def test_short_forms_of_a_switch(value: Any, default: str, targeting: Any) -> None:
    """True, false, a variant's name and a percentage."""
    data = expanded(value, SWITCH)
    assert (default, targeting) == (data["defaultVariant"], data.get("targeting"))
    assert () == compiled("beta", data).problems


def test_a_whole_definition_stands_for_itself() -> None:
    """Whatever it holds: it is checked later."""
    assert {"state": "x"} == expanded({"state": "x"}, SWITCH)


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ("half", "there is no variant 'half' among on, off"),
        ("oon", "Did you mean 'on'?"),
        ("-1%", "there is no variant"),
        ("101%", "is not a percentage"),
        (25, "25 is neither true, false, a percentage such as '25%'"),
        (None, "None is neither"),
        (["on"], "is neither"),
    ],
)
def test_what_is_no_short_form(value: Any, cause: str) -> None:
    """A number alone could mean a percentage or on and off, and is neither."""
    with pytest.raises(ValueError, match=cause.replace("?", r"\?")):
        expanded(value, SWITCH)


def test_a_short_form_keeps_what_is_not_about_who() -> None:
    """Variants and metadata stay; the rule and its shared rules go; a disabled flag is enabled."""
    base = Definition("beta", "DISABLED", {"yes": True, "no": False}, "no", {"if": [True, "yes"]}, {"owner": "me"})
    assert Definition("beta", "ENABLED", {"yes": True, "no": False}, "yes", {}, {"owner": "me"}, {}) == settled(
        base, True
    )


def test_a_percentage_starts_from_nobody() -> None:
    """What a flag was before does not move the users of a percentage written in a file."""
    before = rolled_out(RANKING, {"b": 30})
    assert expanded("b", RANKING) == expanded("b", before)
    assert expanded("25%", SWITCH) == expanded("25%", switch("beta", True))


@pytest.mark.parametrize("value", [-1, 101, 100.001, "half", "25", float("nan"), float("inf"), True, None, [], 0.0001])
def test_what_is_no_percentage(value: Any) -> None:
    """Numbers from 0 to 100, of three decimal places at most, and nothing else."""
    with pytest.raises(ValueError, match=r"is not a percentage|decimal places"):
        percentage(value)


def test_percentages() -> None:
    """Decimal places are exact."""
    assert Fraction(1, 8) * 100 == percentage(12.5)
    assert Fraction(1, 10) == percentage(0.1)
    assert Fraction(100) == percentage(100)
    assert Fraction(25) == percent_in("25%")
    assert percent_in("25") is None


@pytest.mark.parametrize(
    ("base", "shares", "cause"),
    [
        (SWITCH, {"on": -1}, "is not a percentage"),
        (SWITCH, {"onn": 5}, "there is no variant 'onn'"),
        (SWITCH, {"on": 50, "off": 60}, "sum to 110 %"),
        (SWITCH, {"on": 50, "off": 40}, "'off' has what the others leave: 50 %, not 40 %"),
        (RANKING, {"b": 60, "c": 50}, "sum to 110 %"),
        (RANKING, {True: 50}, "the flag is not on or off; its variants are a, b, c"),
        (Definition("x", "ENABLED", {"on": True, "off": False}, "off", {"if": [True, "on"]}), {"on": 5}, "of its own"),
        (
            Definition("x", "ENABLED", {"on": True, "off": False}, "off", {"fractional": [{"var": "a"}, ["on"]]}),
            {"on": 5},
            "of its own",
        ),
    ],
)
def test_roll_outs_that_are_refused(base: Definition, shares: Any, cause: str) -> None:
    """Shares beyond 100 %, variants that are not there, and rules that a share would overwrite."""
    with pytest.raises(ValueError, match=cause):
        rolled_out(base, shares)


def test_who_has_no_user_id_has_the_rest_until_all_have_the_variant() -> None:
    """At 100 % the default follows."""
    assert "off" == rolled_out(SWITCH, {"on": 99}).default_variant
    assert "on" == rolled_out(SWITCH, {"on": 100}).default_variant
    assert "off" == rolled_out(switch("beta", True), {"on": 50}).default_variant
    assert "a" == rolled_out(RANKING, {"b": 100}).default_variant


def test_shares_of_variants() -> None:
    """Those that are not named go, or keep their share when asked; all together may name the rest as well."""
    some = rolled_out(RANKING, {"b": 10, "c": 20})
    assert {"fractional": [["b", 10], ["c", 20], ["a", 70]]} == some.targeting
    more = rolled_out(some, {"b": 15}, others=True)
    assert {"fractional": [["b", 10], ["c", 20], ["b", 5], ["a", 65]]} == more.targeting
    assert {"fractional": [["b", 15], ["a", 85]]} == rolled_out(rolled_out(some, {"b": 10}), {"b": 15}).targeting
    assert {"fractional": [["b", 50], ["a", 50]]} == rolled_out(RANKING, {"a": 50, "b": 50}).targeting


def test_the_layout_of_a_flag() -> None:
    """Imported weights of any sum are percentages; without a rule the default variant has all."""
    base = Definition("x", "ENABLED", {"on": True, "off": False}, "on", {"fractional": [["on", 1], ["off", 3]]})
    assert (("on", Fraction(25)), ("off", Fraction(75))) == layout_of(base)
    assert (("a", Fraction(100)),) == layout_of(RANKING)
    assert "on" == variant_of(base, True)
