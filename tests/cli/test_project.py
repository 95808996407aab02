"""An application's own arguments, in cfgcore.toml and pyproject.toml."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from cfgcore.cli.project import ProjectError, load_objects, project_arguments
from cfgcore.testing import override

Run = Callable[..., Result]


def test_plain_show_is_right(run: Run) -> None:
    """In a project's folder the commands know its files, prefix and plugins."""
    result = run("show", SHOP_SHOP__SHELVES="5")
    assert 0 == result.exit_code
    assert "Märkt" in result.stdout
    assert "environment variable SHOP_SHOP__SHELVES" in result.stdout


def test_from_a_folder_below(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearest cfgcore.toml upwards counts; its paths are relative to its own folder."""
    below = project / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert "Märkt\n" == run("get", "shop.name").stdout
    (project / "a" / "cfgcore.toml").write_text('plugin_group = ""\nplugin_folder = "../plugins"\n')
    assert "Corner\n" == run("get", "shop.name").stdout


def test_the_search_ends_at_a_repository(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder under version control of its own does not belong to the project around it."""
    below = project / "vendored"
    (below / ".git").mkdir(parents=True)
    assert {} == project_arguments(below)
    assert project == project_arguments(project)["folder"]


def test_pyproject(run: Run, project: Path) -> None:
    """[tool.cfgcore] says the same in pyproject.toml; a pyproject.toml without it is passed over."""
    text = (project / "cfgcore.toml").read_text()
    (project / "cfgcore.toml").unlink()
    (project / "pyproject.toml").write_text(f"[project]\nname = 'shop'\n[tool.cfgcore]\n{text}")
    assert "Märkt\n" == run("get", "shop.name").stdout
    below = project / "below"
    below.mkdir()
    (below / "pyproject.toml").write_text("[tool.ruff]\nline-length = 1\n")
    assert project == project_arguments(below)["folder"]


def test_cfgcore_toml_before_pyproject(project: Path) -> None:
    """Of both files in one folder, cfgcore.toml counts."""
    (project / "pyproject.toml").write_text('[tool.cfgcore]\nenv_prefix = "OTHER"\n')
    assert "SHOP" == project_arguments(project)["env_prefix"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("env_prefix = 5\n", "env_prefix: 5 is not text"),
        ("env_perfix = 'A'\n", "Did you mean 'env_prefix'?"),
        ("settings_files = 'a.toml'\n", "settings_files: 'a.toml' is not a list"),
        ("settings_files = [1]\n", "settings_files.0: 1 is not text"),
        ("unknown = 'maybe'\n", "unknown: 'maybe' is not one of"),
        ("templates = 'yes'\n", "templates: 'yes' is not true or false"),
        ("[plugins]\nx = 1\n", "plugins"),
        ("[env_prefix]\n", "env_prefix"),
        ("plugins = {}\n", "plugins"),
    ],
)
@pytest.mark.parametrize("name", ["cfgcore.toml", "pyproject.toml"])
def test_wrong_arguments(run: Run, project: Path, text: str, message: str, name: str) -> None:
    """A key or a type that cannot be is a wrong call, told with the file, the line and the key."""
    (project / "cfgcore.toml").unlink()
    head = "[tool.cfgcore]\n" if name == "pyproject.toml" else ""
    text = text.replace("[plugins]", "[tool.cfgcore.plugins]") if head else text
    text = text.replace("[env_prefix]", "[tool.cfgcore.env_prefix]") if head else text
    (project / name).write_text(head + text)
    for command in ("show", "doctor", "plugins", "schema"):
        result = run(command)
        assert 2 == result.exit_code
        assert name in result.stderr
        assert message in result.stderr
        assert "application" not in result.stderr


@pytest.mark.parametrize("data", [b"[", b"a = 1\na = 2\n", b"\xff", b"#" * (2 << 20), b"\x00"])
def test_broken_files(run: Run, project: Path, data: bytes) -> None:
    """A file that is no TOML is a wrong call, told with the file and its cause."""
    (project / "cfgcore.toml").write_bytes(data)
    result = run("show")
    assert 2 == result.exit_code
    assert "cfgcore.toml" in result.stderr


@pytest.mark.parametrize("text", ["[tool]\ncfgcore = 5\n", "tool = 5\n", "[[tool.cfgcore]]\n"])
def test_a_tool_table_that_is_none(run: Run, project: Path, text: str) -> None:
    """A [tool.cfgcore] that is no table is told with its line, and not passed over."""
    (project / "cfgcore.toml").unlink()
    (project / "pyproject.toml").write_text(text)
    result = run("show")
    assert 2 == result.exit_code
    assert "is not a table" in result.stderr


def test_the_line_is_told(run: Run, project: Path) -> None:
    """A wrong value in the file is told with its line."""
    (project / "cfgcore.toml").write_text("# first\nenv_prefix = 5\n")
    assert f"{project / 'cfgcore.toml'}:2: env_prefix: 5 is not text" in run("show").stderr


def test_a_folder_of_that_name(run: Run, project: Path) -> None:
    """A folder called cfgcore.toml is no file of arguments, and is passed over."""
    (project / "cfgcore.toml").unlink()
    (project / "cfgcore.toml").mkdir()
    assert {} == project_arguments(project)


def test_all_arguments(project: Path) -> None:
    """Everything that `cfgcore.open` takes and text can say is taken from the file."""
    (project / "cfgcore.toml").write_text(
        """
        settings_files = ["a.toml"]
        secrets_files = ["s.toml"]
        secrets_dir = "secrets"
        dotenv = ".env"
        env_prefix = "A"
        environment = "production"
        plugin_group = ""
        plugin_folder = "plugins"
        plugins = ["shop"]
        disable = ["x"]
        unknown = "error"
        templates = true
        """
    )
    assert {
        "settings_files": ("a.toml",),
        "secrets_files": ("s.toml",),
        "secrets_dir": "secrets",
        "dotenv": ".env",
        "env_prefix": "A",
        "environment": "production",
        "plugin_group": None,
        "plugin_folder": "plugins",
        "plugins": ("shop",),
        "disable": ("x",),
        "unknown": "error",
        "templates": True,
        "folder": project,
    } == project_arguments(project)


def test_tokens_are_data(project: Path) -> None:
    """Nothing in the file is evaluated."""
    (project / "cfgcore.toml").write_text("env_prefix = '@format {env[HOME]}'\n")
    assert "@format {env[HOME]}" == project_arguments(project)["env_prefix"]


def test_an_override_is_not_for_the_arguments(run: Run) -> None:
    """A test's override of the application's settings holds in a command that runs within it."""
    with override({"shop.name": "Fair"}):
        assert "Fair\n" == run("get", "shop.name").stdout


def test_plugins_by_import_name(project: Path) -> None:
    """Modules and objects in them are imported, from the project's folder as well."""
    (project / "own_shop_module.py").write_text("class Plugins:\n    one = object()\n")
    module, one = load_objects(["own_shop_module", "own_shop_module:Plugins.one"], project)
    assert one is module.Plugins.one  # type: ignore[attr-defined]
    del sys.modules["own_shop_module"]


@pytest.mark.parametrize(
    "text", ["raise SystemExit(0)", "1 / 0", "import no_such_module", "def", "raise RecursionError"]
)
def test_plugins_that_cannot_be_imported(run: Run, project: Path, text: str) -> None:
    """A plugin whose module fails is named, with its error, whatever that is."""
    (project / "failing_shop_module.py").write_text(text)
    with pytest.raises(ProjectError, match="'failing_shop_module' cannot be imported"):
        load_objects(["failing_shop_module"], project)
    for command in ("show", "plugins", "doctor"):
        result = run(command, "--plugin", "failing_shop_module")
        assert 2 == result.exit_code
        assert "failing_shop_module" in result.stderr
