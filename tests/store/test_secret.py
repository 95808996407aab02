"""References to stored secrets."""

from __future__ import annotations

from typing import Any

import pytest

from cfgcore.store.data import dumps, loads
from cfgcore.store.secret import key_in, keys_in, new_key, reference, secret_prefix

NAMES = ["system", "user/alice", "user/ALICE", "user/alice/x", "user/", "user/\ud800", "user/\U0001f600"]


def test_no_two_documents_share_a_prefix() -> None:
    """The secrets of a document are told by their keys, whatever its name."""
    prefixes = [secret_prefix(name) for name in NAMES]
    assert len(NAMES) == len(set(prefixes))
    assert not [a for a in prefixes for b in prefixes if a != b and a.startswith(b)]


def test_keys_are_fresh() -> None:
    """Every secret has a key of its own, which begins with its document's prefix and does not hold its name."""
    keys = {new_key("user/alice") for _ in range(100)}
    assert 100 == len(keys)
    assert all(key.startswith(secret_prefix("user/alice")) and "alice" not in key for key in keys)


def test_a_reference_comes_back() -> None:
    """The key of a reference is found, also after it was stored."""
    assert "k" == key_in(reference("k"))
    assert "k" == key_in(loads(dumps(reference("k"))))


@pytest.mark.parametrize("value", [None, "k", {}, {"secret": "k"}, {"$secret": "k", "a": 1}, ["$secret"], 5])
def test_other_values_are_no_references(value: Any) -> None:
    """Nothing else is taken for a reference."""
    assert key_in(value) is None


def test_all_references_are_found() -> None:
    """References are found in nested tables."""
    value = {"a": reference("1"), "b": {"c": reference("2"), "d": "3"}, "e": 4}
    assert ["1", "2"] == sorted(keys_in(value))
    assert [] == list(keys_in(5))
