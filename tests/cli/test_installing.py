"""The commands that make a settings file to begin with, migrate, and examine files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


def test_a_default_file_for_the_project(run: Run, project: Path) -> None:
    """The plugins and the prefix are those of the folder; the file can take the place of the settings."""
    result = run("create-default", "new.toml")
    assert (0, "new.toml is written, with 10 settings.\n") == (result.exit_code, result.output)
    text = (project / "new.toml").read_text("utf-8")
    assert "SHOP_SHOP__KEY" in text
    assert "#shelves = 3" in text
    assert "The configuration is valid.\n" == run("validate", "--settings", "new.toml").output


def test_a_file_that_is_there(run: Run, project: Path) -> None:
    """It is refused as a wrong call, or kept as a backup that is named."""
    before = (project / "settings.toml").read_bytes()
    refused = run("create-default", "settings.toml")
    assert (2, True) == (refused.exit_code, "settings.toml: it exists" in refused.output)
    assert before == (project / "settings.toml").read_bytes()
    forced = run("create-default", "settings.toml", "--force")
    assert forced.stdout.endswith("What was there is kept as settings.toml.before-1.\n")
    assert before == (project / "settings.toml.before-1").read_bytes()


def test_a_dry_run_prints_the_file(run: Run, project: Path) -> None:
    """Nothing is written."""
    text = run("create-default", "new.yaml", "--dry-run", "--schema", "s.json").stdout
    assert text.startswith("# yaml-language-server: $schema=s.json\n")
    assert not (project / "new.yaml").exists()


def test_as_json(run: Run) -> None:
    """A program gets the file, its backup, and how much is in it."""
    data = json.loads(run("create-default", "new.json", "--json").stdout)
    assert {"file": "new.json", "backup": None, "settings": 10} == data


FORMATS = """
from cfgcore import Conversion, Dropped, LegacyFormat, Mapped, Whose, hookimpl


def convert(data):
    found = [Mapped(("racks",), "shop.shelves", data["racks"], Whose.OWNER, then=3)]
    if "lock" in data:
        found.append(Mapped(("lock",), "shop.key", data["lock"]))
    return Conversion(tuple(found), tuple(Dropped((name,), data[name], "no use") for name in data if name == "colour"))


@hookimpl
def cfgcore_legacy_formats():
    return [LegacyFormat("old", lambda data: "it has racks" if "racks" in data else None, convert)]
"""


@pytest.fixture
def old(project: Path) -> Path:
    """An older file, of a format that a plugin of the project knows."""
    (project / "plugins" / "old.py").write_text(FORMATS, encoding="utf-8")
    file = project / "old.json"
    file.write_text('{"racks": 5,\n"lock": "c4nary-c4nary",\n"colour": "red",\n"more": 1}', encoding="utf-8")
    return file


def test_a_migration_is_told_value_by_value(run: Run, old: Path) -> None:
    """What became of each stands in a row, with its line and the reason; then comes the sum."""
    result = run("migrate", "old.json", "new.json", "--user", "ann", "--reason", "a new release", "--actor", "bob")
    assert 0 == result.exit_code
    first, head, *rows = result.stdout.splitlines()
    assert "old.json: old, because it has racks." == first
    assert ["what", "source", "value", "becomes", "why"] == head.split()
    assert ["dropped", "colour", "(line", "3)", "red", "no", "use"] == rows[0].split()
    assert ["mapped", "racks", "(line", "1)", "5", "shop.shelves", "of", "ann"] == rows[2].split()
    assert ["4 values: 2 dropped, 2 mapped.", "new.json holds revision 1."] == rows[-2:]
    assert "c4nary" not in result.output
    (commit,) = json.loads(run("history", "--store", "new.json", "--json").stdout)
    assert ("bob", "a new release", "migrate") == (commit["actor"], commit["reason"], commit["action"])


def test_a_dry_run_of_a_migration(run: Run, old: Path, project: Path) -> None:
    """The changes are shown, and nothing is written."""
    text = run("migrate", "old.json", "new.json", "--dry-run").stdout
    assert "shop.shelves of local: not set -> 5\n" in text
    assert text.endswith("Nothing was changed.\n")
    assert not (project / "new.json").exists()


def test_an_invalid_value_exits_with_1(run: Run, old: Path) -> None:
    """The valid rest is taken over nevertheless; the value is listed first, with what to write instead."""
    old.write_text('{"racks": 70, "lock": "x"}', encoding="utf-8")
    result = run("migrate", "old.json", "sqlite:///new.db")
    assert 1 == result.exit_code
    assert result.stdout.splitlines()[2].startswith("invalid  racks (line 1)  70     shop.shelves of local  70 is more")
    assert "Try 9." in result.stdout
    assert "sqlite:///new.db holds revision 1.\n" in result.stdout
    old.write_text('{"racks": 70}', encoding="utf-8")
    assert run("migrate", "old.json", "other.json").stdout.endswith("There is nothing to take over.\n")


def test_a_migration_as_json(run: Run, old: Path) -> None:
    """A program gets every entry with stable keys."""
    data = json.loads(run("migrate", "old.json", "new.json", "--json", "--keep-unmapped").stdout)
    assert ["old", "it has racks", True, 1] == [data[key] for key in ("format", "why", "committed", "revision")]
    assert ["mapped", "mapped", "unmapped", "unmapped"] == [entry["fate"] for entry in data["entries"]]
    first = {"fate": "mapped", "source": "racks", "line": 1, "value": 5, "path": "shop.shelves", "user": "local"}
    assert {**first, "why": "", "new": 5} == data["entries"][0]
    assert "••••" == data["entries"][1]["value"]


def test_a_target_that_is_there(run: Run, old: Path, project: Path) -> None:
    """What it holds is backed up unless that is not wanted; something else is replaced by force only."""
    run("migrate", "old.json", "new.json")
    old.write_text('{"racks": 6}', encoding="utf-8")
    assert "What was there is kept as new.json.before-1.\n" in run("migrate", "old.json", "new.json").stdout
    old.write_text('{"racks": 7}', encoding="utf-8")
    assert "kept" not in run("migrate", "old.json", "new.json", "--no-backup").stdout
    (project / "other.json").write_text("mine", encoding="utf-8")
    refused = run("migrate", "old.json", "other.json")
    assert (2, True) == (refused.exit_code, "replace it with --force" in refused.output)
    assert "kept as other.json.before-1" in run("migrate", "old.json", "other.json", "--force").stdout


def test_files_are_examined(run: Run, old: Path) -> None:
    """Each is named with its format and all its problems; exit 1 where one is wrong."""
    old.write_text('{"racks": 70}', encoding="utf-8")
    result = run("validate", "settings.toml", "old.json", "none.json")
    assert 1 == result.exit_code
    assert [
        "settings.toml: settings, because 'shop' is a section.",
        "settings.toml is valid.",
        "old.json: old, because it has racks.",
        "old.json is wrong: 1 error.",
        "error: none.json: there is no such file.",
        "none.json is wrong: 1 error.",
    ] == [line for line in result.stdout.splitlines() if "racks: 70" not in line]
    assert "error: old.json:1: racks: 70 is more than 9 (a whole number, 1 to 9; section of plugin 'shop'). Try 9." in (
        result.stdout.splitlines()
    )
    data = json.loads(run("validate", "settings.toml", "old.json", "--json").stdout)
    assert (False, [True, False]) == (data["is_valid"], [file["is_valid"] for file in data["files"]])
    assert {"file", "format", "why", "is_valid", "problems"} == set(data["files"][0])
    assert 0 == run("validate", "settings.toml").exit_code
