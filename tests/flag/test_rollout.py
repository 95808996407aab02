"""Who gets what when a flag is rolled out."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfgcore.flag.compiled import compiled
from cfgcore.flag.definition import Definition
from cfgcore.flag.shorthand import choices, rolled_out, switch

USERS = [f"user{number}" for number in range(10_000)]
SOME = USERS[:300]
PERCENT = st.integers(0, 100_000).map(lambda number: number / 1000)


def variants(definition: Definition, users: list[str] = USERS) -> dict[str, str | None]:
    """Return the variant of each user."""
    made = compiled(definition.key, definition.data())
    assert () == made.problems
    return {user: made.evaluate(user, {}).variant for user in users}


def having(definition: Definition, variant: str = "on", users: list[str] = USERS) -> set[str]:
    """Return the users who have a variant."""
    return {user for user, found in variants(definition, users).items() if found == variant}


@given(st.text(st.characters(categories=["L"]), min_size=1, max_size=10), PERCENT, PERCENT)
@settings(max_examples=50)
def test_raising_a_percentage_only_adds_users(key: str, one: float, other: float) -> None:
    """Whether it is raised step by step or set at once; lowering takes the same users away."""
    low, high = sorted((one, other))
    base = switch(key, False)
    lower = rolled_out(base, {"on": low})
    higher = rolled_out(lower, {"on": high})
    assert having(lower, users=SOME) <= having(higher, users=SOME)
    assert having(higher, users=SOME) == having(rolled_out(base, {"on": high}), users=SOME)
    assert having(lower, users=SOME) == having(rolled_out(higher, {"on": low}), users=SOME)


@given(st.lists(st.dictionaries(st.sampled_from("bcd"), st.integers(0, 33), min_size=1), min_size=1, max_size=4))
@settings(max_examples=30)
def test_raising_a_variant_takes_nobody_from_another(steps: list[dict[str, int]]) -> None:
    """Of several variants, each keeps its users as long as its share does not shrink."""
    definition = choices("ranking", {name: name for name in "abcd"}, "a")
    shares: dict[str, int] = {}
    for step in steps:
        grown = {name: max(shares.get(name, 0), share) for name, share in step.items()}
        after = rolled_out(definition, grown, others=True)
        for name in shares:
            assert having(definition, name, SOME) <= having(after, name, SOME)
        definition, shares = after, {**shares, **grown}


def deviation(key: str, percent: float) -> float:
    """Return by how many sigma the number of users who have a flag differs from the percentage."""
    expected = len(USERS) * percent / 100
    sigma = math.sqrt(expected * (1 - percent / 100))
    return abs(len(having(rolled_out(switch(key, False), {"on": percent}))) - expected) / sigma


@pytest.mark.parametrize("percent", [0.5, 1, 5, 10, 25, 50, 75, 90, 99])
@pytest.mark.parametrize("key", ["enhanced_downloads", "health_monitoring", "intelligent_fallback"])
def test_ten_thousand_users_are_within_three_sigma(key: str, percent: float) -> None:
    """The share of users is the percentage, as near as chance allows."""
    assert 3 >= deviation(key, percent)


def test_flags_deviate_as_chance_has_it() -> None:
    """Of 400 flags, one is beyond 3 sigma on average; more than 6 are so once in ten thousand times."""
    found = [deviation(f"flag{number}", 5 + number % 90) for number in range(400)]
    assert 6 >= sum(sigma > 3 for sigma in found)
    assert 5 > max(found)
    assert 0.6 < sum(sigma < 1 for sigma in found) / len(found) < 0.76


def test_two_flags_are_independent() -> None:
    """Chi-squared over the four combinations of two flags at 50 %: below 10.83, the value of one in a thousand."""
    keys = ["auto_updates", "ranking", "beta", "new-banner", "a", "b"]
    groups = {key: having(rolled_out(switch(key, False), {"on": 50})) for key in keys}
    for index, one in enumerate(keys):
        for other in keys[index + 1 :]:
            assert 10.83 > chi_squared(groups[one], groups[other]), (one, other)


def chi_squared(one: set[str], other: set[str]) -> float:
    """Return the statistic of two groups of the users; one degree of freedom."""
    total = 0.0
    for in_one in (True, False):
        for in_other in (True, False):
            observed = sum((user in one) is in_one and (user in other) is in_other for user in USERS)
            share_one = len(one) if in_one else len(USERS) - len(one)
            share_other = len(other) if in_other else len(USERS) - len(other)
            expected = share_one * share_other / len(USERS)
            total += (observed - expected) ** 2 / expected
    return total
