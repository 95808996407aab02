"""What doctor looks at."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


def remarks(run: Run, code: int = 0, **environ: str) -> list[tuple[str, str, str]]:
    """What doctor remarks, as state, subject and message."""
    result = run("doctor", "--json", **environ)
    assert code == result.exit_code, result.output
    data = json.loads(result.stdout)
    assert {"healthy", "remarks"} == set(data)
    assert (code == 0) is data["healthy"]
    assert [{"state", "about", "message"}] * len(data["remarks"]) == [set(remark) for remark in data["remarks"]]
    return [(remark["state"], remark["about"], remark["message"]) for remark in data["remarks"]]


def said(found: list[tuple[str, str, str]], about: str, state: str) -> str:
    """The messages of one subject and state."""
    return "\n".join(message for at, subject, message in found if (at, subject) == (state, about))


def test_a_healthy_project(run: Run) -> None:
    """Plugins, files, variables and values are looked at, and found well."""
    found = remarks(run)
    assert "1 loaded, 1 sections, 8 settings" in said(found, "plugins", "ok")
    assert "settings.toml is read" in said(found, "files", "ok")
    assert "with the prefix SHOP_" in said(found, "variables", "ok")
    assert "the configuration is valid" == said(found, "values", "ok")


def test_in_words(run: Run) -> None:
    """Each remark is a line that begins with its state."""
    lines = run("doctor").stdout.splitlines()
    assert {"ok", "note"} == {line.split()[0] for line in lines}


def test_wrong_values(run: Run) -> None:
    """Every problem of the values is an error or a warning of the examination."""
    found = remarks(run, 1, SHOP_SHOP__SHELVES="99", SHOP_SHOP__NMAE="x")
    assert "shop.shelves: 99 is more than 9" in said(found, "values", "error")
    assert "Did you mean 'name'?" in said(found, "values", "warning")
    assert "" == said(found, "values", "ok")


def test_a_wrong_file(run: Run, project: Path) -> None:
    """A file that cannot be read is found, and everything else is looked at nevertheless."""
    (project / "settings.toml").write_text("[shop\n")
    found = remarks(run, 1)
    assert "settings.toml:1" in said(found, "values", "error")
    assert "1 loaded" in said(found, "plugins", "ok")


def test_an_absent_file(run: Run, project: Path) -> None:
    """A named file that does not exist is an error."""
    (project / "settings.toml").unlink()
    assert "settings.toml does not exist" in said(remarks(run, 1), "files", "error")


def test_no_settings_file(run: Run, project: Path) -> None:
    """Where no default file exists, the names that would be read are told."""
    text = (project / "cfgcore.toml").read_text().replace('settings_files = ["settings.toml"]', "")
    (project / "cfgcore.toml").write_text(text)
    (project / "settings.toml").unlink()
    assert "settings.yaml" in said(remarks(run), "files", "note")


def test_a_plugin_that_fails(run: Run, project: Path) -> None:
    """A plugin that cannot be loaded is an error; the others are examined."""
    (project / "plugins" / "broken.py").write_text("1 / 0\n")
    found = remarks(run, 1)
    assert "broken.py" in said(found, "plugins", "error")
    assert "the configuration is valid" == said(found, "values", "ok")


def test_variables_that_are_no_settings(run: Run) -> None:
    """Variables that Kubernetes injects, and those of Dynaconf, are noted as having no effect."""
    environ = {"SHOP_PORT": "tcp://10.0.0.1:80", "ENV_FOR_DYNACONF": "x", "DYNACONF_SHOP__NAME": "x"}
    notes = said(remarks(run, **environ), "variables", "note")
    for name in environ:
        assert name in notes


def test_files_that_have_no_effect(run: Run, project: Path) -> None:
    """A .local file and a dynaconf_hooks.py beside a settings file are noted."""
    (project / "settings.local.toml").write_text("")
    (project / "dynaconf_hooks.py").write_text("")
    notes = said(remarks(run), "files", "note")
    assert "settings.local.toml is not read" in notes
    assert "dynaconf_hooks.py is not run" in notes


def test_profiles_of_absent_plugins(run: Run) -> None:
    """Profiles that a setting of no installed plugin selects are noted."""
    assert "street.side selects profiles" in said(remarks(run), "profiles", "note")


def test_a_disabled_name_that_is_none(run: Run) -> None:
    """A plugin to disable that does not exist is a warning."""
    data = json.loads(run("doctor", "--json", "--disable", "shpo").stdout)
    assert any("Did you mean 'shop'?" in remark["message"] for remark in data["remarks"])


@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
def test_secrets_that_others_can_read(run: Run, project: Path) -> None:
    """A file of secrets that others can read is a warning with the remedy."""
    secrets = project / "my.secrets.toml"
    secrets.write_text("")
    (project / "cfgcore.toml").write_text(
        (project / "cfgcore.toml").read_text() + 'secrets_files = ["my.secrets.toml"]\n'
    )
    secrets.chmod(0o644)
    assert "chmod 600" in said(remarks(run), "files", "warning")
    secrets.chmod(0o600)
    assert "" == said(remarks(run), "files", "warning")
