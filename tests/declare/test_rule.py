"""A rule over settings that must hold together."""

from __future__ import annotations

import operator
from typing import Any

import pytest

from cfgcore import ABSENT, DeclarationError, Violation, rule


def in_order(low: int, high: int) -> str | None:
    return None if low <= high else "low is above high"


def test_a_rule_is_called_as_its_function_and_reported_at_its_first_path() -> None:
    """Code and place have defaults that can be overridden."""
    made = rule(("a.low", "a.high"), in_order)
    assert ("in_order", "a.low", "error") == (made.code, made.yields, made.severity)
    made = rule(["a.low", "a.high"], in_order, code="order", severity="warning", yields="a.high")
    assert ("order", "a.high", "warning") == (made.code, made.yields, made.severity)
    assert ("a.low", "a.high") == made.paths


def test_functions_written_in_c_can_be_rules() -> None:
    """What tells its signature is taken."""
    assert "lt" == rule(("a.low", "a.high"), operator.lt).code


@pytest.mark.parametrize(
    ("paths", "check", "options", "cause"),
    [
        ("low", in_order, {}, "paths are of the form"),
        (5, in_order, {}, "paths are of the form"),
        ((), in_order, {}, "paths are of the form"),
        (("a", "b"), in_order, {}, "paths are of the form"),
        (("a.low", 5), in_order, {}, "paths are of the form"),
        (("a.low",), in_order, {}, "must take 1 value"),
        (("a.low", "a.high", "a.x"), in_order, {}, "must take 3 value"),
        (("a.low", "a.high"), 5, {}, "must take 2 value"),
        (("a.low", "a.high"), in_order, {"yields": "a.x"}, "none of its paths"),
        (("a.low", "a.high"), in_order, {"severity": "fatal"}, "neither 'error' nor 'warning'"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_where_it_is_written(
    paths: Any, check: Any, options: dict[str, Any], cause: str
) -> None:
    """The error names the rule and what is wrong with it."""
    with pytest.raises(DeclarationError, match=f"^rule .*{cause}"):
        rule(paths, check, **options)


def test_a_violation_suggests_nothing_unless_told() -> None:
    """None may be a suggestion, so that nothing is ABSENT."""
    assert ABSENT is Violation("no").suggested
    assert {} == Violation("no").parameters
    hash(Violation("no"))
