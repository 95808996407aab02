"""A named sparse set of values."""

from __future__ import annotations

from typing import Any

import pytest

from cfgcore import DeclarationError, Profile

ENDLESS: list[Any] = []
ENDLESS.append(ENDLESS)


def test_a_profile_is_frozen() -> None:
    """What the author changes later changes nothing, and nobody can change it."""
    given = {"a.names": ["x"]}
    profile = Profile("a.level", "manual", given)
    given["a.names"].append("y")
    given["a.other"] = []
    assert {"a.names": ("x",)} == profile.values
    with pytest.raises(TypeError):
        profile.values["a.names"] = ()  # type: ignore[index]
    hash(profile)


@pytest.mark.parametrize(
    ("selector", "values", "cause"),
    [
        ("level", {}, "paths are of the form"),
        (5, {}, "paths are of the form"),
        ("a.level", {"names": 1}, "paths are of the form"),
        ("a.level", {5: 1}, "paths are of the form"),
        ("a.level", ["a.names"], "does not map paths to values"),
        ("a.level", {"a.names": ENDLESS}, "a.names: it contains itself"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(selector: Any, values: Any, cause: str) -> None:
    """The error names the profile."""
    with pytest.raises(DeclarationError, match=f"^profile 'manual' of .*{cause}"):
        Profile(selector, "manual", values)
