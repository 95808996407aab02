"""An upgrade is not ended while a process of the older release has the store open."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import CfgcoreError, Config, hookimpl, section, setting, step

OLDER = """
import json, os, sys
import cfgcore
from cfgcore import hookimpl, section, setting

@section("walk")
class First:
    hours: int = setting(1)

class Plugin:
    name = "p"
    @hookimpl
    def cfgcore_sections(self):
        return [First]

config = cfgcore.open(plugins=[Plugin()], plugin_group=None, settings_files=[], environ={}, store=sys.argv[1])
def fork():
    child = os.fork()
    if not child:
        sys.stdin.close()
        os.read(gate[0], 1)
        os._exit(0)
    return child

gate = os.pipe()
print(json.dumps([os.getpid(), config.walk.hours]), flush=True)
for line in sys.stdin:
    what = line.strip()
    answer = fork() if what == "fork" else config.close() if what == "close" else config.update(
        {"walk.hours": int(what)}).revision
    print(json.dumps(answer), flush=True)
"""

Start = Callable[[], "Older"]


class Older:
    """A process of the release before."""

    def __init__(self, url: str) -> None:
        command = [sys.executable, "-c", OLDER, url]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid, self.hours = self.hear()

    def hear(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def ask(self, what: str) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        return self.hear()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(60)

    def __exit__(self, *_error: object) -> None:
        self.kill()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()

    def __enter__(self) -> Older:
        return self


@section(
    "walk",
    version=2,
    steps=[
        step(
            1,
            lambda values: {"minutes": values["hours"] * 60} if values else {},
            down=lambda values: {"hours": values["minutes"] // 60} if values else {},
        )
    ],
)
class Second:
    minutes: int = setting(60)


class Plugin:
    name = "p"

    @hookimpl
    def cfgcore_sections(self) -> list[type]:
        return [Second]


@pytest.fixture(params=["json", "sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store that older processes have open."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql_url"))
    return {"json": f"{tmp_path}/s.json", "sqlite": f"sqlite:///{tmp_path}/s.db"}[request.param]


@pytest.fixture
def start(url: str) -> Iterator[Start]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(Older(url))


@pytest.fixture
def newer(url: str, start: Start) -> Iterator[Config]:
    """This process, of the release of today; the store was written by the one before."""
    with start() as first:
        first.ask("2")
        first.ask("close")
    with cfgcore.open(plugins=[Plugin()], plugin_group=None, settings_files=[], environ={}, store=url) as config:
        yield config


def others(config: Config) -> dict[int, dict[str, int]]:
    return {one.pid: dict(one.older) for one in config.upgrade.plan().processes if one.pid != os.getpid()}


def until_gone(config: Config) -> None:
    """Wait until killed processes have ended, and a server has seen it."""
    while others(config):
        pass


def test_it_is_refused_while_an_older_process_lives(newer: Config, start: Start) -> None:
    """The plan names it; both go on writing; when it is killed, nothing stands in the way any more."""
    older = start()
    assert {older.pid: {"walk": 1}} == others(newer)
    me = next(one for one in newer.upgrade.processes() if one.pid == os.getpid())
    assert {} == me.older
    with pytest.raises(CfgcoreError, match=rf"process {older.pid} on .*, since 2.*\(walk 1 -> 2\)"):
        newer.upgrade.finish(actor="root")
    newer.update({"walk.minutes": 180})
    assert older.ask("4")
    newer.reload()
    assert 240 == newer.walk.minutes
    older.kill()
    until_gone(newer)
    assert {} == others(newer)
    assert newer.upgrade.finish(actor="root").outdated == 1
    assert newer.upgrade.plan().finished


def test_one_that_closes_is_gone_at_once(newer: Config, start: Start) -> None:
    """It need not end for that."""
    older = start()
    older.ask("close")
    assert {} == others(newer)
    assert newer.upgrade.finish().outdated == 1


def test_by_force(newer: Config, start: Start) -> None:
    """The older process keeps what it has, and can change the section no more; nothing is lost."""
    older = start()
    assert newer.upgrade.finish(force=True).outdated == 1
    assert 120 == newer.walk.minutes
    assert {"walk": 1} == others(newer)[older.pid]
    assert newer.upgrade.finish().outdated == 0  # nothing rises any more, so nobody stands in the way


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked on POSIX only")
def test_a_forked_child_of_an_older_process_stands_in_the_way(newer: Config, start: Start, url: str) -> None:
    """Also when its parent was killed, whose connections to a server it still holds open."""
    older = start()
    child = older.ask("fork")
    while child not in others(newer):
        pass
    older.kill()
    if not url.startswith("postgresql"):
        assert {child: {"walk": 1}} == others(newer)
    with pytest.raises(CfgcoreError, match=f"process {child} on"):
        newer.upgrade.finish()
    os.kill(child, signal.SIGKILL)  # by which the connections of its parent are closed too
    until_gone(newer)
    assert newer.upgrade.finish().outdated == 1
