"""From an application's arguments to plugins, sources and a checked configuration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import cfgcore
from cfgcore import (
    CfgcoreError,
    DeclarationError,
    PluginError,
    Profile,
    ValidationFailed,
    hookimpl,
    section,
    setting,
)
from cfgcore.opening import load_plugins, sources_for


@section("server")
class Server:
    port: int = setting(8000, minimum=1, maximum=65535)
    host: str = setting("localhost")
    token: str | None = setting(None, secret=True)
    size: str = setting("small")
    workers: int = setting(1)


class Plugin:
    name = "acme"

    @hookimpl
    def cfgcore_sections(self) -> list[Any]:
        return [Server]

    @hookimpl
    def cfgcore_profiles(self) -> list[Profile]:
        return [Profile("server.size", "big", {"server.workers": 16})]


def opened(folder: Path, **how: Any) -> cfgcore.Config:
    how = {"environ": {}, "env_prefix": "APP", "plugins": [Plugin()], "plugin_group": None} | how
    return cfgcore.open(folder=folder, **how)


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")


def test_the_program_of_the_readme(tmp_path: Path) -> None:
    """Files, variables and defaults make one typed configuration that knows where every value came from."""
    write(tmp_path, {"settings.toml": "[server]\nport = 8100\n"})
    environ = {"APP_SERVER__PORT": "9000", "APP_PORT": "tcp://10.0.0.1:80"}
    with opened(tmp_path, settings_files=["settings.toml"], environ=environ) as config:
        assert 9000 == config.server.port == config[Server].port
        assert "environment variable APP_SERVER__PORT" == str(config.explain("server.port").origin)
        assert config.validate().is_valid
        assert () == config.warnings


def test_files_in_their_order(tmp_path: Path) -> None:
    """A later settings file is above an earlier one, and secrets are above both."""
    write(tmp_path, {"a.toml": "[server]\nport = 1\nhost = 'a'\n", "b.yaml": "server:\n  port: 2\n"})
    write(tmp_path, {"s.json": '{"server": {"token": "t", "size": "s"}}', "x.toml": "[server]\nsize = 'x'\n"})
    with opened(tmp_path, settings_files=["a.toml", "x.toml", "b.yaml"], secrets_files="s.json") as config:
        assert (2, "a", "t", "s") == (config.server.port, config.server.host, config.server.token, config.server.size)


@pytest.mark.parametrize("name", ["settings.toml", "settings.yaml", "settings.yml", "settings.json", ".secrets.toml"])
def test_default_names(tmp_path: Path, name: str) -> None:
    """Without settings_files, those of the default names that exist in the folder are read."""
    text = {"json": '{"server": {"port": 7}}', "toml": "[server]\nport = 7\n"}
    write(tmp_path, {name: text.get(name.rpartition(".")[2], "server:\n  port: 7\n")})
    with opened(tmp_path) as config:
        assert 7 == config.server.port


def test_named_files_replace_the_default_names(tmp_path: Path) -> None:
    """Files that are named are the only ones read; an empty list reads none."""
    write(tmp_path, {"settings.toml": "[server]\nport = 7\n", ".secrets.toml": "[server]\nport = 8\n"})
    with opened(tmp_path, settings_files=[]) as config:
        assert 8000 == config.server.port


@pytest.mark.parametrize("argument", ["settings_files", "secrets_files", "dotenv", "secrets_dir"])
def test_named_files_must_exist(tmp_path: Path, argument: str) -> None:
    """Whatever is named and does not exist is an error that names it."""
    with pytest.raises(ValidationFailed, match=r"absent\.toml.*(not exist|cannot be read)"):
        opened(tmp_path, **{argument: "absent.toml"})


@pytest.mark.parametrize("argument", ["settings_files", "secrets_files", "dotenv"])
def test_a_folder_is_no_file(tmp_path: Path, argument: str) -> None:
    """A folder in the place of a file is an error that says so."""
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ValidationFailed, match="folder, not a file"):
        opened(tmp_path, **{argument: "folder.toml"})


def test_paths_are_relative_to_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative paths count from the folder, which is the current one unless given; absolute ones are themselves."""
    write(tmp_path, {"in/a.toml": "[server]\nport = 7\n", "b.toml": "[server]\nhost = 'b'\n"})
    with opened(tmp_path / "in", settings_files=["a.toml", tmp_path / "b.toml"]) as config:
        assert (7, "b") == (config.server.port, config.server.host)
    monkeypatch.chdir(tmp_path / "in")
    with cfgcore.open(settings_files="a.toml", plugins=[Plugin()], plugin_group=None, environ={}) as config:
        assert 7 == config.server.port
        assert "a.toml:2" == config.explain("server.port").origin.place


@pytest.mark.parametrize(
    "environment", ["production", "PRODUCTION", ["production"], "production,extra", " production "]
)
def test_environments(tmp_path: Path, environment: Any) -> None:
    """The tables of the named environments count above [default]; one is named by text, several by a list or commas."""
    text = "[default.server]\nport = 1\nhost = 'd'\n[production.server]\nport = 2\n[staging.server]\nport = 3\n"
    write(tmp_path, {"settings.toml": text})
    with opened(tmp_path, environment=environment) as config:
        assert (2, "d") == (config.server.port, config.server.host)


def test_an_environment_cannot_be_a_section(tmp_path: Path) -> None:
    """An environment that has the name of a section would be ambiguous, and is refused."""
    with pytest.raises(CfgcoreError, match="'server' has the name of a section"):
        opened(tmp_path, environment="server")


def test_sources_of_secrets(tmp_path: Path) -> None:
    """A folder of secrets, a variable that names a file, and a .env file each set a secret, with their origin."""
    write(tmp_path, {"secrets/server__token": "one\n", "two": "two\n", ".env": "APP_SERVER__TOKEN=three\n"})
    for how, token, origin in (
        ({"secrets_dir": "secrets"}, "one", f"secret file {tmp_path / 'secrets' / 'server__token'}"),
        ({"environ": {"APP_SERVER__TOKEN_FILE": str(tmp_path / "two")}}, "two", "APP_SERVER__TOKEN_FILE"),
        ({"dotenv": ".env"}, "three", ".env:1"),
        ({"dotenv": ".env", "environ": {"APP_SERVER__TOKEN": "four"}}, "four", "APP_SERVER__TOKEN"),
    ):
        with opened(tmp_path, **how) as config:
            assert token == config.server.token
            assert origin in str(config.explain("server.token").origin)


@pytest.mark.parametrize("prefix", ["", "APP_", "A-B", "A B", "Ä", "_", None, "APP\n"])
def test_prefixes_that_cannot_be(tmp_path: Path, prefix: Any) -> None:
    """A prefix that is not made of letters, digits and single ends is refused with an example."""
    with pytest.raises(CfgcoreError, match="APP gives APP_SECTION__SETTING"):
        opened(tmp_path, env_prefix=prefix)


def test_a_prefix_in_small_letters(tmp_path: Path) -> None:
    """A prefix stands for its capitals."""
    with opened(tmp_path, env_prefix="app", environ={"APP_SERVER__PORT": "7"}) as config:
        assert 7 == config.server.port


def test_unknown_names(tmp_path: Path) -> None:
    """Unknown names are warnings, or errors where the application says so; nothing else can be said."""
    environ = {"APP_SERVER__PROT": "1"}
    with opened(tmp_path, environ=environ) as config:
        assert ["unknown"] == [warning.code for warning in config.warnings]
    with pytest.raises(ValidationFailed, match="Did you mean 'port'"):
        opened(tmp_path, environ=environ, unknown="error")
    with pytest.raises(CfgcoreError, match="neither 'warn' nor 'error'"):
        opened(tmp_path, unknown="ignore")


def test_templates_must_be_allowed(tmp_path: Path) -> None:
    """Templates in files and variables are refused unless the application enables them."""
    environ = {"APP_SERVER__HOST": "@format {env[NAME]}.org", "NAME": "example"}
    with pytest.raises(ValidationFailed, match="templates"):
        opened(tmp_path, environ=environ)
    with opened(tmp_path, environ=environ, templates=True) as config:
        assert "example.org" == config.server.host


def test_plugins_of_every_kind(tmp_path: Path) -> None:
    """Objects, classes and single-file plugins of a folder are loaded, and left out by name."""
    write(
        tmp_path,
        {
            "plugins/extra.py": """
                from cfgcore import hookimpl, section

                @section("extra")
                class Extra:
                    port: int = 1

                @hookimpl
                def cfgcore_sections():
                    return [Extra]
                """,
            "plugins/_hidden.py": "raise SystemExit",
        },
    )
    for plugin in (Plugin, Plugin()):
        with opened(tmp_path, plugins=[plugin], plugin_folder="plugins") as config:
            assert ["server", "extra", "policies"] == list(config.view)
    for disable in ("extra", ["extra"], ("extra", "extra")):
        with opened(tmp_path, plugin_folder="plugins", disable=disable) as config:
            assert ["server", "policies"] == list(config.view)


def test_a_plugin_that_fails_is_named_or_skipped(tmp_path: Path) -> None:
    """A plugin that cannot be imported is an error with its file; the others still load if asked."""
    write(tmp_path, {"plugins/broken.py": "raise SystemExit(3)\n"})
    with pytest.raises(PluginError, match=r"broken\.py.*SystemExit"):
        opened(tmp_path, plugin_folder="plugins")
    with opened(tmp_path, plugin_folder="plugins", on_plugin_error="skip") as config:
        assert ["server", "policies"] == list(config.view)
        assert 1 == len(config.plugins.failures)
    with pytest.raises(PluginError, match="does not exist"):
        opened(tmp_path, plugin_folder="absent")


def test_two_plugins_of_one_section(tmp_path: Path) -> None:
    """Two plugins that declare one section are both named."""

    class Twin(Plugin):
        name = "twin"

    with pytest.raises(DeclarationError, match="'acme' and 'twin'"):
        opened(tmp_path, plugins=[Plugin(), Twin()])


def test_no_plugins(tmp_path: Path) -> None:
    """A configuration without plugins is empty, and valid."""
    with opened(tmp_path, plugins=[]) as config:
        assert ["policies"] == list(config.view)
        assert not config.reload()


def test_the_environment_is_read_where_none_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `environ` the process's own variables count, as they are at each reload."""
    monkeypatch.setenv("APP_SERVER__PORT", "7")
    with opened(tmp_path, environ=None) as config:
        assert 7 == config.server.port
        monkeypatch.setenv("APP_SERVER__PORT", "8")
        assert config.reload()
        assert 8 == config.server.port


def test_a_profile_ranks_below_what_selected_it(tmp_path: Path) -> None:
    """A profile's values give way to explicit ones of the layer that selected it, and are above weaker layers."""
    write(tmp_path, {"settings.toml": "[server]\nsize = 'big'\n"})
    with opened(tmp_path) as config:
        assert 16 == config.server.workers
    write(tmp_path, {"settings.toml": "[server]\nsize = 'big'\nworkers = 3\n"})
    with opened(tmp_path) as config:
        assert 3 == config.server.workers
    with opened(tmp_path, environ={"APP_SERVER__SIZE": "big"}) as config:
        assert 16 == config.server.workers


def test_loading_without_reading() -> None:
    """Plugins are loaded, and sources told, without any value being read."""
    found, registry = load_plugins(plugins=[Plugin()], plugin_group=None)
    assert ["acme"] == found.names
    assert ["server", "policies"] == list(registry.sections)
    sources = sources_for(registry, settings_files="absent.toml", environ={})
    assert (Path("absent.toml"),) == sources.files
    assert frozenset() == sources.optional
