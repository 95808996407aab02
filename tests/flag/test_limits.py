"""The limits of a definition."""

from __future__ import annotations

from typing import Any

import pytest

from cfgcore.flag.limits import excess


def nested(levels: int) -> Any:
    """Return lists in lists."""
    found: Any = []
    for _ in range(levels):
        found = [found]
    return found


def test_what_a_definition_may_hold() -> None:
    """32 levels, and every type of JSON."""
    assert excess({"a": [1, 1.5, "text", True, None, {"b": {}}]}) is None
    assert excess(nested(32)) is None


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (nested(33), "deeper than 32 levels"),
        (nested(100_000), "deeper than 32 levels"),
        ([0] * 10_001, "more than 10,000 values"),
        (["x" * 1000] * 66, "more than 65,536 characters"),
        ({"x" * 257: 1}, "1 to 256 characters"),
        ({"": 1}, "1 to 256 characters"),
        ({1: 1}, "1 to 256 characters"),
        (2**63, "beyond 64 bits"),
        (float("nan"), "not a finite number"),
        (float("inf"), "not a finite number"),
        ("a\0", "NUL"),
        ("\ud800", "lone surrogate"),
        ({"\ud800": 1}, "lone surrogate"),
        ({"a": b"x"}, "bytes is no value of JSON"),
    ],
)
def test_what_it_may_not_hold(data: Any, cause: str) -> None:
    """Each limit is named; depth is found without recursion."""
    assert cause in str(excess(data))
