"""Flags compiled and evaluated: value, variant, reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cfgcore.flag.compiled import CompiledFlag, compiled, traced
from cfgcore.flag.definition import read_definition
from cfgcore.flag.outcome import Evaluation
from cfgcore.values.absent import ABSENT

Make = Callable[..., CompiledFlag]
Switch = Callable[..., dict[str, Any]]


def test_without_a_rule_everyone_has_the_default_variant(flag: Make) -> None:
    """The reason is STATIC."""
    assert Evaluation("beta", False, "off", "STATIC", 7) == flag().evaluate("alice", {})
    assert Evaluation("beta", False, "off", "STATIC", 7) == flag().evaluate(None, {})


def test_a_rule_that_gives_nothing_leaves_the_default_variant(flag: Make) -> None:
    """The reason is DEFAULT; so it is where there is no default variant, and the caller's default counts."""
    made = flag({"if": [{"==": [{"var": "plan"}, "pro"]}, "on"]})
    assert Evaluation("beta", False, "off", "DEFAULT", 7) == made.evaluate("alice", {})
    assert Evaluation("beta", True, "on", "TARGETING_MATCH", 7) == made.evaluate("alice", {"plan": "pro"})
    outcome = flag(defaultVariant=None).evaluate("alice", {})
    assert ("DEFAULT", None, ABSENT) == (outcome.reason, outcome.variant, outcome.value)
    assert "mine" == outcome.otherwise("mine").value


def test_a_disabled_flag_has_the_callers_default(flag: Make) -> None:
    """Whatever its rule says."""
    outcome = flag({"if": [True, "on"]}, state="DISABLED").evaluate("alice", {})
    assert ("DISABLED", None, "mine") == (outcome.reason, outcome.variant, outcome.otherwise("mine").value)


def test_a_split_needs_somebody(flag: Make) -> None:
    """Without a user there is no bucket, and the default variant is left; rules over the context work as ever."""
    made = flag({"fractional": [["on", 100]]})
    assert ("SPLIT", True) == (made.evaluate("alice", {}).reason, made.evaluate("alice", {}).value)
    assert ("DEFAULT", False) == (made.evaluate(None, {}).reason, made.evaluate(None, {}).value)
    made = flag({"if": [{"var": "beta"}, "on", {"fractional": [["off"], ["on"]]}]})
    assert "on" == made.evaluate(None, {"beta": True}).variant


@pytest.mark.parametrize(
    ("rule", "variant"), [(True, "true"), ({"==": [1, 1]}, "true"), ({"==": [1, 2]}, "false"), ({"+": [1, 1]}, "2")]
)
def test_a_rule_may_compute_the_name_of_a_variant(flag: Make, rule: Any, variant: str) -> None:
    """True and false name the variants "true" and "false", numbers those that are called so."""
    variants = {"true": 1, "false": 2, "2": 3}
    made = flag(rule if isinstance(rule, dict) else {"if": [True, rule]}, variants=variants, defaultVariant="true")
    assert variant == made.evaluate("alice", {}).variant


def test_a_name_that_is_no_variant_is_an_error(flag: Make) -> None:
    """It can be known only when it is computed; the caller's default counts, and the name is told."""
    outcome = flag({"cat": ["o", {"var": "x"}]}).evaluate("alice", {"x": "h"})
    assert ("ERROR", "GENERAL", ABSENT) == (outcome.reason, outcome.error, outcome.value)
    assert "'oh'" in outcome.message


def test_outcomes_are_made_once(flag: Make) -> None:
    """Evaluating makes no objects."""
    made = flag({"fractional": [["on", 50], ["off", 50]]})
    outcomes = {id(made.evaluate(f"user{number}", {})) for number in range(100)}
    assert 2 == len(outcomes)


def test_values_cannot_be_changed_in_place(flag: Make) -> None:
    """A table that is a variant's value is shared by all who evaluate the flag."""
    value = flag(variants={"a": {"size": [1]}}, defaultVariant="a").evaluate("alice", {}).value
    assert {"size": (1,)} == value
    with pytest.raises(TypeError):
        value["size"] = 2


def test_what_is_malformed_is_an_error_and_nothing_else(switch: Switch) -> None:
    """One bad flag among a hundred: the others evaluate."""
    definitions: dict[str, Any] = {f"flag{number}": switch({"if": [True, "on"]}) for number in range(100)}
    definitions["flag42"]["targeting"] = {"explode": []}
    flags = {key: compiled(key, data) for key, data in definitions.items()}
    outcomes = {key: made.evaluate("alice", {}) for key, made in flags.items()}
    assert 99 == sum(outcome.value is True for outcome in outcomes.values())
    assert ("ERROR", "PARSE_ERROR") == (outcomes["flag42"].reason, outcomes["flag42"].error)
    assert "there is no operator 'explode'" in outcomes["flag42"].message


def test_a_variant_that_a_user_was_given(flag: Make) -> None:
    """It has its value, whatever the rule says; one that the flag does not have has none; off is off."""
    for given in ("on", True):
        found = flag({"if": [True, "off"]}).given(given, 9)
        assert Evaluation("beta", True, "on", "TARGETING_MATCH", 9) == found
    assert flag().given("blue") is None
    assert flag(variants={"a": 1}, defaultVariant="a").given(True) is None
    disabled = flag(state="DISABLED").given(True)
    assert disabled is not None
    assert "DISABLED" == disabled.reason


def test_every_decision_can_be_told(switch: Switch) -> None:
    """Which branch was taken, and on which numbers of the split the bucket fell."""
    rule = {"if": [{"==": [{"var": "plan"}, "pro"]}, {"fractional": [["on", 25], ["off", 75]]}]}
    definition, _ = read_definition("beta", switch(rule))
    assert definition is not None
    outcome, steps = traced(definition, "alice", {"plan": "pro"})
    assert ["targeting.if.0", "targeting.if.1.fractional"] == [step.place for step in steps]
    bucket = steps[1].bucket
    assert bucket is not None
    assert ("betaalice", 100) == (bucket.key, bucket.total)
    assert bucket.low <= bucket.number < bucket.high
    assert ((0, 25) if outcome.value else (25, 100)) == (bucket.low, bucket.high)
    assert ["no condition holds"] == [step.told for step in traced(definition, "alice", {})[1]]
    assert "no key" in traced(definition, None, {"plan": "pro"})[1][1].told
