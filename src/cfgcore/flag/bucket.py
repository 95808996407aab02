"""The bucket of a user: the recipe that flagd publishes for its operator ``fractional``.

A 32-bit MurmurHash3 of the bucket key's UTF-8 bytes, seed 0, is scaled to the total weight by integers alone:
``(hash × total) >> 32``. The first variant whose cumulative weight lies above that number is the user's. So the share
of the hash's range that a variant has depends on its share of the weights, and on nothing else.
"""

from __future__ import annotations

from functools import cache
from typing import Protocol

#: The name under which the recipe is stored with a flag. Another recipe would get another name, and leave this one be.
RECIPE = "murmur3_32-scaled"

#: Where a flag's metadata names its recipe.
RECIPE_KEY = "bucketing"

#: The largest sum of weights: what a signed whole number of 32 bits holds, in every language that evaluates flags.
TOTAL_LIMIT = 2**31 - 1


class Hash(Protocol):
    """MurmurHash3 of text, as ``mmh3.hash`` computes it."""

    def __call__(self, key: str, seed: int, signed: bool, /) -> int:
        """Return the hash of the UTF-8 bytes of `key`."""
        ...


@cache
def murmur3() -> Hash:
    """Return the hash function; its library is imported when the first split is compiled."""
    import mmh3

    return mmh3.hash


def hash_of(key: str) -> int:
    """Return the unsigned 32-bit hash of a bucket key."""
    return murmur3()(key, 0, False)


def bucket_of(key: str, total: int) -> int:
    """Return the bucket of a key, a number below `total`, from 0 on."""
    return (hash_of(key) * total) >> 32
