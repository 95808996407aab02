"""The configuration of one application: read, explained, checked, reloaded and closed."""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import CfgcoreError, Source, UnknownPath, ValidationFailed, hookimpl, section, setting
from cfgcore.config import RESERVED


@section("server", aliases=("srv",))
class Server:
    host: str = setting("localhost")
    port: int = setting(8000, minimum=1, maximum=65535, renamed_from="listen")
    limits: Mapping[str, int] = setting({})
    anything: Any = None
    old: int | None = setting(None, deprecated="Use server.port.")


@section("client")
class Client:
    left: int = setting(0)
    right: int = setting(0)


@section("elsewhere")
class Elsewhere:
    port: int = setting(1)


class Plugin:
    """A plugin of two sections; `hooks` are called by what happened."""

    def __init__(self, name: str = "acme", sections: tuple[Any, ...] = (Server, Client), **hooks: Callable[..., Any]):
        self.name, self.sections, self.hooks = name, sections, hooks
        self.events: list[cfgcore.Event] = []
        self.calls: list[str] = []

    def _called(self, name: str, argument: Any) -> None:
        self.calls.append(name)
        if name in self.hooks:
            self.hooks[name](argument)

    @hookimpl
    def cfgcore_sections(self) -> list[Any]:
        return list(self.sections)

    @hookimpl
    def cfgcore_startup(self, config: cfgcore.Config) -> None:
        self._called("startup", config)

    @hookimpl
    def cfgcore_changed(self, event: cfgcore.Event) -> None:
        self.events.append(event)
        self._called("changed", event)

    @hookimpl
    def cfgcore_shutdown(self, config: cfgcore.Config) -> None:
        self._called("shutdown", config)


def opened(*plugins: Any, **how: Any) -> cfgcore.Config:
    how = {"settings_files": [], "environ": {}, "env_prefix": "APP"} | how
    return cfgcore.open(plugins=plugins or [Plugin()], plugin_group=None, **how)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "settings.toml"
    made.write_text("[server]\nport = 8100\n")
    return made


PUBLIC = {
    "aio",
    "apply",
    "at",
    "audit",
    "backup",
    "close",
    "compact",
    "current",
    "diff",
    "draft",
    "explain",
    "flags",
    "for_user",
    "forget",
    "get",
    "history",
    "listeners",
    "plan",
    "plan_rollback",
    "plugins",
    "registry",
    "reload",
    "restore",
    "rollback",
    "subscribe",
    "undo",
    "unset",
    "unsubscribe",
    "update",
    "upgrade",
    "users",
    "validate",
    "view",
    "warnings",
}


def test_public_names() -> None:
    """These are the names of Config that are for everyone; each is reserved, so that no section hides it."""
    with opened() as config:
        named = {name for name in {*dir(type(config)), *vars(config)} if not name.startswith("_")}
    assert PUBLIC == named - {"server", "client", "policies"}
    assert PUBLIC <= RESERVED


def test_every_public_name_is_reserved() -> None:
    """Whatever Config has under a public name, no section is published under it."""
    assert {name for name in dir(cfgcore.Config) if not name.startswith("_")} <= RESERVED


@pytest.mark.parametrize("name", sorted(PUBLIC - {"flags", "get"} | {"open", "users"}))
def test_a_section_may_bear_a_reserved_name(name: str) -> None:
    """A section named like something of Config's own is reached by the view, by its class and by path."""

    @section(name)
    class Named:
        port: int = setting(5)

    with opened(Plugin(sections=(Named,))) as config:
        assert 5 == getattr(config.view, name).port
        assert 5 == config[Named].port
        assert 5 == config.get(f"{name}.port")
        assert name not in vars(config) or "view" == name
        assert not config.reload()


def test_reading() -> None:
    """A setting is read by attribute, by class and by path, live or from a view."""
    with opened(environ={"APP_SERVER__PORT": "9000"}) as config:
        assert 9000 == config.server.port
        assert 9000 == config.view.server.port
        assert 9000 == config[Server].port
        assert 9000 == config.get("server.port")
        assert config.server is config.view.server is config[Server]


def test_foreign_classes() -> None:
    """A class that no plugin brings raises, and names itself."""
    with opened() as config:
        for foreign in (Elsewhere, int, Plugin):
            with pytest.raises(UnknownPath, match=foreign.__name__):
                config[foreign]


def test_unknown_attributes() -> None:
    """A section that does not exist is an AttributeError, as anywhere in Python."""
    with opened() as config:
        with pytest.raises(AttributeError):
            _ = config.sever
        assert not hasattr(config, "sever")


@pytest.mark.parametrize("name", ["server", "view", "new", "reload", "_published", "__dict__", "warnings"])
def test_a_configuration_cannot_be_assigned_to(name: str) -> None:
    """Nothing that readers reach can be replaced or deleted from outside."""
    with opened() as config:
        before = config.view
        with pytest.raises(AttributeError):
            setattr(config, name, {})
        with pytest.raises(AttributeError):
            delattr(config, name)
        assert before is config.view
        assert before.server is config.server


def test_repr_names_the_sections() -> None:
    """The configuration prints as the names of its sections, without values."""
    with opened() as config:
        assert "Config(server, client, policies)" == repr(config)


def test_validate_publishes_nothing(file: Path) -> None:
    """Validating reads the sources as they are now and says all that is wrong; the view stays."""
    with opened(settings_files=[file]) as config:
        view = config.view
        assert config.validate().is_valid
        file.write_text("[server]\nport = 0\n[sevrer]\n")
        result = config.validate()
        assert not result.is_valid
        assert ["server.port"] == [problem.path for problem in result.errors]
        assert ["unknown"] == [problem.code for problem in result.warnings]
        assert view is config.view


def test_warnings_are_kept_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Warnings are those of the published configuration, and each is logged when it appears."""
    environ = {"APP_SERVER__OLD": "1"}
    with caplog.at_level(logging.WARNING, "cfgcore"), opened(environ=environ) as config:
        assert ["deprecated"] == [warning.code for warning in config.warnings]
        environ["APP_SERVER__PORT"] = "9"
        config.reload()
        environ["APP_SERVR__PORT"] = "9"
        event = config.reload()
        assert ["unknown", "deprecated"] == [warning.code for warning in event.warnings]
        assert event.warnings == config.warnings
    assert 2 == len(caplog.messages)
    assert "Use server.port." in caplog.messages[0]


def test_disabling_what_is_no_plugin_warns() -> None:
    """A name to disable that no plugin bears is a warning with what was meant."""
    with opened(disable="acmee") as config:
        (warning,) = config.warnings
        assert "Did you mean 'acme'?" in warning.message


def test_reload_tells_what_changed(file: Path) -> None:
    """A reload publishes what the sources say now; its event holds each setting that differs, with its origin."""
    plugin = Plugin()
    with opened(plugin, settings_files=[file]) as config:
        file.write_text("[server]\n\nport = 8200\nhost = 'x'\n")
        event = config.reload()
        assert event
        assert {"server.port": (8100, 8200), "server.host": ("localhost", "x")} == {
            change.path: (change.old, change.new) for change in event.effective
        }
        assert f"file {file}:3" == str({change.path: change.origin for change in event.effective}["server.port"])
        assert 8200 == config.server.port
        assert [event] == plugin.events


def test_what_holds_a_view_keeps_it(file: Path) -> None:
    """A view that was read before a reload stays as it was, for as long as somebody holds it."""
    with opened(settings_files=[file]) as config:
        held = config.view
        file.write_text("")
        config.reload()
        assert (8100, 8000) == (held.server.port, config.view.server.port)
        gone = weakref.ref(held)
        del held
        gc.collect()
        assert None is gone()


def test_unchanged_sections_are_shared(file: Path) -> None:
    """Sections that a reload does not change keep their identity; so does the whole view where nothing differs."""
    with opened(settings_files=[file]) as config:
        before = config.view
        file.write_text("[server]\nport = 8200\n")
        config.reload()
        assert before is not config.view
        assert before.server is not config.view.server
        assert before.client is config.view.client
        before = config.view
        file.write_text("# the same\n[server]\nport = 8200\n")
        assert not config.reload()
        assert before is config.view
        assert f"{file}:3" == config.explain("server.port").origin.place


def test_a_change_of_type_is_a_change(file: Path) -> None:
    """True in the place of 1, which Python holds equal, is published."""
    file.write_text("[server]\nanything = 1\n")
    with opened(settings_files=[file]) as config:
        file.write_text("[server]\nanything = true\n")
        assert config.reload()
        assert True is config.server.anything


_touched: list[str] = []


def _remember(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        _touched.append(str(arguments[0]))


@pytest.fixture
def touched() -> list[str]:
    """The files that this process opens, since the list was last cleared."""
    if not _touched:
        sys.addaudithook(_remember)
    _touched.clear()
    return _touched


def test_nothing_is_read_where_nothing_changed(file: Path, touched: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A reload looks at a file's times, size and number: it does not open a file that has kept them."""
    monkeypatch.setattr("cfgcore.layer.reading.SETTLED_NS", -(10**12))
    with opened(settings_files=[file]) as config:
        assert str(file) in touched
        touched.clear()
        assert not config.reload()
        assert str(file) not in touched
        file.write_text("[server]\nport = 8200\n")
        assert config.reload()
        assert str(file) in touched


def test_a_young_file_is_read_again(file: Path) -> None:
    """A file that was written a moment ago may change without its time showing it, and is read again."""
    with opened(settings_files=[file]) as config:
        stat = file.stat()
        file.write_text("[server]\nport = 8200\n")
        os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        assert config.reload()
        assert 8200 == config.server.port


def test_files_that_come_and_go(tmp_path: Path) -> None:
    """A default file that appears is read, and one that is gone counts no more."""
    file = tmp_path / "settings.toml"
    with opened(settings_files=None, folder=tmp_path) as config:
        file.write_text("[server]\nport = 8200\n")
        assert config.reload()
        assert 8200 == config.server.port
        file.unlink()
        assert config.reload()
        assert 8000 == config.server.port


@pytest.mark.parametrize(
    "wrong",
    [
        "[server]\nport = 0\n",
        "[server\n",
        "[server]\nport = 1\nport = 2\n",
        "server = 5",
        "\x00",
        "[server]\nport = 1\n" * 2,
        "[client]\nleft = 1\n[server]\nport = ''\n",
    ],
)
def test_an_invalid_reload_keeps_the_last_good_view(file: Path, wrong: str) -> None:
    """What is wrong is refused with all its problems; the view stays, and a later reload mends it."""
    plugin = Plugin()
    with opened(plugin, settings_files=[file]) as config:
        view, warnings = config.view, config.warnings
        file.write_text(wrong)
        for _ in range(2):
            with pytest.raises(ValidationFailed) as failure:
                config.reload()
            assert failure.value.errors
        assert view is config.view
        assert view.server is config.server
        assert warnings == config.warnings
        assert 8100 == config.explain("server.port").value
        assert [] == plugin.events
        file.write_text("[server]\nport = 8200\n")
        assert config.reload()


@pytest.mark.parametrize(
    "outage",
    [
        b"",
        b"\n" * 1000,
        b"[server]\nport = 8100\n[server]\nport = 8100\n",
        b"[server]\nport = 8100\nprot = 1\n",
        b"[server]\nport =\n",
        b"#" * (10 << 20),
        b"\xff\xfe[server]",
    ],
    ids=["blank", "lines", "doubled", "one more", "cut", "10 MB", "not UTF-8"],
)
def test_outages(file: Path, outage: bytes) -> None:
    """Blank, doubled, cut and huge files give a checked view or a refusal, and the file of before heals it."""
    with opened(settings_files=[file]) as config:
        good = file.read_bytes()
        file.write_bytes(outage)
        try:
            config.reload()
        except ValidationFailed:
            assert 8100 == config.server.port
        assert config.server.port in (8000, 8100)
        file.write_bytes(good)
        config.reload()
        assert 8100 == config.server.port


def test_sources_of_plugins_are_read_at_each_reload() -> None:
    """A plugin's source cannot be asked whether it changed, so that it is read; equal values change nothing."""
    data = {"server": {"port": 1}}

    class Vault:
        @hookimpl
        def cfgcore_sources(self) -> list[Source]:
            return [Source("vault", lambda: data)]

    with opened(Plugin(), Vault()) as config:
        assert not config.reload()
        data["server"] = {"port": 2}
        assert ["server.port"] == [change.path for change in config.reload().effective]


def spin(config: cfgcore.Config, stop: threading.Event, wrong: list[object], counted: list[int]) -> None:
    """Read as fast as possible until told to stop; two settings that must be equal are in each view."""
    count = 0
    while not stop.is_set():
        view = config.view
        live = config.client
        if view.client.left != view.client.right or live.left != live.right or config.get("server.port") != 8000:
            wrong.append((view, live))
        count += 1
    counted.append(count)


def test_readers_see_old_or_new_and_never_a_mixture() -> None:
    """Two spinning readers see, through a thousand reloads, both of two equal settings old or both new."""
    environ = {"APP_CLIENT__LEFT": "0", "APP_CLIENT__RIGHT": "0"}
    stop, wrong, counted = threading.Event(), [], []
    with opened(environ=environ) as config:
        readers = [threading.Thread(target=spin, args=(config, stop, wrong, counted)) for _ in range(2)]
        for reader in readers:
            reader.start()
        try:
            for number in range(1, 1001):
                environ.update({"APP_CLIENT__LEFT": str(number), "APP_CLIENT__RIGHT": str(number)})
                assert 2 == len(config.reload().effective)
        finally:
            stop.set()
            for reader in readers:
                reader.join()
        assert 1000 == config.client.right
    assert [] == wrong
    assert 2 == len(counted)
    assert all(counted)


def test_reloads_of_several_threads_take_turns() -> None:
    """Each reload that publishes a value tells it once, in its order, whichever thread ran it."""
    environ = {"APP_CLIENT__LEFT": "0"}
    plugin = Plugin()
    with opened(plugin, environ=environ) as config:

        def reload() -> None:
            for number in range(50):
                environ["APP_CLIENT__LEFT"] = str(number)
                config.reload()

        threads = [threading.Thread(target=reload) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        config.reload()
        told = sorted((change.old, change.new) for event in plugin.events for change in event.effective)
        assert 0 == sum(new - old for old, new in told) - config.client.left


def hostile(error: BaseException) -> Callable[[Any], None]:
    def hook(_argument: Any) -> None:
        raise error

    return hook


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), RecursionError(), AssertionError()])
@pytest.mark.parametrize("at", [0, 1, 2], ids=["first", "middle", "last"])
def test_a_listener_that_fails_harms_nobody(error: BaseException, at: int, caplog: pytest.LogCaptureFixture) -> None:
    """A hook that raises, or leaves the program, is logged by name; the others are told, and the view changes."""
    environ: dict[str, str] = {}
    hooks = {name: hostile(error) for name in ("startup", "changed", "shutdown")}
    plugins = [Plugin(f"good{number}", ()) for number in range(2)]
    plugins.insert(at, Plugin("bad", (), **hooks))
    with caplog.at_level(logging.ERROR), opened(Plugin(), *plugins, environ=environ) as config:
        environ["APP_SERVER__PORT"] = "9"
        assert config.reload()
        assert 9 == config.server.port
    assert [["startup", "changed", "shutdown"]] * 3 == [plugin.calls for plugin in plugins]
    assert 3 == len(caplog.messages)
    assert all("'bad'" in message for message in caplog.messages)


def test_a_listener_cannot_change_what_it_is_told() -> None:
    """Event and view are frozen, so that a listener that tries fails alone."""
    environ: dict[str, str] = {}

    def scribbles(event: cfgcore.Event) -> None:
        event.effective = ()  # type: ignore[misc]

    plugin = Plugin()
    with opened(Plugin("bad", (), changed=scribbles), plugin, environ=environ) as config:
        environ["APP_SERVER__PORT"] = "9"
        config.reload()
    assert [["server.port"]] == [[change.path for change in event.effective] for event in plugin.events]


def test_a_listener_may_reload() -> None:
    """A hook that reloads, or closes, in its turn does no harm."""
    environ: dict[str, str] = {}
    configs: list[cfgcore.Config] = []
    plugin = Plugin(changed=lambda _event: configs[0].reload(), shutdown=lambda config: config.close())
    with opened(plugin, environ=environ) as config:
        configs.append(config)
        environ["APP_SERVER__PORT"] = "9"
        assert config.reload()
    assert ["startup", "changed", "shutdown"] == plugin.calls


def test_closing() -> None:
    """Closing tells the plugins once; afterwards the view can be read, and a reload is refused."""
    plugin = Plugin()
    config = opened(plugin)
    config.close()
    config.close()
    assert ["startup", "shutdown"] == plugin.calls
    assert 8000 == config.server.port
    assert 8000 == config.explain("server.port").value
    assert config.validate().is_valid
    with pytest.raises(CfgcoreError, match="closed"):
        config.reload()


def test_an_exception_closes_too() -> None:
    """Leaving the block by an exception closes the configuration, and lets the exception through."""
    plugin = Plugin()
    with pytest.raises(ZeroDivisionError), opened(plugin):
        raise ZeroDivisionError
    assert ["startup", "shutdown"] == plugin.calls


def test_a_failed_open_starts_nothing() -> None:
    """No plugin is told of a configuration that is not valid."""
    plugin = Plugin()
    with pytest.raises(ValidationFailed):
        opened(plugin, environ={"APP_SERVER__PORT": "0"})
    assert [] == plugin.calls


def test_configurations_are_apart() -> None:
    """Several configurations in one process, of the same plugins, know nothing of each other."""
    with opened(environ={"APP_SERVER__PORT": "1"}) as one, opened(environ={"APP_SERVER__PORT": "2"}) as other:
        assert (1, 2) == (one.server.port, other.server.port)
        assert one.view.digest != other.view.digest


def test_validation_failed_lists_all() -> None:
    """The error's text is one line a problem; errors and warnings are apart."""
    environ = {"APP_SERVER__PORT": "0", "APP_CLIENT__LEFT": "x", "APP_SERVR__PORT": "1"}
    with pytest.raises(ValidationFailed) as failure:
        opened(environ=environ)
    assert 3 == len(str(failure.value).splitlines()) == len(failure.value.problems)
    assert (2, 1) == (len(failure.value.errors), len(failure.value.warnings))


@pytest.fixture(autouse=True)
def _environment_stays() -> Iterator[None]:
    """No test writes to the environment."""
    before = dict(os.environ)
    yield
    assert {name for name in os.environ if not name.startswith("PYTEST_")} == {
        name for name in before if not name.startswith("PYTEST_")
    }
