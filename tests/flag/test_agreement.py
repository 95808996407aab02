"""Agreement with flagd: with what its in-process evaluator gives, and with the form of files that it documents.

That form is written down as this project's own JSON Schema. The one that flagd publishes is not part of this project:
where ``FLAGD_SCHEMAS`` names a folder with its ``flags.json`` and ``targeting.json``, the same is tested against both.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator
from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext
from referencing import Registry, Resource

from cfgcore.flag.compiled import compiled
from cfgcore.flag.definition import Definition, read_definition
from cfgcore.flag.file_schema import file_schema
from cfgcore.flag.flagd import written
from cfgcore.flag.operators import OPERATORS
from cfgcore.flag.shorthand import choices, rolled_out, switch

FOLDER = os.environ.get("FLAGD_SCHEMAS", "")

OWN = Draft202012Validator(file_schema())

SCHEMAS = pytest.mark.parametrize("schema", ["own", *(["published"] if FOLDER else [])])

TEXT = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)
NAMES = st.sampled_from(["plan", "age", "version", "team.name", "groups", "beta"])
VARIABLE = NAMES.map(lambda name: {"var": name})
NUMBER = st.integers(-100, 100) | st.floats(-100, 100).map(lambda value: round(value, 2))


def one_of_each(name: str, left: Any, right: Any) -> Any:
    """Return rules of an operator with two arguments."""
    return st.tuples(left, right).map(lambda pair: {name: list(pair)})


CONDITIONS = st.recursive(
    st.booleans()
    | one_of_each("==", st.just({"var": "plan"}), TEXT)
    | one_of_each("!=", st.just({"var": "plan"}), TEXT)
    | st.sampled_from(["<", "<=", ">", ">="]).flatmap(lambda sign: one_of_each(sign, st.just({"var": "age"}), NUMBER))
    | st.tuples(NUMBER, NUMBER).map(lambda pair: {"<=": [pair[0], {"var": "age"}, pair[1]]})
    | one_of_each("in", st.just({"var": "plan"}), st.lists(TEXT, max_size=3))
    | one_of_each("in", TEXT, st.just({"var": "groups"}))
    | one_of_each("in", TEXT, st.just({"var": "plan"}))
    | one_of_each("starts_with", st.just({"var": "plan"}), TEXT)
    | one_of_each("ends_with", st.just({"var": "team.name"}), TEXT)
    | st.tuples(
        st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "^", "~"]), st.sampled_from(["1.0.0", "1.2.3-rc.1"])
    ).map(lambda pair: {"sem_ver": [{"var": "version"}, *pair]})
    | VARIABLE.map(lambda variable: {"!": [variable]})
    | VARIABLE.map(lambda variable: {"!!": [variable]}),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda rules: {"and": rules})
        | st.lists(inner, min_size=1, max_size=3).map(lambda rules: {"or": rules})
        | inner.map(lambda rule: {"!": [rule]})
    ),
    max_leaves=6,
)
WEIGHTS = st.lists(st.integers(0, 1000), min_size=2, max_size=2).filter(any)
SPLITS = WEIGHTS.map(lambda weights: {"fractional": [["on", weights[0]], ["off", weights[1]]]}) | WEIGHTS.map(
    lambda weights: {
        "fractional": [
            {"cat": [{"var": "$flagd.flagKey"}, {"var": "targetingKey"}, "salt"]},
            ["on", weights[0]],
            ["off", weights[1]],
        ]
    }
)
VARIANTS = st.sampled_from(["on", "off", None]) | SPLITS
RULES = st.recursive(
    SPLITS | st.tuples(CONDITIONS, VARIANTS, VARIANTS).map(lambda parts: {"if": list(parts)}),
    lambda inner: st.tuples(CONDITIONS, VARIANTS, inner).map(lambda parts: {"if": list(parts)}),
    max_leaves=3,
)
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "plan": TEXT,
        "age": st.integers(0, 120),
        "version": st.sampled_from(["1.0.0", "1.2.3", "v1.2", "2.0.0-rc.1", "nonsense"]),
        "team": st.fixed_dictionaries({"name": TEXT}),
        "groups": st.lists(TEXT, max_size=3),
        "beta": st.booleans() | TEXT,
    },
)


def reference(definition: dict[str, Any], user: str, context: dict[str, Any]) -> tuple[Any, str | None]:
    """Return value and variant as flagd's evaluator has them."""
    evaluator = FlagdCore()
    evaluator.set_flags({"flags": {"beta": definition}})
    found = evaluator.resolve_boolean_value("beta", False, EvaluationContext(user, context))
    return found.value, found.variant


@given(RULES, TEXT, CONTEXTS)
@settings(max_examples=400, deadline=None)
def test_rules_and_splits_agree_with_flagd(rule: Any, user: str, context: dict[str, Any]) -> None:
    """Conditions, nested rules, splits by the usual key and by another, over contexts with parts missing."""
    definition = {
        "state": "ENABLED",
        "variants": {"on": True, "off": False},
        "defaultVariant": "off",
        "targeting": rule,
    }
    made = compiled("beta", definition)
    assert () == made.problems
    outcome = made.evaluate(user, context)
    assert reference(definition, user, context) == (outcome.value, outcome.variant)


def refusals(schema: str, file: Any) -> list[str]:
    """Return what this project's own Schema, or the published one, says is wrong with a file."""
    if schema == "own":
        return [error.message for error in OWN.iter_errors(file)]
    schemas = [json.loads(Path(FOLDER, name).read_text(encoding="utf-8")) for name in ("flags.json", "targeting.json")]
    registry = Registry().with_resource("./targeting.json", Resource.from_contents(schemas[1]))
    return [error.message for error in Draft7Validator(schemas[0], registry=registry).iter_errors(file)]


def definition(**changed: Any) -> dict[str, Any]:
    return {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off", **changed}


def test_the_own_schema_is_one() -> None:
    """It is a JSON Schema itself, and says the same whenever it is asked for."""
    Draft202012Validator.check_schema(file_schema())
    assert file_schema() == json.loads(json.dumps(file_schema()))


@SCHEMAS
@given(rule=RULES)
@settings(max_examples=100, deadline=None)
def test_what_is_accepted_here_is_valid_there(schema: str, rule: Any) -> None:
    """Files written from checked definitions pass the Schema."""
    made, problems = read_definition("beta", definition(targeting=rule))
    assert () == problems == compiled("beta", definition(targeting=rule)).problems
    assert made is not None
    assert [] == refusals(schema, written([made]))


@SCHEMAS
@given(one=st.integers(0, 1000), other=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_short_forms_are_valid_there(schema: str, one: int, other: int) -> None:
    """On and off, percentages, shares of variants, and shared rules."""
    made: list[Definition] = [switch("a", True), rolled_out(switch("b", False), {"on": one / 10})]
    shares = {"y": one / 20, "z": other / 20}
    made += [rolled_out(choices("c", {"x": 1, "y": 2.5, "z": 3}, "x"), shares), choices("d", {"x": {}}, None)]
    shared, _ = read_definition(
        "e", definition(targeting={"if": [{"$ref": "staff"}, "on"]}, evaluators={"staff": {"var": "staff"}})
    )
    assert shared is not None
    assert [] == refusals(schema, written([*made, shared]))


@SCHEMAS
@pytest.mark.parametrize(
    "changed",
    [
        {"state": "on"},
        {"variants": {}},
        {"variants": {"on": True, "off": "false"}},
        {"defaultVariant": True},
        {"metadata": {"a": []}},
        {"targeting": {"nonsense": []}},
        {"targeting": {"fractional": []}},
        {"targeting": {"fractional": ["alice", ["on", 1]]}},
        {"targeting": {"fractional": [["on", 0.5]]}},
        {"targeting": {"fractional": [["on", -1]]}},
        {"targeting": {"if": [{"sem_ver": ["1.0.0", "==", "1.0.0"]}, "on"]}},
        {"targeting": {"if": [{"starts_with": [1, "a"]}, "on"]}},
        {"targeting": {"if": [{"var": "$flagd.x"}, "on"]}},
        {"targeting": {"if": [{"==": [1]}, "on"]}},
    ],
)
def test_what_is_invalid_there_is_refused_here(schema: str, changed: dict[str, Any]) -> None:
    """Whatever the Schema refuses is refused before it is stored."""
    assert refusals(schema, {"flags": {"beta": definition(**changed)}})
    assert compiled("beta", definition(**changed)).problems


SCALAR = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.sampled_from(["", "plan", "$flagd.x"])
ANY_OPERATOR = st.sampled_from(
    [*OPERATORS, "if", "and", "or", "var", "missing", "missing_some", "fractional", "map", "some", "$ref", "nonsense"]
)
ANYTHING = st.recursive(
    SCALAR,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(ANY_OPERATOR, st.lists(inner, max_size=4) | inner, max_size=2)
    ),
    max_leaves=8,
)


@given(ANYTHING)
@settings(max_examples=1000, deadline=None)
def test_the_own_schema_says_what_the_compiler_says(rule: Any) -> None:
    """What is compiled passes; what does not pass is refused, whatever was written."""
    shared = {"plan": {"var": "plan"}}
    problems = compiled("beta", definition(targeting=rule, evaluators=shared)).problems
    refused = refusals("own", {"flags": {"beta": definition(targeting=rule)}, "$evaluators": shared})
    assert problems or not refused
