"""All sources in their order, and whether any of them changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cfgcore import CfgcoreError, Source, hookimpl
from cfgcore.declare.registry import Registry
from cfgcore.errors import PluginError
from cfgcore.layer.reading import SETTLED_NS, Reader, Signature, Sources, stamp

OLD = 1_600_000_000_000_000_000


def aged(file: Path, text: str) -> Path:
    """Write a file that was changed last a while ago."""
    file.write_text(text)
    os.utime(file, ns=(OLD, OLD))
    return file


class Sourced:
    """A plugin with one source."""

    name = "vault-plugin"

    def __init__(self, read: Callable[[], Any], layer: Any = "file") -> None:
        self._source = Source("vault", read, layer=layer)

    @hookimpl
    def cfgcore_sources(self) -> list[Source]:
        return [self._source]


def test_later_files_are_stronger(opened: Any) -> None:
    """In the order given, whatever their format."""
    files = {"b.toml": "[server]\nport = 1\nhost = 'x'\n", "a.json": '{"server": {"port": 2}}'}
    config = opened(files)
    assert (2, "x") == (config.server.port, config.server.host)


def test_the_default_names_may_be_absent(opened: Any) -> None:
    """Where nothing is named, settings files are read where they exist, then secrets."""
    assert 8000 == opened(settings_files=None).server.port
    files = {"settings.toml": "[server]\nport = 1\n", "settings.json": '{"server": {"port": 2}}'}
    assert 2 == opened(files, settings_files=None).server.port
    assert 3 == opened({**files, ".secrets.toml": "[server]\nport = 3\n"}, settings_files=None).server.port


def test_a_named_file_must_exist(refused: Any) -> None:
    """The message says so, and which names may be absent."""
    expected = "none.toml: the file does not exist; only the default names may be absent"
    assert expected == refused(settings_files=["none.toml"])
    assert "settings.toml: the file" in refused(settings_files="settings.toml")


@pytest.mark.parametrize("name", [".", "nul\0nul.toml", "a" * 5000 + ".toml"])
def test_a_name_that_is_no_file_is_an_error_and_no_traceback(refused: Any, name: str) -> None:
    """Whatever somebody passes as a settings file."""
    error = refused(settings_files=[name])
    assert "it is a folder, not a file" in error or "it cannot be read (" in error


def test_a_source_that_cannot_be_read_hides_no_other_problem(refused: Any) -> None:
    """And a required value is not called missing while a file is unread."""
    errors = refused(
        {"a.toml": "[server\n", "b.toml": "[server]\nport = 0\n"}, {"APP_CLIENT__RETRIES": "x"}
    ).splitlines()
    assert ["a.toml:1", "b.toml:2", "APP_CLIENT__RETRIES"] == [error.split(": ")[0] for error in errors]


def test_a_source_of_a_plugin_ranks_above_the_values_of_its_layer(opened: Any, plugin: object) -> None:
    """A source of the layer of files is below the variables, one of the environment above."""
    files, environ = {"a.toml": "[server]\nport = 1\nratio = 1.0\n"}, {"APP_SERVER__PORT": "2"}
    low = Sourced(lambda: {"server": {"port": 3, "ratio": 3.0}})
    config = opened(files, environ, plugins=[plugin, low])
    assert (2, 3.0) == (config.server.port, config.server.ratio)
    assert "source 'vault' of plugin 'vault-plugin'" == str(config.explain("server.ratio").origin)
    high = Sourced(lambda: {"server": {"port": 3}}, "environment")
    assert 3 == opened(files, environ, plugins=[plugin, high]).server.port


@pytest.mark.parametrize("text", ["@int 3", "@format {env[HOME]}", "@jinja {{ 1 }}", "@del", "@merge x", "@json {"])
@pytest.mark.parametrize("templates", [False, True])
def test_data_of_a_source_is_never_evaluated(opened: Any, plugin: object, text: str, templates: bool) -> None:
    """What comes from a network is data."""
    source = Sourced(lambda: {"server": {"host": text, "names": [text], "tags": {"a": text}}})
    server = opened(plugins=[plugin, source], templates=templates).server
    assert (text, (text,), {"a": text}) == (server.host, server.names, server.tags)


@pytest.mark.parametrize("error", [ValueError("boom"), RecursionError("boom"), SystemExit("boom")])
def test_a_source_that_fails_names_its_plugin(opened: Any, plugin: object, error: BaseException) -> None:
    """Also one that would end the application."""

    def fail() -> Any:
        raise error

    message = (
        f"plugin 'vault-plugin': source 'vault' failed: {type(error).__name__}: boom; mend it, or disable the plugin"
    )
    with pytest.raises(PluginError, match=message):
        opened(plugins=[plugin, Sourced(fail)])


@pytest.mark.parametrize("data", [None, [1], "server", 3])
def test_a_source_that_returns_no_mapping_names_its_plugin(opened: Any, plugin: object, data: Any) -> None:
    """And what it returned."""
    with pytest.raises(CfgcoreError, match=f"returned {type(data).__name__}, not a mapping of sections"):
        opened(plugins=[plugin, Sourced(lambda: data)])


def test_a_wrong_value_of_a_source_names_the_source(refused: Any, plugin: object) -> None:
    """As a wrong value of a file names the file; an unknown name too."""
    source = Sourced(lambda: {"server": {"port": "8", "prot": 1}})
    errors = refused(plugins=[plugin, source], unknown="error").splitlines()
    assert "'vault' of plugin 'vault-plugin': unknown setting 'server.prot'. Did you mean 'port'?" == errors[0]
    assert errors[1].startswith("'vault' of plugin 'vault-plugin': server.port: '8' is not a whole number")


def reader(registry: Registry, *files: Path, environ: Mapping[str, str] | None = None, **options: Any) -> Reader:
    environ = {} if environ is None else environ
    return Reader(registry, Sources(files=files, prefix="APP", environ=environ, **options))


def settle(signature: Signature) -> Signature:
    """Return the signature as it would be if all files had been left alone for a while."""
    return replace(signature, settled=True)


def test_nothing_changed(registry: Registry, tmp_path: Path) -> None:
    """Then nothing needs to be read; a variable that is no setting of ours changes nothing."""
    environ = {"APP_SERVER__PORT": "1", "HOME": "a"}
    file, absent = aged(tmp_path / "a.toml", "[server]\nport = 1\n"), tmp_path / "absent.toml"
    made = reader(registry, file, absent, environ=environ, optional=frozenset([absent]))
    signature = settle(made.read().signature)
    environ["HOME"] = "b"
    assert made.unchanged(signature)
    assert {file: stamp(file), absent: None} == signature.stamps


def rewrite(file: Path) -> None:
    file.write_text("[server]\nport = 2\n")
    os.utime(file, ns=(OLD, OLD))


def replace_atomically(file: Path) -> None:
    other = aged(file.with_name("new"), "[server]\nport = 2\n")
    os.replace(other, file)


@pytest.mark.parametrize(
    "change", [rewrite, replace_atomically, Path.unlink, lambda file: file.write_text("[server]\n")]
)
def test_a_file_that_changed_is_noticed(registry: Registry, tmp_path: Path, change: Any) -> None:
    """Rewritten to the same size with the old time, replaced, gone, shortened."""
    file = aged(tmp_path / "a.toml", "[server]\nport = 1\n")
    made = reader(registry, file)
    signature = settle(made.read().signature)
    assert made.unchanged(signature)
    change(file)
    assert not made.unchanged(signature)


def test_a_file_that_appears_is_noticed(registry: Registry, tmp_path: Path) -> None:
    """One of the default names, absent until now."""
    absent = tmp_path / "settings.toml"
    made = reader(registry, absent, optional=frozenset([absent]))
    signature = settle(made.read().signature)
    assert made.unchanged(signature)
    aged(absent, "")
    assert not made.unchanged(signature)


@pytest.mark.parametrize(
    "change", [{"APP_SERVER__PORT": "2"}, {"APP_SERVER__HOST": "x"}, {"DATABASE_URL": "x"}, {"APP_A": "1"}]
)
def test_a_variable_that_changed_is_noticed(registry: Registry, change: Mapping[str, str]) -> None:
    """Set anew, added, or one that a setting claims."""
    environ = {"APP_SERVER__PORT": "1"}
    made = reader(registry, environ=environ)
    signature = made.read().signature
    assert made.unchanged(signature)
    environ.update(change)
    assert not made.unchanged(signature)
    environ.clear()
    assert not made.unchanged(signature)


def test_files_that_variables_name_are_watched(registry: Registry, tmp_path: Path) -> None:
    """Also where the ``.env`` file names them, and the ``.env`` file itself."""
    value, other = aged(tmp_path / "value", "x"), aged(tmp_path / "other", "x")
    dotenv = aged(tmp_path / ".env", f"APP_SERVER__HOST_FILE={value}\n")
    made = reader(registry, environ={"APP_SERVER__URL_FILE": str(other), "APP_SERVER__TOKEN_FILE": ""}, dotenv=dotenv)
    signature = made.read().signature
    assert {value, other, dotenv} == set(signature.stamps)
    for file in (value, other, dotenv):
        signature = settle(made.read().signature)
        assert made.unchanged(signature)
        aged(file, "y=1")
        assert not made.unchanged(signature)


def test_a_file_that_was_just_written_is_read_again(registry: Registry, tmp_path: Path) -> None:
    """Within one tick of the clock it may change without its time or size showing it."""
    file = tmp_path / "a.toml"
    file.write_text("")
    made = reader(registry, file)
    assert not made.unchanged(made.read().signature)
    assert SETTLED_NS >= 1_000_000_000


@pytest.mark.parametrize("options", [{"templates": True}, {"secrets_dir": True}])
def test_what_cannot_be_watched_is_read_again(registry: Registry, tmp_path: Path, options: dict[str, Any]) -> None:
    """Templates may use any file and variable; a folder of secrets is links upon links."""
    if "secrets_dir" in options:
        options = {"secrets_dir": tmp_path}
    made = reader(registry, **options)
    assert not made.unchanged(settle(made.read().signature))


def test_a_reload_sees_every_change(opened: Any, tmp_path: Path) -> None:
    """What the signature promises holds for the whole configuration."""
    environ: dict[str, str] = {}
    config = opened({"a.toml": "[server]\nport = 1\n"}, environ)
    assert not config.reload()
    (tmp_path / "a.toml").write_text("[server]\nport = 2\n")
    assert config.reload()
    assert 2 == config.server.port
    environ["APP_SERVER__PORT"] = "3"
    assert ["server.port"] == [change.path for change in config.reload().effective]
    assert 3 == config.server.port
