"""Why a value is what it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import Profile, Source, UnknownPath, hookimpl, section, setting, subsection


@subsection
class Login:
    user: str = setting("root")
    password: str | None = setting(None, secret=True)


@section("server", aliases=("srv",))
class Server:
    port: int = setting(8000, minimum=1, maximum=65535, unit="port", help="Where to listen.", renamed_from="listen")
    names: tuple[str, ...] = ()
    limits: Mapping[str, int] = setting({})
    login: Login | None = None
    logins: tuple[Login, ...] = ()
    token: str | None = setting(None, secret=True)
    size: str = setting("small")
    workers: int = 1


class Plugin:
    name = "acme"

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        self.data = data

    @hookimpl
    def cfgcore_sections(self) -> list[Any]:
        return [Server]

    @hookimpl
    def cfgcore_profiles(self) -> list[Profile]:
        return [Profile("server.size", "big", {"server.workers": 16})]

    @hookimpl
    def cfgcore_sources(self) -> list[Source]:
        return [] if self.data is None else [Source("vault", lambda: {"server": self.data})]


def opened(file: Path, text: str = "", data: Mapping[str, Any] | None = None, **environ: str) -> cfgcore.Config:
    file.write_text(text)
    return cfgcore.open(
        settings_files=[file], plugins=[Plugin(data)], plugin_group=None, environ=environ, env_prefix="APP"
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_what_every_layer_said(file: Path) -> None:
    """Each layer's value is told with its origin, weakest first; the last one holds."""
    explanation = opened(file, "[server]\n\nport = 8100\n", APP_SERVER__PORT="9000").explain("server.port")
    assert [
        ("default", 8000, "default of plugin 'acme'"),
        ("file", 8100, f"file {file}:3"),
        ("environment", 9000, "environment variable APP_SERVER__PORT"),
    ] == [(said.layer, said.value, str(said.origin)) for said in explanation.said]
    assert ("server.port", 9000, "environment variable APP_SERVER__PORT") == (
        explanation.path,
        explanation.value,
        str(explanation.origin),
    )
    assert ("Where to listen.", "port", "a whole number, 1 to 65535") == (
        explanation.help,
        explanation.unit,
        explanation.expects,
    )
    assert "server.port = 9000 (environment variable APP_SERVER__PORT)" == str(explanation)


def test_a_default_is_explained_by_its_plugin(file: Path) -> None:
    """Where nothing sets a setting, its default's plugin is the origin."""
    assert "default of plugin 'acme'" == str(opened(file).explain("server.port").origin)


@pytest.mark.parametrize("name", ["server.port", "SRV.PORT", "srv.port", "server.listen"])
def test_any_name_of_a_setting(file: Path, name: str) -> None:
    """Aliases, former names and capitals lead to the setting."""
    assert "server.port" == opened(file).explain(name).path


def test_a_profile_is_an_origin(file: Path) -> None:
    """A value that a profile gave names the selection."""
    explanation = opened(file, "[server]\nsize = 'big'\n").explain("server.workers")
    assert (16, "profile server.size = big") == (explanation.value, str(explanation.origin))


def test_the_origin_is_what_changes_the_value(file: Path) -> None:
    """Changing what the origin names changes the value, layer by layer down to the default."""
    environ = {"APP_SERVER__PORT": "9000"}
    with opened(file, "[server]\nport = 8100\n") as config:
        assert f"file {file}:2" == str(config.explain("server.port").origin)
        file.write_text("[server]\nport = 8200\n")
        config.reload()
        assert 8200 == config.server.port
    with opened(file, "[server]\nport = 8100\n", **environ) as config:
        file.write_text("[server]\nport = 8200\n")
        assert not config.reload()
        assert 9000 == config.server.port


@pytest.mark.parametrize(
    ("path", "value"),
    [("server.limits.cpu", 2), ("server.names.1", "b"), ("server.logins.0.user", "ada"), ("server.login.user", "bob")],
)
def test_paths_below_a_setting(file: Path, path: str, value: Any) -> None:
    """A path may lead into a table, a list or a group; what was said is what was said of that path."""
    text = "[server]\nnames = ['a', 'b']\nlimits = {cpu = 2}\nlogins = [{user = 'ada'}]\nlogin = {user = 'bob'}\n"
    explanation = opened(file, text).explain(path)
    assert value == explanation.value
    assert [value] == [said.value for said in explanation.said if said.layer == "file"]


def test_a_group_that_is_not_there(file: Path) -> None:
    """Of a setting in a group that is None, the value is None."""
    assert None is opened(file).explain("server.login.user").value


@pytest.mark.parametrize(
    "path", ["server", "server.prot", "sever.port", "server.limits.cpu", "server.names.0", "", "server.port.x", "."]
)
def test_what_names_no_setting(file: Path, path: str) -> None:
    """A path that names no setting, or nothing in a table or list, raises."""
    with pytest.raises(UnknownPath):
        opened(file).explain(path)


def test_secrets_are_dots(file: Path) -> None:
    """A secret, and what is around one, shows dots, whatever the layers said; one that is not set shows None."""
    text = "[server]\ntoken = 'c4nary1'\nlogin = 'c4nary2'\nlogins = [{password = 'c4nary3', user = 'ada'}]\n"
    assert None is opened(file).explain("server.token").value
    login = '@json {"password": "c4nary4"}'
    with opened(file, text, {"logins": [{"password": "c4nary5", "user": "bob"}]}, APP_SERVER__LOGIN=login) as config:
        for path in (
            "server.token",
            "server.login",
            "server.login.user",
            "server.login.password",
            "server.logins",
            "server.logins.0",
            "server.logins.0.user",
            "server.logins.0.password",
        ):
            assert "c4nary" not in repr(config.explain(path))
        assert "••••" == config.explain("server.token").value
        assert [{"user": "bob", "password": "••••"}] == config.explain("server.logins").value
