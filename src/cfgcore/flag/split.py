"""The operator ``fractional``: users split among variants by their bucket."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, TypeAlias, TypeVar

from cfgcore.flag.bucket import TOTAL_LIMIT, murmur3
from cfgcore.flag.rule import Expression, Rules
from cfgcore.values.origin import Path

T = TypeVar("T")

#: How to go on for a targeting key and a context.
Continuation: TypeAlias = Callable[["str | None", Any], T]

#: Told of a split as it is decided: the bucket key, the bucket, the cumulative weights, and which part was chosen.
Observer: TypeAlias = Callable[[str, int, Sequence[int], int], None]


@dataclass(frozen=True, slots=True)
class Part:
    """One entry of a split: the rule of its variant, its weight, a number or a rule, and where it stands."""

    variant: Any
    weight: int | Expression
    place: Path


@dataclass(frozen=True, slots=True)
class Split:
    """A checked split: the rule of the bucket key (None: the flag's name and the targeting key), and its parts."""

    by: Expression | None
    parts: tuple[Part, ...]


def split_of(rules: Rules, arguments: list[Any], place: Path) -> Split | None:
    """Return the split that `arguments` spell; None, and findings, where they spell none."""
    before = len(rules.findings)
    has_key = bool(arguments) and not isinstance(arguments[0], list)
    by = rules.value(arguments[0], (*place, "0")) if has_key else None
    if has_key and not isinstance(arguments[0], dict):
        rules.wrong(
            (*place, "0"), f"{arguments[0]!r} would put everybody into one bucket; write a rule, or leave it out"
        )
    entries = list(enumerate(arguments))[1 if has_key else 0 :]
    if not entries:
        rules.wrong(place, "'fractional' takes at least one list of a variant and its weight")
    parts = [part for index, entry in entries if (part := _part(rules, entry, (*place, str(index)))) is not None]
    weights = [part.weight for part in parts if isinstance(part.weight, int)]
    if len(rules.findings) == before:
        if sum(weights) > TOTAL_LIMIT:
            rules.wrong(place, f"the weights sum to {sum(weights):,}; at most {TOTAL_LIMIT:,} can be told apart")
        elif len(weights) == len(parts) and not sum(weights):
            rules.wrong(place, "the weights sum to 0, so that nobody can be given a variant")
    return Split(by, tuple(parts)) if len(rules.findings) == before else None


def _part(rules: Rules, entry: Any, place: Path) -> Part | None:
    if not isinstance(entry, list) or not 1 <= len(entry) <= 2:
        rules.wrong(place, f"{entry!r} is not a list of a variant and its weight")
        return None
    if len(entry) == 1:
        return Part(entry[0], 1, place)
    weight = entry[1]
    if isinstance(weight, dict):
        return Part(entry[0], rules.value(weight, (*place, "1")), place)
    if isinstance(weight, float) and weight.is_integer():
        weight = int(weight)
    if isinstance(weight, bool) or not isinstance(weight, int) or weight < 0:
        rules.wrong((*place, "1"), f"the weight {weight!r} is not a whole number of at least 0")
        return None
    return Part(entry[0], weight, place)


def split_value(rules: Rules, arguments: list[Any], place: Path) -> Expression:
    """Compile a split that stands within a rule into a closure of its value."""
    split = split_of(rules, arguments, place)
    if split is None:
        return lambda _key, _context: None
    ways = [rules.value(part.variant, (*part.place, "0")) for part in split.parts]
    return decided(rules.flag, split, ways, lambda _key, _context: None)


def decided(
    flag: str,
    split: Split,
    ways: Sequence[Continuation[T]],
    otherwise: Continuation[T],
    observe: Observer | None = None,
) -> Continuation[T]:
    """Return a closure that goes the way of the user's bucket; `otherwise`, where there is no key to hash."""
    weights = [part.weight for part in split.parts]
    whole = [weight for weight in weights if isinstance(weight, int)]
    if len(whole) < len(weights):
        return _changing(flag, split, ways, otherwise, observe)
    bounds = list(accumulate(whole))
    if observe is None and split.by is None:
        return _plain(flag, bounds, ways, otherwise)
    return _with_key(flag, split.by, lambda _key, _context: bounds, ways, otherwise, observe)


def _plain(
    flag: str, bounds: list[int], ways: Sequence[Continuation[T]], otherwise: Continuation[T]
) -> Continuation[T]:
    """Return the closure of the usual split, which is on every hot path: constant weights, the usual bucket key."""
    hashed, total = murmur3(), bounds[-1]

    def split(key: str | None, context: Any) -> T:
        if not key:
            return otherwise(key, context)
        return ways[bisect_right(bounds, (hashed(flag + key, 0, False) * total) >> 32)](key, context)

    return split


def _changing(
    flag: str,
    split: Split,
    ways: Sequence[Continuation[T]],
    otherwise: Continuation[T],
    observe: Observer | None,
) -> Continuation[T]:
    def bounds(key: str | None, context: Any) -> list[int]:
        weights = [
            part.weight if isinstance(part.weight, int) else _weight(part.weight(key, context)) for part in split.parts
        ]
        return [] if None in weights else list(accumulate(weight for weight in weights if weight is not None))

    return _with_key(flag, split.by, bounds, ways, otherwise, observe)


def _with_key(
    flag: str,
    by: Expression | None,
    bounds_of: Continuation[list[int]],
    ways: Sequence[Continuation[T]],
    otherwise: Continuation[T],
    observe: Observer | None,
) -> Continuation[T]:
    hashed = murmur3()

    def split(key: str | None, context: Any) -> T:
        given = None if by is None else by(key, context)
        bucket_key = (flag + key if key else None) if given is None else given
        bounds = bounds_of(key, context)
        if not bucket_key or not isinstance(bucket_key, str) or not bounds or not 0 < bounds[-1] <= TOTAL_LIMIT:
            return otherwise(key, context)
        bucket = (hashed(bucket_key, 0, False) * bounds[-1]) >> 32
        chosen = bisect_right(bounds, bucket)
        if observe is not None:
            observe(bucket_key, bucket, bounds, chosen)
        return ways[chosen](key, context)

    return split


def _weight(value: Any) -> int | None:
    """Return what a rule gives as a weight: a negative one is none; None where it is no whole number."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return max(0, value) if isinstance(value, int) and not isinstance(value, bool) else None
