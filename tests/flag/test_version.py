"""Versions and their order."""

from __future__ import annotations

from typing import Any

import pytest

from cfgcore.flag.version import compare, version

ORDERED = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11"]


def test_the_order_is_that_of_semver_org() -> None:
    """The example of section 11 of the specification, and what follows it."""
    versions = [version(text) for text in [*ORDERED, "1.0.0-rc.1", "1.0.0", "1.0.1", "1.10.0", "2.0.0"]]
    assert None not in versions
    assert versions == sorted(versions, key=lambda found: found)  # type: ignore[type-var, return-value]


@pytest.mark.parametrize(
    ("one", "sign", "other", "expected"),
    [
        ("1.2.3", "=", "1.2.3+build.5", True),
        ("v1.2", "=", "1.2.0", True),
        (1, "=", "1.0.0", True),
        ("1.2.3", "!=", "1.2.4", True),
        ("1.2.3", "<", "1.2.10", True),
        ("1.2.3", "<=", "1.2.3", True),
        ("2.0.0", ">", "10.0.0", False),
        ("2.0.0", ">=", "2.0.0-rc.1", True),
        ("1.9.9", "^", "1.0.0", True),
        ("2.0.0", "^", "1.0.0", False),
        ("1.2.9", "~", "1.2.0", True),
        ("1.3.0", "~", "1.2.0", False),
    ],
)
def test_comparisons(one: Any, sign: str, other: Any, expected: bool) -> None:
    """A leading v and missing parts are forgiven; what was built with is ignored; ^ and ~ compare the first parts."""
    assert expected is compare(one, sign, other)


@pytest.mark.parametrize("value", ["", "x", "1.2.3.4", "01.2.3", "1.2.3-01", "1.2.3-", None, True, [], "1" * 300])
def test_what_is_no_version_compares_as_null(value: Any) -> None:
    """Neither true nor false, so that no condition holds."""
    assert compare(value, "=", "1.0.0") is None
    assert compare("1.0.0", "=", value) is None
    assert compare("1.0.0", "==", "1.0.0") is None
