"""The quickstart does what its README says."""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import cfgcore

HERE = Path(__file__).parent


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The application as a module, without variables of the surroundings."""
    for name in list(os.environ):
        if name.startswith("QUICKSTART_"):
            monkeypatch.delenv(name)
    monkeypatch.syspath_prepend(HERE)
    yield importlib.import_module("app")
    for name in ("app", "greeting"):
        del sys.modules[name]


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {name: text for name, text in os.environ.items() if not name.startswith("QUICKSTART_")}
    environ |= {"PYTHONUTF8": "1", "NO_COLOR": "1", **variables}
    return subprocess.run([sys.executable, *arguments], cwd=HERE, env=environ, capture_output=True, encoding="utf-8")


def test_it_is_small() -> None:
    """The application and its plugin have less than 60 lines together."""
    assert 60 > sum(len((HERE / name).read_text("utf-8").splitlines()) for name in ("app.py", "greeting.py"))


def test_it_greets() -> None:
    """It greets as settings.toml says."""
    assert "Hello, reader!\nHello, reader!\n" == run("app.py").stdout


def test_a_variable_overrides_the_file() -> None:
    """A variable wins over the file."""
    done = run("app.py", QUICKSTART_GREETING__NAME="night", QUICKSTART_GREETING__TIMES="1")
    assert "Hello, night!\n" == done.stdout


def test_a_mistake_is_told_without_a_traceback() -> None:
    """A wrong value ends the program with one line that names the variable, and no traceback."""
    done = run("app.py", QUICKSTART_GREETING__TIMES="many")
    assert (1, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith("QUICKSTART_GREETING__TIMES: greeting.times: 'many' is not a whole number")
    assert "Traceback" not in done.stderr


def test_the_command_knows_the_application() -> None:
    """In this folder `cfgcore show` is right without any option, and shows no secret."""
    done = run("-m", "cfgcore.cli", "show", QUICKSTART_GREETING__TIMES="3")
    assert (0, "") == (done.returncode, done.stderr)
    shown = [line.split() for line in done.stdout.splitlines()]
    assert ["greeting.name", "reader", "file", "settings.toml:2"] in shown
    assert ["greeting.times", "3", "environment", "variable", "QUICKSTART_GREETING__TIMES"] in shown
    assert "not-a-real-token" not in done.stdout


def test_it_reads_its_settings(app: ModuleType) -> None:
    """In process, the application's configuration is that of its folder."""
    with app.open_config() as config:
        assert ("reader", 2, False) == (config.greeting.name, config.greeting.times, config.greeting.shout)
        assert "not-a-real-token" == config.greeting.token


def test_an_override_holds_until_the_test_ends(
    app: ModuleType,
    cfgcore_override: Callable[[Mapping[str, Any]], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The fixture `cfgcore_override` puts values above files and variables, for configurations opened later too."""
    cfgcore_override({"greeting.name": "test", "greeting.times": 1, "greeting.shout": True})
    app.main()
    assert "HELLO, TEST!\n" == capsys.readouterr().out


def test_an_override_is_checked(app: ModuleType, cfgcore_override: Callable[[Mapping[str, Any]], None]) -> None:
    """A test cannot give a setting a value that no deployer could."""
    with app.open_config() as config:
        with pytest.raises(cfgcore.ValidationFailed, match="0 is less than 1"):
            cfgcore_override({"greeting.times": 0})
        assert 2 == config.greeting.times


def test_too_much_shouting_is_a_warning(app: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule of severity "warning" is reported and stops nothing."""
    monkeypatch.setenv("QUICKSTART_GREETING__TIMES", "4")
    monkeypatch.setenv("QUICKSTART_GREETING__SHOUT", "on")
    with app.open_config() as config:
        result = config.validate()
    assert result.is_valid
    assert [("short_shouting", 3)] == [(warning.code, warning.suggested) for warning in result.warnings]
