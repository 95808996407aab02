"""Settings overridden for the time of a test."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import UnknownPath, ValidationFailed, Violation, hookimpl, rule, section, setting, subsection
from cfgcore.testing import override


@subsection
class Login:
    user: str = setting("root")


@section("server", aliases=("srv",))
class Server:
    port: int = setting(8000, minimum=1, maximum=65535)
    names: tuple[str, ...] = ()
    limits: Mapping[str, int] = setting({"cpu": 1})
    login: Login = Login()
    token: str | None = setting(None, secret=True)
    required: str | None = setting(None)


@section("client")
class Client:
    retries: int = setting(3)


def low_ports_need_root(port: int, user: str) -> Violation | None:
    return Violation("low ports are for root") if port < 1024 and user != "root" else None


@dataclass
class Plugin:
    """A plugin of one section that remembers what it is told."""

    cls: Any = Server

    def __post_init__(self) -> None:
        self.events: list[cfgcore.Event] = []

    @hookimpl
    def cfgcore_sections(self) -> list[Any]:
        return [self.cls]

    @hookimpl
    def cfgcore_rules(self) -> list[Any]:
        return [rule(("server.port", "server.login.user"), low_ports_need_root)]

    @hookimpl
    def cfgcore_changed(self, event: cfgcore.Event) -> None:
        self.events.append(event)


def opened(plugin: Plugin | None = None, **how: Any) -> cfgcore.Config:
    how = {"settings_files": [], "environ": {}, "env_prefix": "APP"} | how
    return cfgcore.open(plugins=[plugin or Plugin()], plugin_group=None, **how)


@pytest.fixture(autouse=True)
def _no_config_is_left() -> None:
    """Configurations of other tests that nobody closed are gone."""
    gc.collect()


def test_it_stands_above_all_layers() -> None:
    """An override is stronger than a variable, says so, and ends with its block."""
    with opened(environ={"APP_SERVER__PORT": "9000"}) as config:
        with override({"server.port": 5}):
            assert 5 == config.server.port
            assert ("user", 5) == (config.explain("server.port").said[-1].layer, config.explain("server.port").value)
            assert "override in a test" == str(config.explain("server.port").origin)
        assert 9000 == config.server.port
        assert "environment variable APP_SERVER__PORT" == str(config.explain("server.port").origin)


@pytest.mark.parametrize(
    ("path", "value", "read"),
    [
        ("server.names", ["a", "b"], ("a", "b")),
        ("server.limits", {"mem": 2}, {"mem": 2}),
        ("server.limits.mem", 2, {"cpu": 1, "mem": 2}),
        ("server.login", Login(user="ada"), Login(user="ada")),
        ("server.login.user", "ada", Login(user="ada")),
        ("SRV.names", ("a",), ("a",)),
    ],
)
def test_any_value_by_any_path(path: str, value: Any, read: Any) -> None:
    """Values may be as a section holds them or plain; paths may lead into groups and tables."""
    setting_name = path.lower().split(".")[1]
    with opened() as config, override({path: value}):
        assert read == getattr(config.server, setting_name)


def test_nested() -> None:
    """Overrides may be nested; the inner one is stronger, and each end brings back what was before it."""
    with opened() as config:
        with override({"server.port": 1, "server.names": ["a"]}):
            with override({"server.port": 2}):
                assert (2, ("a",)) == (config.server.port, config.server.names)
            assert (1, ("a",)) == (config.server.port, config.server.names)
        assert (8000, ()) == (config.server.port, config.server.names)


@pytest.mark.parametrize(
    "values",
    [
        {"server.port": 0},
        {"server.port": "many", "server.names": ["a"]},
        {"server.port": 80, "server.login.user": "ada"},
        {"server.login": {"user": 5}},
    ],
)
def test_an_invalid_override_changes_nothing(values: dict[str, Any]) -> None:
    """What would be refused in a file is refused here, and everything stays as it was."""
    with opened() as config, override({"server.port": 9000}):
        view = config.view
        with pytest.raises(ValidationFailed), override(values):
            raise AssertionError("the block ran")
        assert view is config.view
        assert "override in a test" == str(config.explain("server.port").origin)


@pytest.mark.parametrize("path", ["server.prot", "server", "server.port.x", 5])
def test_unknown_paths(path: Any) -> None:
    """A path that names no setting is refused, with what was probably meant, and everything stays as it was."""
    with opened() as config:
        view = config.view
        with pytest.raises(UnknownPath), override({"server.names": ["a"], path: 1}):
            raise AssertionError("the block ran")
        assert view is config.view
        assert config.validate().is_valid


@pytest.mark.parametrize("path", ["sever.port", ""])
def test_a_section_that_nobody_opened_is_told_at_the_end(path: str) -> None:
    """It may belong to a configuration that is opened within the block; if none was, it was misspelt."""
    with opened() as config:
        view = config.view
        with pytest.raises(UnknownPath, match="no configuration that was open meanwhile"), override({path: 1}):
            assert view is config.view
        assert config.validate().is_valid


def test_configurations_opened_meanwhile() -> None:
    """A configuration that is opened within the block is overridden as well."""
    with override({"server.port": 5}), opened() as config:
        assert 5 == config.server.port
    with opened() as config:
        assert 8000 == config.server.port


def test_several_configurations() -> None:
    """Every open configuration that has the setting is overridden; the others are left alone."""
    with opened() as first, opened() as second, opened(Plugin(Client)) as other:
        with override({"server.port": 5}):
            assert (5, 5, 3) == (first.server.port, second.server.port, other.client.retries)
            with opened(Plugin(Client)) as later:
                assert 3 == later.client.retries
        assert (8000, 8000) == (first.server.port, second.server.port)


def test_a_closed_configuration_is_left_alone() -> None:
    """Whoever closed a configuration reads what it said then."""
    with opened() as config:
        pass
    with opened(), override({"server.port": 5}):
        assert 8000 == config.server.port


def test_an_exception_ends_the_override() -> None:
    """A test that fails leaves no override behind."""
    with opened() as config:
        with pytest.raises(ZeroDivisionError), override({"server.port": 5}):
            raise ZeroDivisionError
        assert 8000 == config.server.port


def test_listeners_hear_of_it() -> None:
    """Plugins are told what an override changes, and what its end changes back."""
    plugin = Plugin()
    with opened(plugin):
        with override({"server.port": 5}):
            pass
        assert [[("server.port", 8000, 5)], [("server.port", 5, 8000)]] == [
            [(change.path, change.old, change.new) for change in event.effective] for event in plugin.events
        ]


def test_a_reload_keeps_the_override(tmp_path: Path) -> None:
    """A reload within the block reads the files, below the override."""
    file = tmp_path / "settings.toml"
    file.write_text("")
    with opened(settings_files=[file]) as config:
        with override({"server.port": 5}):
            file.write_text("[server]\nport = 9000\nnames = ['a']\n")
            config.reload()
            assert (5, ("a",)) == (config.server.port, config.server.names)
        assert 9000 == config.server.port


def test_an_end_that_cannot_be_does_not_stop_the_others(tmp_path: Path) -> None:
    """Where files changed so that they are wrong without the override, its end says so and frees the others."""
    environ: dict[str, str] = {}
    with opened(environ=environ) as first, opened() as second:
        block = override({"server.login.user": "root"})
        block.__enter__()
        environ.update({"APP_SERVER__PORT": "80", "APP_SERVER__LOGIN__USER": "ada"})
        first.reload()
        with pytest.raises(ValidationFailed, match="low ports"):
            block.__exit__(None, None, None)
        assert "root" == second.server.login.user
        environ.clear()
        assert first.reload()
        assert 8000 == first.server.port


def test_the_mapping_may_change_afterwards() -> None:
    """What was overridden is what the mapping said when the block began."""
    values = {"server.port": 5}
    with opened() as config, override(values):
        values["server.port"] = 0
        config.reload()
        assert 5 == config.server.port


def test_a_secret_is_hidden() -> None:
    """An override of a secret shows as dots."""
    with opened() as config, override({"server.token": "c4nary"}):
        assert "c4nary" == config.server.token
        assert "c4nary" not in f"{config.view}{config.explain('server.token')!r}"


def test_the_fixture(cfgcore_override: Callable[[Mapping[str, Any]], None]) -> None:
    """The fixture overrides until the test ends, and may be called again."""
    with opened() as config:
        cfgcore_override({"server.port": 5})
        cfgcore_override({"server.names": ["a"]})
        assert (5, ("a",)) == (config.server.port, config.server.names)
