"""Settings that wait for a restart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import Violation, hookimpl, rule, section, setting, subsection
from cfgcore.testing import override


@subsection
class Pool:
    size: int = setting(4, restart=True)
    wait: int = setting(1)


@section("server")
class Server:
    host: str = setting("localhost", restart=True)
    port: int = setting(8000)
    pool: Pool = Pool()
    limits: Mapping[str, int] = setting({"cpu": 1}, restart=True)


def ports_of_hosts(host: str, port: int) -> Violation | None:
    return Violation("remote hosts have no low ports") if host != "localhost" and port < 1024 else None


class Plugin:
    def __init__(self) -> None:
        self.events: list[cfgcore.Event] = []

    @hookimpl
    def cfgcore_sections(self) -> list[Any]:
        return [Server]

    @hookimpl
    def cfgcore_rules(self) -> list[Any]:
        return [rule(("server.host", "server.port"), ports_of_hosts)]

    @hookimpl
    def cfgcore_changed(self, event: cfgcore.Event) -> None:
        self.events.append(event)


@pytest.fixture
def environ() -> dict[str, str]:
    return {}


def opened(environ: dict[str, str], plugin: Plugin | None = None, **how: Any) -> cfgcore.Config:
    how = {"settings_files": []} | how
    return cfgcore.open(plugins=[plugin or Plugin()], plugin_group=None, environ=environ, env_prefix="APP", **how)


def test_the_running_value_stays(environ: dict[str, str]) -> None:
    """After a reload the view keeps the running value, and the event says what waits."""
    with opened(environ) as config:
        before = config.view
        environ["APP_SERVER__HOST"] = "example.org"
        event = config.reload()
        assert "localhost" == config.server.host
        assert before is config.view
        assert not event
        (pending,) = event.pending
        assert ("server.host", "localhost", "example.org") == (pending.path, pending.old, pending.new)
        assert "environment variable APP_SERVER__HOST" == str(pending.origin)
    with opened(environ) as config:
        assert "example.org" == config.server.host


def test_other_settings_change_meanwhile(environ: dict[str, str]) -> None:
    """Settings that need no restart change in the same reload; listeners hear of both."""
    plugin = Plugin()
    with opened(environ, plugin) as config:
        environ.update({"APP_SERVER__HOST": "example.org", "APP_SERVER__PORT": "9000"})
        event = config.reload()
        assert ("localhost", 9000) == (config.server.host, config.server.port)
        assert ["server.port"] == [change.path for change in event.effective]
        assert ["server.host"] == [change.path for change in event.pending]
        assert [event] == plugin.events


def test_what_waits_is_told_until_it_is_taken_back(environ: dict[str, str], tmp_path: Path) -> None:
    """Every reload tells what still waits, also one that finds nothing new; setting it back ends the waiting."""
    with opened(environ) as config:
        environ["APP_SERVER__HOST"] = "example.org"
        assert ["server.host"] == [change.path for change in config.reload().pending]
        assert ["server.host"] == [change.path for change in config.reload().pending]
        environ["APP_SERVER__PORT"] = "9000"
        assert ["server.host"] == [change.path for change in config.reload().pending]
        assert "localhost" == config.server.host
        del environ["APP_SERVER__HOST"]
        assert () == config.reload().pending
        assert ("localhost", 9000) == (config.server.host, config.server.port)


def test_groups_and_tables_wait(environ: dict[str, str]) -> None:
    """A setting in a group waits while its neighbour changes; a table waits as a whole."""
    with opened(environ) as config:
        environ.update({"APP_SERVER__POOL__SIZE": "9", "APP_SERVER__POOL__WAIT": "2", "APP_SERVER__LIMITS__MEM": "5"})
        event = config.reload()
        assert {"server.pool.size", "server.limits"} == {change.path for change in event.pending}
        assert (4, 2, {"cpu": 1}) == (config.server.pool.size, config.server.pool.wait, config.server.limits)


def test_the_running_values_must_go_together(environ: dict[str, str]) -> None:
    """A new value that does not go with the running value of a setting that waits is refused, and nothing changes."""
    environ.update({"APP_SERVER__HOST": "example.org", "APP_SERVER__PORT": "8080"})
    with opened(environ) as config:
        environ.update({"APP_SERVER__HOST": "localhost", "APP_SERVER__PORT": "80"})
        with pytest.raises(cfgcore.ValidationFailed, match="low ports"):
            config.reload()
        assert ("example.org", 8080) == (config.server.host, config.server.port)


def test_an_override_leaves_what_waits_alone(environ: dict[str, str]) -> None:
    """A test's override of another setting does not publish a value that waits, and neither does its end."""
    with opened(environ) as config:
        environ["APP_SERVER__HOST"] = "example.org"
        config.reload()
        with override({"server.port": 9000}):
            assert ("localhost", 9000) == (config.server.host, config.server.port)
        assert ("localhost", 8000) == (config.server.host, config.server.port)


def test_an_override_needs_no_restart() -> None:
    """A test may override a setting that otherwise waits."""
    with opened({}) as config, override({"server.host": "example.org"}):
        assert "example.org" == config.server.host
