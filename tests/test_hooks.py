"""The contract between an application and its plugins."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import (
    Constraint,
    Conversion,
    Flag,
    LegacyFormat,
    PluginError,
    Profile,
    Source,
    hookimpl,
    hooks,
    maximum,
    rule,
    section,
    setting,
)
from cfgcore.change.commit import StoredChange
from cfgcore.plugins import ANSWERS, Plugins
from cfgcore.store.protocol import Store
from cfgcore.store.sqlite import SqliteStore

HOOKS: dict[str, Callable[..., Any]] = {name: hook for name, hook in vars(hooks).items() if name.startswith("cfgcore_")}


@section("server")
class Server:
    port: int = setting(8000)


class Everything:
    """A plugin with all hooks."""

    def __init__(self) -> None:
        self.told: list[str] = []

    @hookimpl
    def cfgcore_sections(self) -> list[type]:
        return [Server]

    @hookimpl
    def cfgcore_rules(self) -> list[Any]:
        return [rule(("server.port",), lambda port: None)]

    @hookimpl
    def cfgcore_profiles(self) -> list[Profile]:
        return [Profile("server.port", 1, {})]

    @hookimpl
    def cfgcore_flags(self) -> list[Flag]:
        return [Flag("fast")]

    @hookimpl
    def cfgcore_sources(self) -> list[Source]:
        return [Source("vault", lambda: {"server": {"port": 9000}})]

    @hookimpl
    def cfgcore_legacy_formats(self) -> list[LegacyFormat]:
        return [LegacyFormat("old", lambda data: None, lambda data: Conversion())]

    @hookimpl
    def cfgcore_constraints(self) -> list[Constraint]:
        return [maximum("server.port", 9500)]

    @hookimpl
    def cfgcore_open_store(self, url: str) -> Store | None:
        scheme, _, path = url.partition(":")
        return SqliteStore(Path(path)) if scheme == "everything" else None

    @hookimpl
    def cfgcore_before_change(self, changes: Sequence[StoredChange]) -> str | None:
        return "that port is taken" if any(change.new == 9100 for change in changes) else None

    @hookimpl
    def cfgcore_changed(self, event: cfgcore.Event) -> None:
        self.told += [change.path for change in event.effective]

    @hookimpl
    def cfgcore_exposure(self, exposure: cfgcore.Exposure) -> None:
        self.told.append(f"{exposure.user} has {exposure.flag}")

    @hookimpl
    def cfgcore_startup(self, config: cfgcore.Config) -> None:
        self.told.append(f"startup {config.server.port}")

    @hookimpl
    def cfgcore_shutdown(self) -> None:
        self.told.append("shutdown")


def opened(*plugins: object, **options: Any) -> cfgcore.Config:
    """Return the configuration of an application with those plugins."""
    return cfgcore.open(plugins=plugins, plugin_group=None, settings_files=[], environ={}, **options)


def test_a_plugin_can_take_part_in_everything(tmp_path: Path) -> None:
    """Each hook is asked or told at its time; a hook may leave out arguments."""
    plugin = Everything()
    with opened(plugin, store=f"everything:{tmp_path / 'own.db'}") as config:
        assert ["fast"] == list(config.registry.flags)
        assert 9000 == config.server.port
        assert config.update({"server.port": 9001})
        with pytest.raises(cfgcore.ValidationFailed, match="plugin 'Everything' refuses: that port is taken"):
            config.update({"server.port": 9100})
        with pytest.raises(cfgcore.ValidationFailed, match="a policy of plugin 'Everything' allows at most 9500"):
            config.update({"server.port": 9999})
        config.flags.rollout("fast", 50)
        config.flags.is_enabled("fast", user="alice")
    assert ["startup 9000", "server.port", "flags.fast", "alice has fast", "shutdown"] == plugin.told
    assert (tmp_path / "own.db").is_file()


def test_every_hook_is_in_the_example_above() -> None:
    """The contract and this file know the same hooks."""
    assert [] == [name for name in HOOKS if not hasattr(Everything, name)]


def test_the_contract_is_read_in_one_sitting() -> None:
    """At most 150 lines; each hook is documented."""
    assert len(inspect.getsource(hooks).splitlines()) <= 150
    assert [] == [name for name, hook in HOOKS.items() if not hook.__doc__]
    assert [] == [answer for answer in ANSWERS if f"cfgcore_{answer}" not in HOOKS]


@pytest.mark.parametrize("error", [RuntimeError("broken"), SystemExit(3)])
def test_a_listener_that_fails_harms_nobody(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged by name; the plugins before and after it are told, and the application goes on."""

    class Failing:
        @hookimpl
        def cfgcore_startup(self) -> None:
            raise error

    first, last = Everything(), Everything()
    plugins = Plugins()
    plugins.add(first, "first")
    plugins.add(Failing(), "failing")
    plugins.add(last, "last")
    with opened(Everything()) as config:
        plugins.tell("cfgcore_startup", config=config)
    assert ["startup 9000"] == first.told == last.told
    assert "plugin 'failing' failed in cfgcore_startup" in caplog.text


@pytest.mark.parametrize("error", [RuntimeError("broken"), SystemExit(3), RecursionError("deep")])
def test_a_plugin_that_cannot_say_what_it_declares_is_an_error(error: BaseException) -> None:
    """Its name and the hook's are in the error, and SystemExit does not end the application."""

    class Failing:
        @hookimpl
        def cfgcore_sections(self) -> list[type]:
            raise error

    with pytest.raises(PluginError, match=rf"^plugin 'Failing': cfgcore_sections failed: {type(error).__name__}"):
        opened(Failing())


def test_a_generator_that_fails_halfway_is_an_error() -> None:
    """What a hook yields counts as its list."""

    class Good:
        @hookimpl
        def cfgcore_sections(self) -> Any:
            yield Server

    class Failing:
        @hookimpl
        def cfgcore_sections(self) -> Any:
            yield Server
            raise RuntimeError("broken")

    assert 8000 == opened(Good()).server.port
    with pytest.raises(PluginError, match=r"plugin 'Failing': cfgcore_sections failed: RuntimeError: broken"):
        opened(Failing())


@pytest.mark.parametrize("answer", [Server, "server", b"server", 5, {"server": Server}])
def test_what_is_no_list_is_refused(answer: Any) -> None:
    """A hook that forgets the brackets learns so."""

    class Odd:
        @hookimpl
        def cfgcore_sections(self) -> Any:
            return answer

    with pytest.raises(PluginError, match=r"plugin 'Odd': cfgcore_sections must return a list, not"):
        opened(Odd())


def test_nothing_is_an_empty_list() -> None:
    """A hook may return None."""

    class Quiet:
        @hookimpl
        def cfgcore_sections(self) -> None:
            return None

    assert ["policies"] == list(opened(Quiet()).view)


def test_a_mistake_in_a_rule_names_the_plugin() -> None:
    """What is declared within a hook is reported with the plugin's name."""

    class Wrong:
        @hookimpl
        def cfgcore_rules(self) -> list[Any]:
            return [rule(("server",), lambda port: None)]

    with pytest.raises(cfgcore.DeclarationError, match=r"^plugin 'Wrong': rule '<lambda>': paths"):
        opened(Wrong())
