"""Definitions, and what may be wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cfgcore.flag.definition import Definition, read_definition

Switch = Callable[..., dict[str, Any]]


def test_a_definition_is_read_and_written_as_it_is(switch: Switch) -> None:
    """What it does not say is not made up."""
    data = switch({"if": [True, "on"]}, metadata={"owner": "team", "bucketing": "murmur3_32-scaled"})
    definition, problems = read_definition("beta", data)
    assert () == problems
    assert definition is not None
    assert data == definition.data()
    assert {"state": "ENABLED", "variants": {"a": 1}} == Definition("beta", "ENABLED", {"a": 1}).data()


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"state": "enabled"}, "flags.beta.state: the state is ENABLED or DISABLED, not 'enabled'"),
        ({"state": None}, "ENABLED or DISABLED"),
        ({"variants": {}}, "at least one variant"),
        ({"variants": [True]}, "at least one variant"),
        ({"variants": {"on": True, "off": 0}}, "of one type"),
        ({"variants": {"on": True, "off": None}}, "of one type"),
        ({"variants": {"on": [1]}}, "of one type"),
        ({"defaultVariant": "of"}, "flags.beta.defaultVariant: there is no variant 'of'. Did you mean 'off'?"),
        ({"defaultVariant": False}, "there is no variant False"),
        ({"targeting": "on"}, "flags.beta.targeting: it is a table"),
        ({"metadata": [1]}, "flags.beta.metadata: it is a table"),
        ({"metadata": {"a": [1]}}, "flags.beta.metadata.a: metadata are text, numbers, true or false"),
        ({"metadata": {"bucketing": "md5"}}, "'md5' is not known here: is it of a newer release?"),
        ({"targetting": {}}, "a definition has no 'targetting'. Did you mean 'targeting'?"),
        ({"variants": {"on": float("nan")}}, "not a finite number"),
    ],
)
def test_what_may_be_wrong(switch: Switch, changed: dict[str, Any], cause: str) -> None:
    """Each fault has its place, its cause, and where something is near, what was probably meant."""
    definition, problems = read_definition("beta", {**switch(), **changed})
    assert definition is None
    assert cause in "\n".join(map(str, problems))


def test_all_faults_are_told_at_once() -> None:
    """One does not hide the next."""
    _, problems = read_definition("beta", {"state": 1, "variants": 2, "metadata": 3, "x": 4})
    assert 4 == len(problems)


@pytest.mark.parametrize("data", [None, True, "on", [], 5])
def test_what_is_no_table_is_no_definition(data: Any) -> None:
    """Short forms are expanded before a definition is read."""
    assert "is no definition" in str(read_definition("beta", data)[1][0])


@pytest.mark.parametrize("key", ["", "a\nb", "$ref", "@int", "dynaconf_merge", "x" * 257, 5, None])
def test_keys_that_no_flag_can_have(switch: Switch, key: Any) -> None:
    """Keys are text that can be shown and stored."""
    assert read_definition(key, switch())[0] is None


@pytest.mark.parametrize("key", ["new-banner", "a.b", "Ünicode", "x" * 256, "with space"])
def test_keys_of_other_tools_are_taken_as_they_are(switch: Switch, key: str) -> None:
    """Only the flags that plugins declare have names that Python could have."""
    assert read_definition(key, switch())[0] is not None


def test_what_was_read_does_not_change_with_what_it_was_read_from(switch: Switch) -> None:
    """A definition holds a copy."""
    data = switch({"if": [True, "on"]})
    definition, _ = read_definition("beta", data)
    data["targeting"]["if"][1] = "off"
    assert definition is not None
    assert {"if": [True, "on"]} == definition.targeting
