"""Shares of users in buckets, and who keeps a variant when shares change."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from cfgcore.flag.layout import Layout, arranged, weights

SHARES = st.dictionaries(st.sampled_from("abc"), st.integers(0, 33_000).map(lambda n: Fraction(n, 1000)))
WHOLE: Layout = (("rest", Fraction(100)),)


def at(layout: Layout, point: Fraction) -> str:
    """Return the variant at a point from 0 to below 100 %."""
    bounds = accumulate(share for _, share in layout)
    return next(name for (name, _), bound in zip(layout, bounds, strict=True) if point < bound)


def share(layout: Layout, variant: str) -> Fraction:
    """Return the share of a variant."""
    return sum((part for name, part in layout if name == variant), Fraction(0))


@given(SHARES, SHARES)
def test_shares_are_as_asked(first: dict[str, Fraction], then: dict[str, Fraction]) -> None:
    """Whatever they were before; what is left is the rest's, and all of it is 100 %."""
    layout = arranged(arranged(WHOLE, first, "rest"), then, "rest")
    assert {name: part for name, part in then.items() if part} == {
        name: share(layout, name) for name in "abc" if share(layout, name)
    }
    assert 100 == sum(part for _, part in layout)


@given(SHARES, SHARES, st.integers(0, 99_999).map(lambda n: Fraction(n, 1000)))
def test_nobody_is_moved_without_need(first: dict[str, Fraction], then: dict[str, Fraction], point: Fraction) -> None:
    """A user leaves a variant only where its share shrinks, and gets a new one only where that one's grows."""
    before = arranged(WHOLE, first, "rest")
    after = arranged(before, then, "rest")
    old, new = at(before, point), at(after, point)
    if old != new:
        assert "rest" == old or share(after, old) < share(before, old)
        assert "rest" == new or share(after, new) > share(before, new)


@given(SHARES, SHARES, st.integers(0, 99_999).map(lambda n: Fraction(n, 1000)))
def test_larger_shares_only_add_users(first: dict[str, Fraction], more: dict[str, Fraction], point: Fraction) -> None:
    """Where every share grows or stays, every user who has a variant keeps it."""
    before = arranged(WHOLE, first, "rest")
    then = {name: max(first.get(name, Fraction(0)), more.get(name, Fraction(0))) for name in "abc"}
    after = arranged(before, then, "rest")
    if "rest" != at(before, point):
        assert at(before, point) == at(after, point)


def test_weights_sum_to_a_hundred_where_they_can() -> None:
    """Decimal places make them larger; weights beyond what can be told apart are reduced."""
    assert [["on", 25], ["off", 75]] == weights((("on", Fraction(25)), ("off", Fraction(75))))
    assert [["on", 25], ["off", 175]] == weights((("on", Fraction("12.5")), ("off", Fraction("87.5"))))
    third = Fraction(100, 3)
    assert [["a", 100], ["b", 200]] == weights((("a", third), ("b", 2 * third)))
    odd = Fraction(100, 2**30 + 1)
    assert 2**30 + 1 == sum(int(weight) for _, weight in weights((("a", odd), ("b", 100 - odd))))
