"""How shares of users are laid out in buckets, so that a larger share keeps the users that it had.

A layout is a row of parts, each a variant and a weight; a user's bucket falls on one of them. A share that shrinks
gives up its last part, and one that grows takes of what belongs to the rest, leftmost first: nobody else is moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import gcd, lcm
from typing import TypeAlias

from cfgcore.flag.bucket import TOTAL_LIMIT

Layout: TypeAlias = tuple[tuple[str, Fraction], ...]

#: Percentages have at most this many decimal places.
PLACES = 3

WHOLE = Fraction(100)


def arranged(layout: Layout, shares: Mapping[str, Fraction], rest: str) -> Layout:
    """Return `layout`, in percent, changed so that each variant in `shares` has its share, and `rest` all others'.

    Variants that `shares` does not name give up what they have to the rest.
    """
    parts = list(layout)
    for variant in {name: None for name, _ in layout if name != rest}:
        excess = _share(parts, variant) - shares.get(variant, Fraction(0))
        parts = _yielding(parts, variant, excess, rest) if excess > 0 else parts
    for variant, share in shares.items():
        missing = share - _share(parts, variant)
        parts = _taking(parts, variant, missing, rest) if variant != rest and missing > 0 else parts
    return _joined(parts)


def weights(layout: Layout) -> list[list[str | int]]:
    """Return the layout as the arguments of ``fractional``: whole weights that sum to 100, or to what they need."""
    scale = lcm(*(share.denominator for _, share in layout))
    whole = [int(share * scale) for _, share in layout]
    shared = gcd(*whole) if sum(whole) > TOTAL_LIMIT else 1
    return [[variant, weight // shared] for (variant, _), weight in zip(layout, whole, strict=True)]


def _share(parts: Iterable[tuple[str, Fraction]], variant: str) -> Fraction:
    return sum((share for name, share in parts if name == variant), Fraction(0))


def _yielding(
    parts: list[tuple[str, Fraction]], variant: str, excess: Fraction, rest: str
) -> list[tuple[str, Fraction]]:
    found: list[tuple[str, Fraction]] = []
    for name, share in reversed(parts):
        given = min(share, excess) if name == variant else Fraction(0)
        excess -= given
        found += [(rest, given), (name, share - given)]
    return found[::-1]


def _taking(
    parts: list[tuple[str, Fraction]], variant: str, missing: Fraction, rest: str
) -> list[tuple[str, Fraction]]:
    found: list[tuple[str, Fraction]] = []
    for name, share in parts:
        taken = min(share, missing) if name == rest else Fraction(0)
        missing -= taken
        found += [(variant, taken), (name, share - taken)]
    return found


def _joined(parts: Iterable[tuple[str, Fraction]]) -> Layout:
    found: list[tuple[str, Fraction]] = []
    for name, share in parts:
        if found and found[-1][0] == name:
            found[-1] = name, found[-1][1] + share
        elif share:
            found.append((name, share))
    return tuple(found)
