"""`cfgcore.validate`: files examined by themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore.installing.examination import Examined
from cfgcore.store.opening import open_store
from cfgcore.store.protocol import Write
from cfgcore.testing.store_fixtures import draft_of

Examine = Callable[..., Examined]


@pytest.fixture
def examine(tmp_path: Path, plugin: Any) -> Examine:
    """A function that writes a file and examines it."""

    def done(name: str, content: str, **how: Any) -> Examined:
        (tmp_path / name).write_text(content, encoding="utf-8")
        (found,) = cfgcore.validate(tmp_path / name, plugins=[plugin], plugin_group=None, **how)
        return found

    return done


def lines(examined: Examined) -> list[tuple[str, int | None, str]]:
    """Path, line and severity of each problem."""
    return [(p.path, p.origin.line if p.origin else None, p.severity) for p in examined.problems]


@pytest.mark.parametrize(
    ("name", "content", "format_", "why"),
    [
        ("a.toml", "[shop]\nclerks = 4\n", "settings", "'shop' is a section"),
        ("a.toml", "[STORE_FRONT]\nclerks = 4\n", "settings", "'STORE_FRONT' is a section"),
        ("a.toml", "[default.shop]\nclerks = 4\n", "settings", "'default' holds the section 'shop'"),
        ("a.yaml", "", "settings", "it holds nothing"),
        ("a.json", '{"racks": 3}', "old", "it has 'racks'"),
        ("a.json", '{"system": {"values": {}}}', "store", "it holds 'values' by document"),
        ("a.json", '{"cfgcore": {}}', "store", "it is a document of cfgcore"),
    ],
)
def test_a_valid_file_is_named(name: str, content: str, format_: str, why: str, examine: Examine) -> None:
    """Its format is told, and why it is taken for that; a required setting may come from elsewhere."""
    how = {"environment": "production"} if "default" in content else {}
    found = examine(name, content, **how)
    assert (format_, why, True) == (found.format, found.why, found.is_valid)


def test_all_problems_of_a_settings_file(examine: Examine) -> None:
    """Each has its line, warnings as well; rules are checked among the file's own values and the defaults."""
    found = examine("a.toml", '[shop]\nshelves = 70\nclerks = "a"\nkeys = 1\n\n[strete]\nhouse = "b"\n')
    assert not found.is_valid
    assert {
        ("shop.shelves", 2, "error"),
        ("shop.clerks", 3, "error"),
        ("", 4, "warning"),
        ("", 6, "warning"),
    } == set(lines(found))
    broken = examine("a.json", '{"shop": {\n"shelves": 8}}')
    assert [("shop.shelves", 2, "error")] == lines(broken)


def test_rules_of_administrators_are_examined(examine: Examine) -> None:
    """What binds nothing is told with its line, and a contradiction is an error."""
    text = "[shop]\nclerks = 3\n\n[[policies.rules]]\n{}\n"
    found = examine("a.toml", text.format('path = "flags.neon"\nvalue = true'))
    assert [("policies.rules.0", 4, "warning")] == lines(found)
    assert "'flags.neon' is a flag, no setting" in str(found.problems[0])
    found = examine("a.toml", text.format('path = "shop.clerks"\nminimum = 9\nmaximum = 8'))
    assert not found.is_valid
    assert "below the minimum 9" in str(found.problems[0])


def test_all_problems_of_an_older_file(examine: Examine) -> None:
    """What is invalid is an error, what has no place a warning, at the keys of the file."""
    found = examine("a.json", '{"racks": 70,\n"staff": 5,\n"colour": "red",\n"wares": ["tea",\n"Tea!"]}')
    expected = [("racks", 1, "error"), ("colour", 3, "warning"), ("wares.1", 5, "error")]
    assert sorted(expected) == sorted(lines(found))
    suggested = {problem.path: problem.suggested for problem in found.errors}
    assert 9 == suggested["racks"]


def test_a_file_of_nothing_known_is_not_valid(examine: Examine) -> None:
    """That a format takes what others leave does not make a configuration of it."""
    found = examine("a.json", '{"pears": 1}')
    assert (False, "left", ["nothing in it is known"]) == (
        found.is_valid,
        found.format,
        [problem.message for problem in found.errors],
    )


def test_all_problems_of_a_document(examine: Examine) -> None:
    """Everyone's and users' values are checked, and found in the text."""
    data = {
        "system": {"values": {"shop": {"clerks": 70}, "gone": {"a": 1}}},
        "users": {"ann": {"values": {"shop": {"shelves": 2}}}, "bob": {"values": {"shop": {"shelves": 70}}}},
    }
    text = json.dumps(data, indent=1)
    first, second = (number for number, line in enumerate(text.splitlines(), 1) if ": 70" in line)
    assert [("shop.clerks", first, "error"), ("shop.shelves", second, "error")] == lines(examine("a.json", text))


def test_a_database_is_examined_as_well(tmp_path: Path, plugin: Any) -> None:
    """It has no lines; whose value it is, is told."""
    with closing(open_store(f"sqlite:///{tmp_path / 'a.db'}")) as store:
        store.commit({"user/ann": Write({"shop": {"shelves": 70}}, {"shop": 1})}, {}, draft_of({"user/ann": 1}))
    (found,) = cfgcore.validate(tmp_path / "a.db", plugins=[plugin], plugin_group=None)
    assert ["stored for 'ann', revision 1"] == [str(problem.origin) for problem in found.errors]


@pytest.mark.parametrize(
    ("name", "content", "place", "message"),
    [
        ("a.json", '{"a": 1\n"b": 2}', "a.json:2", "not valid JSON"),
        ("a.json", '{"a": 1,\n"a": 2}', "a.json:2", "stands twice"),
        ("a.json", '{"a": NaN}', "a.json:1", "NaN"),
        ("a.json", "", "a.json", "it is empty"),
        ("a.toml", "a = \n", "a.toml:1", "not valid TOML"),
        ("a.yaml", "a: [\n", "a.yaml:2", "not valid YAML"),
        ("a.txt", "a", "a.txt", "not a format that can be read"),
        ("a.json", '{"a":' * 100_000, "a.json:1", "it nests deeper than"),
    ],
)
def test_what_cannot_be_read(name: str, content: str, place: str, message: str, examine: Examine) -> None:
    """It is one problem, with the line, and of no format."""
    found = examine(name, content)
    (problem,) = found.errors
    assert ("", "unreadable") == (found.format, problem.code)
    assert problem.origin is not None
    assert problem.origin.place.endswith(place)
    assert message in problem.message


def test_files_are_examined_each_by_itself(tmp_path: Path, plugin: Any) -> None:
    """One that does not exist and a folder stand beside good ones; a section in an older file makes no other of it."""
    (tmp_path / "good.toml").write_text("[shop]\nclerks = 4\n", "utf-8")
    (tmp_path / "both.json").write_text('{"racks": 3, "shop": {}}', "utf-8")
    names = ("good.toml", "none.toml", ".", "both.json")
    found = cfgcore.validate(*(tmp_path / name for name in names), plugins=[plugin], plugin_group=None)
    assert [True, False, False, True] == [one.is_valid for one in found]
    told = [one.errors[0].message for one in found[1:3]]
    assert ["there is no such file", "it is a folder, not a file; name a file in it"] == told
    assert ("old", ["shop"]) == (found[3].format, [warning.path for warning in found[3].warnings])


def test_nothing_is_written_beside_a_file(tmp_path: Path, examine: Examine) -> None:
    """Whatever the format, the folder is as before."""
    for name, content in {
        "a.toml": "[shop]\n",
        "b.json": '{"racks": 5}',
        "c.json": '{"system": {"values": {}}}',
    }.items():
        examine(name, content)
    assert {"a.toml", "b.json", "c.json"} == {file.name for file in tmp_path.iterdir()}


def test_no_secret_is_shown(examine: Examine) -> None:
    """Problems of secrets do not quote them."""
    for name, content in {
        "a.toml": '[shop]\nkey = ["c4nary-c4nary"]\n',
        "b.json": '{"racks": 5, "lock": ["c4nary-c4nary"]}',
        "c.json": '{"system": {"values": {"shop": {"key": ["c4nary-c4nary"]}}}}',
    }.items():
        found = examine(name, content)
        assert not found.is_valid
        assert "c4nary" not in repr(found.problems)
