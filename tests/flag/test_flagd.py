"""Files of flagd, read and written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cfgcore.flag.compiled import compiled
from cfgcore.flag.definition import Definition, read_definition
from cfgcore.flag.flagd import read_file, written

FILE: dict[str, Any] = {
    "$schema": "https://flagd.dev/schema/v0/flags.json",
    "flags": {
        "new-welcome-banner": {
            "state": "ENABLED",
            "variants": {"on": True, "off": False},
            "defaultVariant": "off",
            "targeting": {"if": [{"$ref": "staff"}, "on"]},
        },
        "color": {
            "state": "DISABLED",
            "variants": {"red": "#f00", "blue": "#00f"},
            "targeting": {"fractional": [{"cat": [{"var": "$flagd.flagKey"}, {"var": "mail"}]}, ["red"], ["blue", 2]]},
            "metadata": {"owner": "design", "weight": 1.5, "live": False},
        },
        "size": {"state": "ENABLED", "variants": {"s": 1, "l": 2.5}, "defaultVariant": "s"},
        "theme": {"state": "ENABLED", "variants": {"dark": {"bg": ["#000"]}, "light": {}}, "defaultVariant": "light"},
    },
    "$evaluators": {
        "staff": {"or": [{"$ref": "mail"}, {"in": [{"var": "targetingKey"}, ["root"]]}]},
        "mail": {"ends_with": [{"var": "mail"}, "@example.com"]},
    },
}


def definitions(text: str) -> list[Definition]:
    """Return the definitions of a sound file."""
    data, problems = read_file(text)
    assert () == problems
    found = []
    for key, definition in data.items():
        assert () == compiled(key, definition).problems
        made, _ = read_definition(key, definition)
        assert made is not None
        found.append(made)
    return found


def test_a_file_comes_back_as_it_was() -> None:
    """Every key and value of it, shared rules as well, in any number of rounds."""
    text = json.dumps(FILE)
    once = written(definitions(text))
    assert FILE == once
    assert FILE == written(definitions(json.dumps(once)))


def test_a_definition_carries_the_shared_rules_that_it_needs() -> None:
    """Those it refers to, and those that these refer to; no others."""
    data, _ = read_file(json.dumps(FILE))
    assert {"staff", "mail"} == set(data["new-welcome-banner"]["evaluators"])
    assert "evaluators" not in data["color"]


def test_metadata_of_the_file_are_those_of_each_flag() -> None:
    """A flag's own are stronger."""
    data, _ = read_file(json.dumps({**FILE, "metadata": {"owner": "all", "team": "x"}}))
    assert {"owner": "all", "team": "x"} == data["size"]["metadata"]
    assert {"owner": "design", "weight": 1.5, "live": False, "team": "x"} == data["color"]["metadata"]


def test_a_list_of_flags_is_read_as_well() -> None:
    """As the daemon of flagd takes it: each with its key."""
    data, problems = read_file(json.dumps({"flags": [{"key": "a", "state": "ENABLED", "variants": {"x": 1}}]}))
    assert ({"a": {"state": "ENABLED", "variants": {"x": 1}}}, ()) == (data, problems)


def test_one_name_for_two_rules_becomes_two_names() -> None:
    """Flags of different files may have shared rules of one name."""
    base = {"state": "ENABLED", "variants": {"on": True}, "targeting": {"if": [{"$ref": "staff"}, "on"]}}
    made = []
    for key, rule in (("a", {"var": "x"}), ("b", {"var": "y"}), ("c", {"var": "x"})):
        definition, _ = read_definition(key, {**base, "evaluators": {"staff": rule}})
        assert definition is not None
        made.append(definition)
    found = written(made)
    assert {"staff": {"var": "x"}, "staff_2": {"var": "y"}} == found["$evaluators"]
    assert {"if": [{"$ref": "staff_2"}, "on"]} == found["flags"]["b"]["targeting"]
    assert {"if": [{"$ref": "staff"}, "on"]} == found["flags"]["c"]["targeting"]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "line 1: it is not JSON"),
        ("{\n}\n}", "line 3: it is not JSON"),
        ("[]", "it is no file of flagd"),
        ("{}", "it is no file of flagd"),
        ('{"flags": 1}', "'flags' is a table, not int"),
        ('{"flags": [1]}', "each flag in a list has its 'key'"),
        ('{"flags": {}, "$evaluators": []}', "'$evaluators' is a table"),
        ('{"flags": {}, "metadata": 1}', "'metadata' is a table"),
        ('{"flags": {}, "evaluators": {}}', "a file of flagd has no 'evaluators'"),
        ('{"flags": {"a": {}, "a": {}}}', "the key 'a' stands twice"),
        ('{"flags": [{"key": "a"}, {"key": "a"}]}', "the key 'a' stands twice"),
        ('{"flags": {"a": NaN}}', "NaN is not a number of JSON"),
        ("[" * 100_000, "nests too deeply"),
        (" " * (16 << 20) + "{}", "more than 16,777,216 characters"),
    ],
)
def test_what_is_no_file(text: str, cause: str) -> None:
    """The cause, and the line where there is one."""
    data, problems = read_file(text)
    assert {} == data
    assert cause in str(problems[0])


def test_a_malformed_definition_is_left_to_whoever_checks_it() -> None:
    """It does not keep the others from being read."""
    data, problems = read_file('{"flags": {"a": 5, "b": {"metadata": 1}}, "metadata": {"x": 1}}')
    assert ({"a": 5, "b": {"metadata": 1}}, ()) == (data, problems)
