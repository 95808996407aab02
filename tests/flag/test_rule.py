"""Targeting rules: what they give, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cfgcore.flag.compiled import compiled

Value = Callable[..., Any]
Switch = Callable[..., dict[str, Any]]


def complaints(switch: Switch, rule: Any, **more: Any) -> list[str]:
    """Return what is wrong with a rule, each with its path."""
    return [str(problem) for problem in compiled("beta", switch(rule, **more)).problems]


@pytest.mark.parametrize(
    ("rule", "context", "expected"),
    [
        ({"var": "plan"}, {"plan": "pro"}, "pro"),
        ({"var": ["plan"]}, {"plan": "pro"}, "pro"),
        ({"var": "plan"}, {}, None),
        ({"var": ["plan", "free"]}, {}, "free"),
        ({"var": ["plan", "free"]}, {"plan": None}, "free"),
        ({"var": "team.plan"}, {"team": {"plan": "pro"}}, "pro"),
        ({"var": "teams.1"}, {"teams": ["a", "b"]}, "b"),
        ({"var": "teams.7"}, {"teams": ["a", "b"]}, None),
        ({"var": "team.plan.x"}, {"team": {"plan": "pro"}}, None),
        ({"var": "targetingKey"}, {"targetingKey": "mallory"}, "alice"),
        ({"var": "$flagd.flagKey"}, {}, "probe"),
        ({"var": "$flagd.timestamp"}, {}, "1700000000"),
    ],
)
def test_variables(value_of: Value, rule: Any, context: dict[str, Any], expected: str | None) -> None:
    """Names reach into tables and lists; the targeting key is the user, whatever the context says."""
    assert expected == value_of(rule, context)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"if": [True, "a"]}, "a"),
        ({"if": [False, "a"]}, None),
        ({"if": [False, "a", "b"]}, "b"),
        ({"if": [False, "a", True, "b", "c"]}, "b"),
        ({"if": [False, "a", False, "b"]}, None),
        ({"if": ["only"]}, "only"),
        ({"and": [1, "", 2]}, ""),
        ({"and": [1, "a"]}, "a"),
        ({"or": [0, "", "c"]}, "c"),
        ({"or": [0, ""]}, ""),
        ({"!": [[]]}, "true"),
        ({"!": "x"}, "false"),
        ({"!!": ["0"]}, "true"),
        ({"==": [1, "1"]}, "true"),
        ({"!=": [1, "1"]}, "false"),
        ({"===": [1, "1"]}, "false"),
        ({"!==": [1, "1"]}, "true"),
        ({"<": [1, 2, 3]}, "true"),
        ({"<": [1, 1, 3]}, "false"),
        ({"<=": [1, 1, 3]}, "true"),
        ({">": [2, 1]}, "true"),
        ({">=": [1, 1]}, "true"),
        ({"in": ["a", ["b", "a"]]}, "true"),
        ({"cat": ["a", 1, None, True]}, "a1true"),
        ({"cat": "a"}, "a"),
        ({"merge": [1, [2, 3]]}, "1,2,3"),
        ({"substr": ["jsonlogic", 4]}, "logic"),
        ({"substr": ["jsonlogic", -5]}, "logic"),
        ({"substr": ["jsonlogic", 1, 3]}, "son"),
        ({"substr": ["jsonlogic", 4, -2]}, "log"),
        ({"substr": ["jsonlogic", None]}, "jsonlogic"),
        ({"starts_with": ["abc", "ab"]}, "true"),
        ({"ends_with": ["abc", "ab"]}, "false"),
        ({"ends_with": [{"+": [5]}, "ab"]}, None),
        ({"sem_ver": ["1.2.3", ">", "1.0.0"]}, "true"),
        ({"+": ["1", 2, 0.5]}, "3.5"),
        ({"-": [3]}, "-3"),
        ({"-": [3, 1]}, "2"),
        ({"*": [2, "3"]}, "6"),
        ({"/": [1, 2]}, "0.5"),
        ({"/": [1, 0]}, None),
        ({"%": [5, 3]}, "2"),
        ({"+": ["x", 2]}, None),
        ({"max": [1, "3", 2]}, "3"),
        ({"min": [1, "3", 2]}, "1"),
        ({"*": [1e200, 1e200]}, None),
        ({"map": [[1, 2], {"+": [{"var": ""}, 1]}]}, "2,3"),
        ({"filter": [[1, 2], {">": [{"var": ""}, 1]}]}, "2"),
        ({"all": [[1, 2], {">": [{"var": ""}, 0]}]}, "true"),
        ({"all": [[], True]}, "false"),
        ({"some": [{"var": "items"}, {"==": [{"var": "a"}, 1]}]}, "true"),
        ({"none": [[1, 2], {">": [{"var": ""}, 2]}]}, "true"),
        ({"none": ["text", True]}, "true"),
        (["a", {"cat": ["b", "c"]}], "a,bc"),
    ],
)
def test_operators(value_of: Value, rule: Any, expected: str | None) -> None:
    """Each operator of JSONLogic and flagd that rules may use."""
    assert expected == value_of(rule, {"items": [{"a": 1}]})


def test_what_is_missing(value_of: Value) -> None:
    """An empty text is missing as well; of some, nothing is missing once there are enough."""
    context = {"a": "", "b": 1}
    assert "a,c" == value_of({"missing": ["a", "b", "c"]}, context)
    assert "a,c" == value_of({"missing": [["a", "c"]]}, context)
    assert "" == value_of({"missing_some": [1, ["a", "b", "c"]]}, context)
    assert "a,c" == value_of({"missing_some": [2, ["a", "b", "c"]]}, context)


@pytest.mark.parametrize("value", [b"pro", object(), {1, 2}, 1j, float("nan"), {"x": {}}, [[[]]], "\ud800", 10**4000])
@pytest.mark.parametrize(
    "rule",
    [
        {"==": [{"var": "x"}, "pro"]},
        {"<": [{"var": "x"}, 5]},
        {"in": [{"var": "x"}, ["pro"]]},
        {"in": ["pro", {"var": "x"}]},
        {"starts_with": [{"var": "x"}, "p"]},
        {"sem_ver": [{"var": "x"}, ">=", "1.0.0"]},
        {"+": [{"var": "x"}, 1]},
        {"cat": [{"var": "x"}, 1]},
        {"some": [{"var": "x"}, {"==": [{"var": "y"}, 1]}]},
    ],
)
def test_no_context_makes_a_rule_fail(value_of: Value, value: Any, rule: Any) -> None:
    """What has the wrong type is missing, or compares with nothing; nothing is raised."""
    value_of(rule, {"x": value})


def test_a_list_longer_than_a_loop_may_be_is_no_list(value_of: Value) -> None:
    """A context of millions of items costs nothing."""
    assert "false" == value_of({"some": [{"var": "x"}, True]}, {"x": [1] * 1001})


@pytest.mark.parametrize(
    ("rule", "cause"),
    [
        ({"frobnicate": [1]}, "targeting: there is no operator 'frobnicate'"),
        ({"start_with": ["a", "b"]}, "Did you mean 'starts_with'?"),
        ({"reduce": [[], 1, 0]}, "it can grow without bound"),
        ({"if": [{"and": [{"fractionl": []}]}, "on"]}, "flags.beta.targeting.if.0.and.0: there is no operator"),
        ({"==": [1], "!=": [1]}, "a rule is a table of one operator, not of 2"),
        ({"==": [1]}, "'==' takes 2 arguments, not 1"),
        ({"!": [1, 2]}, "'!' takes 1 argument, not 2"),
        ({"<": [1, 2, 3, 4]}, "'<' takes 2 arguments, not 4"),
        ({"and": []}, "'and' takes at least one argument"),
        ({"cat": []}, "'cat' takes at least 1, not 0"),
        ({"substr": ["a"]}, "'substr' takes 2 to 3 arguments, not 1"),
        ({"starts_with": [5, "a"]}, "targeting.starts_with.0: 5 is not text"),
        ({"var": []}, "'var' takes the name"),
        ({"var": {"var": "x"}}, "'var' takes the name"),
        ({"var": ["a", ["b"]]}, "the value instead of a missing one"),
        ({"var": "$flagd.version"}, "neither $flagd.flagKey nor $flagd.timestamp"),
        ({"missing": [1]}, "'missing' takes the names"),
        ({"missing_some": ["a"]}, "'missing_some' takes how many"),
        ({"sem_ver": ["1.0.0", ">"]}, "'sem_ver' takes 3 arguments, not 2"),
        ({"sem_ver": ["1.0.0", "=>", "1.0.0"]}, "'=>' is none of"),
        ({"sem_ver": [{"var": "v"}, ">", "one"]}, "'one' is not a version such as 1.2.3"),
        ({"some": [[1], {"some": [[1], True]}]}, "stands inside another loop"),
        ({"some": [[1]]}, "'some' takes a list and a rule"),
        ({"$ref": "nothing"}, "there is no shared rule 'nothing'"),
        ({"if": [True, "onn"]}, "flags.beta.targeting.if.1: there is no variant 'onn'. Did you mean 'on'?"),
    ],
)
def test_what_is_wrong_with_a_rule_is_found_when_it_is_compiled(switch: Switch, rule: Any, cause: str) -> None:
    """Unknown operators, wrong numbers of arguments, names and variants, each with its place and a remedy."""
    assert cause in "\n".join(complaints(switch, rule))


def test_all_that_is_wrong_is_told_at_once(switch: Switch) -> None:
    """One finding does not hide the next."""
    rule = {"if": [{"foo": 1}, "onn", {"==": [1]}, "on", "offf"]}
    assert 4 == len(complaints(switch, rule))


def test_shared_rules_are_followed(switch: Switch) -> None:
    """A reference stands for the rule of that name, in conditions and where a variant is chosen."""
    shared = {"staff": {"ends_with": [{"var": "mail"}, "@example.com"]}, "half": {"fractional": [["on"], ["off"]]}}
    made = compiled("beta", switch({"if": [{"$ref": "staff"}, "on", {"$ref": "half"}]}, evaluators=shared))
    assert () == made.problems
    assert "TARGETING_MATCH" == made.evaluate("alice", {"mail": "a@example.com"}).reason
    assert "SPLIT" == made.evaluate("alice", {}).reason


def test_shared_rules_in_a_circle_are_refused(switch: Switch) -> None:
    """The circle is shown; so is one that no rule refers to."""
    shared = {"a": {"and": [{"$ref": "b"}]}, "b": {"!": {"$ref": "a"}}}
    assert "in a circle: a → b → a" in "\n".join(complaints(switch, {"if": [{"$ref": "a"}, "on"]}, evaluators=shared))
    assert "in a circle" in "\n".join(complaints(switch, None, evaluators=shared))
    assert "in a circle: c → c" in "\n".join(complaints(switch, None, evaluators={"c": {"$ref": "c"}}))


def test_a_thousand_levels_are_refused(switch: Switch) -> None:
    """Written out, or by references; rules that double with each reference are refused as well."""
    rule: Any = True
    for _ in range(1000):
        rule = {"!": [rule]}
    assert ["flags.beta: it nests deeper than 32 levels"] == complaints(switch, {"if": [rule, "on"]})
    chain = {f"r{index}": {"!": [{"$ref": f"r{index + 1}"}]} for index in range(1000)}
    found = complaints(switch, {"if": [{"$ref": "r0"}, "on"]}, evaluators={**chain, "r1000": True})
    assert "nests deeper than 32 operators" in found[0]
    doubling = {f"r{index}": {"and": [{"$ref": f"r{index + 1}"}] * 2} for index in range(15)}
    found = complaints(switch, {"if": [{"$ref": "r0"}, "on"]}, evaluators={**doubling, "r15": True})
    assert "more than 10,000 parts" in "\n".join(found)
