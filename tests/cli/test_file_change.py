"""`cfgcore set --file`: written where the application reads it, told where it has no effect, and secrets kept."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


def test_options_of_the_store_are_refused(run: Run, project: Path) -> None:
    """A file has no users, revisions or history, and no option that speaks of them is ignored."""
    before = (project / "settings.toml").read_bytes()
    for option in (("--user", "bob"), ("--expect", "3"), ("--reason", "why"), ("--actor", "ann"), ("--clamp",)):
        result = run("set", "shop.shelves", "5", "--file", "settings.toml", *option)
        assert (2, True) == (result.exit_code, f"{option[0]} belongs to a change in the store" in result.output)
    assert before == (project / "settings.toml").read_bytes()


def test_json_tells_what_was_written(run: Run, project: Path) -> None:
    """A program reads the file, the paths and the warnings."""
    result = run("set", "shop.shelves", "5", "--file", "settings.toml", "--json")
    told = {"file": "settings.toml", "written": True, "paths": ["shop.shelves"], "warnings": []}
    assert told == json.loads(result.stdout)


@pytest.mark.parametrize(
    ("content", "place"), [("shop = 3\n", "1: shop is a value"), ("# a\n[[shop]]\nopen = true\n", "2: shop is a list")]
)
def test_what_is_no_table_is_named(run: Run, project: Path, content: str, place: str) -> None:
    """The error names file and line."""
    (project / "a.toml").write_text(content, encoding="utf-8")
    result = run("set", "shop.shelves", "5", "--file", "a.toml")
    assert (1, True) == (result.exit_code, f"a.toml:{place}" in result.output), result.output
    assert content == (project / "a.toml").read_text(encoding="utf-8")


def test_dotted_keys_stay_where_they_are(run: Run, project: Path) -> None:
    """A table that is new does not take the keys behind it into itself."""
    (project / "settings.toml").write_text("shop.shelves = 3\nshop.open = false\n", encoding="utf-8")
    run("set", "shop.prices.tea", "2.5", "--file", "settings.toml")
    assert "false\n" == run("get", "shop.open").stdout
    assert "2.5\n" == run("get", "shop.prices.tea").stdout


def test_a_setting_is_changed_as_it_is_spelt(run: Run, project: Path) -> None:
    """Names in another case are the same setting, and it does not stand twice."""
    (project / "settings.toml").write_text('[Shop]\nSHELVES = 3\n"Open" = false\n', encoding="utf-8")
    assert 0 == run("set", "shop.shelves", "5", "shop.name", "M", "--file", "settings.toml").exit_code
    expected = '[Shop]\nSHELVES = 5\n"Open" = false\nname = "M"\n'
    assert expected == (project / "settings.toml").read_text(encoding="utf-8")


def test_a_setting_that_stands_twice_is_not_guessed(run: Run, project: Path) -> None:
    """The lines are told."""
    (project / "settings.toml").write_text("[shop]\nSHELVES = 3\nshelves = 4\n", encoding="utf-8")
    result = run("set", "shop.shelves", "5", "--file", "settings.toml")
    assert (1, True) == (result.exit_code, "more than once, on lines 2, 3" in result.output)


def test_a_former_name_is_changed_in_place(run: Run, project: Path) -> None:
    """It is what the application reads, with the warning that it had before."""
    plugin = project / "plugins" / "shop.py"
    text = plugin.read_text(encoding="utf-8").replace('unit="m"', 'unit="m", renamed_from="shop.racks"')
    plugin.write_text(text, encoding="utf-8")
    (project / "settings.toml").write_text("[shop]\nracks = 3\n", encoding="utf-8")
    run("set", "shop.shelves", "5", "--file", "settings.toml")
    assert "[shop]\nracks = 5\n" == (project / "settings.toml").read_text(encoding="utf-8")
    assert "5\n" == run("get", "shop.shelves").stdout


@pytest.mark.parametrize("version", [1, 3])
def test_a_table_of_another_version_is_left_alone(run: Run, project: Path, version: int) -> None:
    """A name of today has no place in it; the entry of [versions] is named."""
    plugin = project / "plugins" / "shop.py"
    text = plugin.read_text(encoding="utf-8").replace("rule, section", "rule, section, step")
    text = text.replace('title="The shop"', 'title="The shop", version=2, steps=(step(1, dict, down=dict),)')
    plugin.write_text(text, encoding="utf-8")
    content = f"[versions]\nshop = {version}\n\n[shop]\n"
    (project / "settings.toml").write_text(content, encoding="utf-8")
    result = run("set", "shop.shelves", "5", "--file", "settings.toml")
    assert (1, True) == (
        result.exit_code,
        f"settings.toml:2: [versions] says that shop is written for version {version}" in result.output,
    )
    assert content == (project / "settings.toml").read_text(encoding="utf-8")


def test_the_environment_that_is_asked_for_is_changed(run: Run, project: Path) -> None:
    """It goes into the table of that environment, and the others keep theirs."""
    (project / "settings.toml").write_text(
        "[default.shop]\nshelves = 3\n\n[street.shop]\nopen = true\n", encoding="utf-8"
    )
    assert 0 == run("set", "shop.shelves", "5", "--file", "settings.toml", "--environment", "street").exit_code
    assert "5\n" == run("get", "shop.shelves", "--environment", "street").stdout
    assert "3\n" == run("get", "shop.shelves", "--environment", "square").stdout
    assert 0 == run("set", "shop.shelves", "6", "--file", "settings.toml", "--environment", "square").exit_code
    assert "6\n" == run("get", "shop.shelves", "--environment", "square").stdout


def test_what_the_same_file_hides_is_refused(run: Run, project: Path) -> None:
    """[global] counts last; its line is named, and nothing is written."""
    content = "[street.shop]\nopen = true\n[global.shop]\nshelves = 9\n"
    (project / "settings.toml").write_text(content, encoding="utf-8")
    result = run("set", "shop.shelves", "5", "--file", "settings.toml", "--environment", "street")
    assert (1, True) == (result.exit_code, "settings.toml:4 says otherwise" in result.output), result.output
    assert content == (project / "settings.toml").read_text(encoding="utf-8")


def test_what_hides_a_written_value_is_told(run: Run, project: Path) -> None:
    """A variable, a later file, and a file that nobody reads."""
    told = run("set", "shop.shelves", "5", "--file", "settings.toml", SHOP_SHOP__SHELVES="2").stderr
    assert "no effect while this holds: environment variable SHOP_SHOP__SHELVES" in told
    (project / "later.toml").write_text("[shop]\nshelves = 4\n", encoding="utf-8")
    both = ("--settings", "settings.toml", "--settings", "later.toml")
    told = run("set", "shop.shelves", "5", "--file", "settings.toml", *both, "--dry-run").stderr
    assert "no effect while this holds: file later.toml:2" in told
    assert "does not read other.toml" in run("set", "shop.shelves", "5", "--file", "other.toml").stderr
    assert "" == run("set", "shop.shelves", "5", "--file", "settings.toml").stderr


def test_line_ends_and_mark_stay(run: Run, project: Path) -> None:
    """A file of Windows is one afterwards."""
    (project / "settings.toml").write_bytes(b"\xef\xbb\xbf[shop]\r\nshelves = 3\r\n")
    run("set", "shop.shelves", "5", "shop.open", "no", "--file", "settings.toml")
    assert b"\xef\xbb\xbf[shop]\r\nshelves = 5\r\nopen = false\r\n" == (project / "settings.toml").read_bytes()


@pytest.mark.parametrize(("path", "value"), [("shop.key", "c4nary"), ("shop.login", '{"password": "c4nary"}')])
def test_a_secret_goes_into_files_of_secrets_only(run: Run, project: Path, path: str, value: str) -> None:
    """Elsewhere it is refused with the places where it may be; there, nobody else may read it."""
    result = run("set", path, value, "--file", "settings.toml")
    variable = f"SHOP_{path.replace('.', '__').upper()}"
    assert (2, True, True) == (result.exit_code, ".secrets.toml" in result.output, variable in result.output)
    assert "c4nary" not in result.output
    assert 0 == run("set", path, value, "--file", ".secrets.toml").exit_code
    if os.name == "posix":
        assert 0o600 == stat.S_IMODE((project / ".secrets.toml").stat().st_mode)
    assert 0 == run("set", path, value, "--file", "s.toml", "--secrets", "s.toml").exit_code or path != "shop.key"


def test_a_dry_run_shows_no_secret(run: Run, project: Path) -> None:
    """Neither what is written nor what stood there, in any environment, nor what nothing declares in a secrets file."""
    settings = project / "settings.toml"
    settings.write_text(
        '[shop]\nkey = "c4nary"\nname = "M"\n[other.shop.login]\npassword = "c4nary"\n', encoding="utf-8"
    )
    shown = run("set", "shop.shelves", "5", "--file", "settings.toml", "--dry-run").stdout
    assert ("c4nary" not in shown, True, True) == (True, 'name = "M"' in shown, "shelves = 5" in shown)
    (project / ".secrets.toml").write_text('[shop]\nkez = "c4nary"\n', encoding="utf-8")
    shown = run("set", "shop.key", "c4nary", "--file", ".secrets.toml", "--dry-run").stdout
    assert '[shop]\nkez = "••••"\nkey = "••••"\n' == shown


def test_an_undo_asks_one_question(run: Run, project: Path) -> None:
    """A revision together with an actor, or a moment, is refused, and nothing is undone."""
    for option in (("--of", "ann"), ("--since", "0")):
        result = run("undo", "1", *option)
        assert (2, True) == (result.exit_code, "not both" in result.output)


def test_a_store_is_no_place_for_a_sample(run: Run, project: Path) -> None:
    """Not even with --force: what is stored would be gone."""
    assert 0 == run("set", "shop.shelves", "5", "--store", "t.json").exit_code
    before = (project / "t.json").read_bytes()
    result = run("create-default", "t.json", "--force")
    assert (2, True) == (result.exit_code, "it is a store" in result.output), result.output
    assert before == (project / "t.json").read_bytes()
