"""What the tests of flags share: definitions, and the outcome of evaluating one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from cfgcore.flag.compiled import CompiledFlag, compiled
from cfgcore.flag.outcome import Evaluation

NOW = 1_700_000_000.0


def define(targeting: Any = None, **more: Any) -> dict[str, Any]:
    """Return a definition of a switch, off by default, with a rule."""
    found = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off", **more}
    return found if targeting is None else {**found, "targeting": targeting}


@pytest.fixture
def switch() -> Callable[..., dict[str, Any]]:
    """Give the function that makes a switch with a rule."""
    return define


@pytest.fixture
def flag() -> Callable[..., CompiledFlag]:
    """Give the function that compiles a sound switch with a rule, under a clock that stands still."""

    def make(targeting: Any = None, key: str = "beta", **more: Any) -> CompiledFlag:
        made = compiled(key, define(targeting, **more), revision=7, clock=lambda: NOW)
        assert () == made.problems
        return made

    return make


@pytest.fixture
def value_of() -> Callable[..., Any]:
    """Give the function that returns what a rule is, as the variant that it names, for a context and a user."""

    def evaluate(rule: Any, context: Mapping[str, Any] | None = None, user: str | None = "alice") -> Any:
        named = {"if": [{"===": [rule, None]}, "null", {"cat": ["=", rule]}]}
        variants = {"null": "null"}
        made = compiled("probe", {"state": "ENABLED", "variants": variants, "targeting": named}, clock=lambda: NOW)
        assert () == made.problems
        outcome: Evaluation = made.evaluate(user, context or {})
        if outcome.variant == "null":
            return None
        return outcome.message.split("'")[1][1:]

    return evaluate
