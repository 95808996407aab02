"""The options by which every command is told whose configuration it is about."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]

OTHER = """
from cfgcore import hookimpl, section, setting


@section("street")
class Street:
    side: str = setting("right")


class Plugin:
    name = "street"

    @hookimpl
    def cfgcore_sections(self):
        return [Street]
"""


def value(run: Run, path: str, *arguments: str, **environ: str) -> object:
    result = run("get", path, "--json", *arguments, **environ)
    assert 0 == result.exit_code, result.output
    return json.loads(result.stdout)


def test_settings_win_over_the_file(run: Run, project: Path) -> None:
    """--settings replaces the project's settings files; given again, the later file is above."""
    (project / "a.toml").write_text("[shop]\nname = 'A'\nshelves = 4\n")
    (project / "b.json").write_text('{"shop": {"name": "B"}}')
    assert "A" == value(run, "shop.name", "--settings", "a.toml")
    assert "B" == value(run, "shop.name", "--settings", "a.toml", "--settings", "b.json")
    assert 4 == value(run, "shop.shelves", "--settings", "a.toml", "--settings", "b.json")
    assert "A" == value(run, "shop.name", "--settings", "b.json", "--settings", "a.toml")


def test_paths_count_from_the_current_folder(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is named on the command line is relative to where one stands, not to the project."""
    (project / "below").mkdir()
    (project / "below" / "a.toml").write_text("[shop]\nname = 'A'\n")
    monkeypatch.chdir(project / "below")
    assert "A" == value(run, "shop.name", "--settings", "a.toml")
    assert "Märkt" == value(run, "shop.name", "--settings", str(project / "settings.toml"))


def test_a_named_file_that_is_absent(run: Run) -> None:
    """A named file that does not exist is an error that names it."""
    result = run("show", "--settings", "absent.toml")
    assert 1 == result.exit_code
    assert "absent.toml" in result.stderr


def test_secrets(run: Run, project: Path) -> None:
    """--secrets names files above the settings."""
    (project / "s.toml").write_text("[shop]\nname = 'S'\n")
    assert "S" == value(run, "shop.name", "--secrets", "s.toml")


def test_env_prefix_wins_over_the_file(run: Run) -> None:
    """--env-prefix says whose variables count."""
    environ = {"SHOP_SHOP__SHELVES": "5", "MALL_SHOP__SHELVES": "6"}
    assert 5 == value(run, "shop.shelves", **environ)
    assert 6 == value(run, "shop.shelves", "--env-prefix", "mall", **environ)


def test_environment(run: Run, project: Path) -> None:
    """--environment says whose tables count."""
    (project / "settings.toml").write_text("[default.shop]\nshelves = 4\n[production.shop]\nshelves = 5\n")
    assert 5 == value(run, "shop.shelves", "--environment", "production")
    assert 4 == value(run, "shop.shelves", "--environment", "staging")
    (project / "cfgcore.toml").write_text((project / "cfgcore.toml").read_text() + "environment = 'production'\n")
    assert 5 == value(run, "shop.shelves")
    assert 4 == value(run, "shop.shelves", "--environment", "staging")


def test_plugins_join_those_of_the_file(run: Run, project: Path) -> None:
    """--plugin loads one more, by import name; --disable leaves one out."""
    (project / "street_options_module.py").write_text(OTHER)
    plugin = ("--plugin", "street_options_module:Plugin")
    assert "right" == value(run, "street.side", *plugin)
    assert "Märkt" == value(run, "shop.name", *plugin)
    assert 2 == run("get", "shop.name", *plugin, "--disable", "shop").exit_code


def test_unknown(run: Run) -> None:
    """--unknown error makes unknown names errors."""
    assert 0 == run("validate", SHOP_SHOP__NMAE="x").exit_code
    assert 1 == run("validate", "--unknown", "error", SHOP_SHOP__NMAE="x").exit_code


def test_plugin_group(run: Run) -> None:
    """--plugin-group names the entry points that count, '' none."""
    for group in ("", "cfgcore.no.such.group"):
        assert "Märkt" == value(run, "shop.name", "--plugin-group", group)


def test_without_a_project(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder of no project the options say everything, and without any there is nothing to show."""
    empty = tmp_path / "empty"
    (empty / ".git").mkdir(parents=True)
    monkeypatch.chdir(empty)
    result = run("show", "--plugin-group", "")
    assert (0, True) == (result.exit_code, "No plugin declares a setting" in result.stdout)
    assert all(path.startswith("policies.") for path in json.loads(run("show", "--json", "--plugin-group", "").stdout))
    assert "No plugins" in run("plugins", "--plugin-group", "").stdout


def test_warnings_go_to_standard_error(run: Run) -> None:
    """A warning does not stand between the values that another program reads."""
    result = run("get", "shop.name", SHOP_SHOP__NMAE="x")
    assert (0, "Märkt\n") == (result.exit_code, result.stdout)
    assert "warning" in result.stderr
