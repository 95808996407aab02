"""The constraints of all policies, compiled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cfgcore import maximum, minimum, section, setting
from cfgcore.check.constraints import Constraints, Found, applies, compiled
from cfgcore.declare.registry import Owned, Registry
from cfgcore.values import moment

USERS = ("ann", "bob", "eve")


@section("it")
class It:
    one: int = setting(5)
    two: int = setting(5)


REGISTRY = Registry([Owned("it", sections=[It])])
SOME = st.frozensets(st.sampled_from(USERS), max_size=2)
FOUND = st.lists(
    st.builds(
        lambda make, path, number, users, exempt, reports: Found(
            replace(make(path, number), users=users, exempt=exempt, reports=reports), "it"
        ),
        st.sampled_from([minimum, maximum]),
        st.sampled_from(["it.one", "it.two"]),
        st.integers(0, 10),
        SOME,
        SOME,
        st.booleans(),
    ),
    max_size=8,
)


def shown(constraints: Constraints, user: str | None) -> dict[Any, list[Any]]:
    bounds = constraints.bounds(user)
    return {path: [bounds[path].clamp(value) for value in range(12)] for path in sorted(bounds)}


@given(FOUND)
def test_a_user_is_bound_by_all_that_applies(found: list[Found]) -> None:
    """Whom policies name or exempt is bound as if nothing but what applies to that user were there."""
    together = compiled(REGISTRY, found, {}, moment.now())
    for user in (*USERS, "somebody"):
        whom = user if user in together.named else None
        alone = [replace(one.constraint, users=frozenset(), exempt=frozenset()) for one in found]
        theirs = [Found(c, "it") for c, one in zip(alone, found, strict=True) if applies(one.constraint, whom)]
        expected = compiled(REGISTRY, theirs, {}, moment.now())
        plain = {path: [value for value, _ in clamped] for path, clamped in shown(expected, None).items()}
        assert plain == {path: [value for value, _ in clamped] for path, clamped in shown(together, user).items()}
