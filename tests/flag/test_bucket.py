"""Buckets: the published recipe, computed here once more from its description.

MurmurHash3 (x86, 32 bits) is Austin Appleby's; the constants and steps below are those of its public description. flagd
publishes the rest: ``(hash × total weight) >> 32``, and the first variant whose cumulative weight lies above.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfgcore.flag.bucket import TOTAL_LIMIT, bucket_of, hash_of
from cfgcore.flag.compiled import compiled

GOLDEN = json.loads(Path(__file__).with_name("golden_buckets.json").read_text(encoding="utf-8"))

WORD = 0xFFFFFFFF


def rotated(value: int, bits: int) -> int:
    """Return 32 bits rotated to the left."""
    return ((value << bits) | (value >> (32 - bits))) & WORD


def murmur3(text: str) -> int:
    """Return the unsigned 32-bit MurmurHash3 of the UTF-8 bytes of `text`, seed 0."""
    data = text.encode()
    state = 0
    for start in range(0, len(data) - len(data) % 4, 4):
        block = int.from_bytes(data[start : start + 4], "little")
        state ^= rotated(block * 0xCC9E2D51 & WORD, 15) * 0x1B873593 & WORD
        state = (rotated(state, 13) * 5 + 0xE6546B64) & WORD
    tail = int.from_bytes(data[len(data) - len(data) % 4 :], "little")
    state ^= rotated(tail * 0xCC9E2D51 & WORD, 15) * 0x1B873593 & WORD
    state ^= len(data)
    state = (state ^ state >> 16) * 0x85EBCA6B & WORD
    state = (state ^ state >> 13) * 0xC2B2AE35 & WORD
    return state ^ state >> 16


def variant(flag: str, user: str, parts: Sequence[tuple[str, int]]) -> str:
    """Return the variant of a user, by the recipe alone."""
    number = murmur3(flag + user) * sum(weight for _, weight in parts) >> 32
    cumulative = 0
    for name, weight in parts:
        cumulative += weight
        if number < cumulative:
            return name
    raise AssertionError("the last cumulative weight is above every bucket")


def evaluated(flag: str, user: str, parts: Sequence[tuple[str, int]]) -> str | None:
    """Return the variant of a user, as the flag's closure has it."""
    definition = {
        "state": "ENABLED",
        "variants": {name: name for name, _ in parts},
        "targeting": {"fractional": [list(part) for part in parts]},
    }
    made = compiled(flag, definition)
    assert () == made.problems
    return made.evaluate(user, {}).variant


PARTS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 2**20)), min_size=1, max_size=6).filter(
    lambda parts: sum(weight for _, weight in parts) > 0
)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=40)


@given(TEXT)
def test_the_hash_is_the_published_one(text: str) -> None:
    """The library's hash is that of the description, whatever the text and its length."""
    assert murmur3(text) == hash_of(text)


@given(TEXT, TEXT, PARTS)
def test_a_flag_gives_the_variant_of_the_recipe(flag: str, user: str, parts: list[tuple[str, int]]) -> None:
    """Whatever the weights are, parts of no weight and repeated variants included."""
    key = "f" + flag[:100]
    assert variant(key, user, parts) == evaluated(key, user, parts)


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: f"{case['flag']}-{case['user']}")
def test_golden_buckets_never_change(case: dict[str, Any]) -> None:
    """Hash, bucket and variant of each vector in the repository are the same in every release."""
    parts = [(name, weight) for name, weight in case["parts"]]
    assert case["hash"] == murmur3(case["flag"] + case["user"]) == hash_of(case["flag"] + case["user"])
    assert case["bucket"] == bucket_of(case["flag"] + case["user"], sum(weight for _, weight in parts))
    assert case["variant"] == variant(case["flag"], case["user"], parts) == evaluated(case["flag"], case["user"], parts)


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_another_process_gives_the_same(seed: str) -> None:
    """Python's own hash differs with its seed; the bucket does not."""
    code = (
        "import json, sys; from cfgcore.flag.bucket import bucket_of; "
        "print(json.dumps([bucket_of(key, 1000) for key in json.loads(sys.argv[1])]))"
    )
    keys = [case["flag"] + case["user"] for case in GOLDEN]
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(keys)], capture_output=True, text=True, env=environment, check=True
    )
    assert [bucket_of(key, 1000) for key in keys] == json.loads(done.stdout)


def test_the_largest_total_is_not_exceeded() -> None:
    """The scaled hash stays below the total, so that a part is found for every user."""
    assert TOTAL_LIMIT - 1 >= max(bucket_of(str(number), TOTAL_LIMIT) for number in range(1000))


@pytest.mark.parametrize(
    ("parts", "cause"),
    [
        ([], "at least one list"),
        ([{"var": "x"}], "at least one list"),
        (["alice", ["on"], ["off"]], "'alice' would put everybody into one bucket"),
        ([["on", 0], ["off", 0]], "the weights sum to 0"),
        ([["on", 2**31 - 1], ["off", 1]], "the weights sum to 2,147,483,648"),
        ([["on", -1], ["off", 1]], "the weight -1 is not a whole number"),
        ([["on", 0.5]], "the weight 0.5 is not a whole number"),
        ([["on", True]], "the weight True is not a whole number"),
        ([["on", "50"]], "the weight '50' is not a whole number"),
        ([["on", float("nan")]], "not a finite number"),
        ([["on", 50, 1]], "is not a list of a variant and its weight"),
        ([["on", 1], "off"], "'off' is not a list of a variant"),
        ([["onn", 50]], "there is no variant 'onn'. Did you mean 'on'?"),
    ],
)
def test_weights_that_mean_nothing_are_refused(parts: list[Any], cause: str) -> None:
    """With their place."""
    definition = {"state": "ENABLED", "variants": {"on": True, "off": False}, "targeting": {"fractional": parts}}
    assert cause in "\n".join(map(str, compiled("beta", definition).problems))


def split(*arguments: Any) -> Any:
    """Compile a split of three variants, "c" by default."""
    definition = {
        "state": "ENABLED",
        "variants": {"a": "A", "b": "B", "c": "C"},
        "defaultVariant": "c",
        "targeting": {"fractional": list(arguments)},
    }
    made = compiled("beta", definition, clock=lambda: 1000.0)
    assert () == made.problems
    return made


def test_a_bucket_key_of_ones_own() -> None:
    """Users of one team have one variant; without a team the usual key counts; what is no text makes no bucket."""
    made = split({"var": "team"}, ["a"], ["b"])
    assert 1 == len({made.evaluate(f"user{number}", {"team": "red"}).variant for number in range(50)})
    assert variant("beta", "alice", [("a", 1), ("b", 1)]) == made.evaluate("alice", {}).variant
    assert "c" == made.evaluate("alice", {"team": 5}).variant
    assert "c" == made.evaluate(None, {}).variant
    salted = split({"cat": ["salt", {"var": "targetingKey"}]}, ["a"], ["b"])
    assert variant("salt", "alice", [("a", 1), ("b", 1)]) == salted.evaluate("alice", {}).variant


def test_weights_may_follow_from_the_context_and_the_time() -> None:
    """A negative weight is none; one that is no number, or a sum of 0, gives the default variant."""
    made = split(["a", {"var": "share"}], ["b", {"-": [1, {"var": "share"}]}])
    assert "a" == made.evaluate("alice", {"share": 1}).variant
    assert "b" == made.evaluate("alice", {"share": 0}).variant
    assert "a" == made.evaluate("alice", {"share": 5}).variant
    assert "c" == made.evaluate("alice", {"share": "x"}).variant
    assert "c" == split(["a", {"var": "share"}]).evaluate("alice", {"share": 0}).variant
    timed = split(["a", {"-": [{"var": "$flagd.timestamp"}, 999]}])
    assert "a" == timed.evaluate("alice", {}).variant


def test_a_split_within_a_rule_is_a_value() -> None:
    """It can be compared like any other."""
    definition = {
        "state": "ENABLED",
        "variants": {"true": 1, "false": 2},
        "targeting": {"==": [{"fractional": [["x", 1], ["y", 1]]}, "x"]},
    }
    made = compiled("beta", definition)
    named = {True: "x", False: "y"}
    for number in range(20):
        user = f"user{number}"
        assert variant("beta", user, [("x", 1), ("y", 1)]) == named[made.evaluate(user, {}).value == 1]
    assert 2 == made.evaluate(None, {}).value


def test_parts_may_lead_on_to_rules() -> None:
    """A part's variant may be a rule of its own, a null one the default variant."""
    made = split([{"if": [{"var": "x"}, "a", "b"]}, 1])
    assert ("a", "SPLIT") == (made.evaluate("u", {"x": 1}).variant, made.evaluate("u", {"x": 1}).reason)
    assert "b" == made.evaluate("u", {}).variant
    assert ("c", "DEFAULT") == (split([None, 1]).evaluate("u", {}).variant, split([None, 1]).evaluate("u", {}).reason)
