"""The command that makes a settings file to begin with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

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
    assert forced.stdout.endswith("What was there is kept as settings.toml.backup-1.\n")
    assert before == (project / "settings.toml.backup-1").read_bytes()


def test_a_dry_run_prints_the_file(run: Run, project: Path) -> None:
    """Nothing is written."""
    text = run("create-default", "new.yaml", "--dry-run", "--schema", "s.json").stdout
    assert text.startswith("# yaml-language-server: $schema=s.json\n")
    assert not (project / "new.yaml").exists()


def test_as_json(run: Run) -> None:
    """A program gets the file, its backup, and how much is in it."""
    data = json.loads(run("create-default", "new.json", "--json").stdout)
    assert {"file": "new.json", "backup": None, "settings": 10} == data
