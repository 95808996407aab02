"""Two releases of a plugin on one store: upgraded one after the other and back, in processes of their own."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

WORKER = """
import json, sys
import cfgcore
from cfgcore import hookimpl, section, setting, step


def newer(values):
    found = dict(values)
    if "timeout_s" in found:
        found["timeout_m"] = found.pop("timeout_s") / 60
    if "host" in found or "port" in found:
        found["address"] = f"{found.pop('host', '')}:{found.pop('port', '')}"
    return found


def older(values):
    found = dict(values)
    if "timeout_m" in found:
        found["timeout_s"] = round(found.pop("timeout_m") * 60)
    if "address" in found:
        host, _, port = found.pop("address").partition(":")
        found |= {"host": host} if host else {}
        found |= {"port": int(port)} if port else {}
    return found


@section("download")
class First:
    timeout_s: int = setting(60)
    host: str = setting("")
    port: int = setting(0)
    names: tuple[str, ...] = ()


@section("download", version=2, steps=[step(1, newer, down=older)])
class Second:
    timeout_m: float = setting(1.0)
    address: str = setting(":")
    names: tuple[str, ...] = ()
    fresh: int = setting(1)


class Plugin:
    name = "p"

    @hookimpl
    def cfgcore_sections(self):
        return [First if release == "1" else Second]


release, url = sys.argv[1:3]
config = cfgcore.open(plugins=[Plugin()], plugin_group=None, settings_files=[], environ={}, store=url)


def told(done):
    print(json.dumps(["progress", done]), flush=True)


def answer(what, *given):
    if what == "set":
        changes, user = given
        return config.update(changes, user=user).revision
    if what == "unset":
        return config.unset([given[0]], user=given[1]).revision
    if what == "undo":
        return config.undo(given[0]).revision
    if what == "fill":
        for number in range(given[0]):
            config.update({"download.timeout_s": 60 * (number + 1)}, user=f"u{number:04}")
        return given[0]
    if what == "finish":
        from cfgcore.change.upgrade import Upgrade
        return Upgrade(config._changes, batch=given[0]).finish(progress=told).outdated
    config.reload()
    users = given[0]
    view = {user: config.for_user(user) if user else config.view for user in users}
    one = (lambda v: [v.timeout_s, v.host, v.port]) if release == "1" else (lambda v: [v.timeout_m, v.address, v.fresh])
    return {user: [*one(v.download), list(v.download.names)] for user, v in view.items()}


for line in sys.stdin:
    print(json.dumps(answer(*json.loads(line))), flush=True)
"""


class Process:
    """One process of some release, which does what it is asked."""

    def __init__(self, script: Path, release: int, url: str) -> None:
        command = [sys.executable, str(script), str(release), url]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *what: Any) -> Any:
        self.send(*what)
        return self.hear()

    def send(self, *what: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def stop(self) -> None:
        self.process.communicate()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


Start = Callable[[int], Process]


@pytest.fixture(params=["sqlite", "json", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new store of each kind."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql_url"))
    return f"sqlite:///{tmp_path}/store.db" if request.param == "sqlite" else f"file:{tmp_path}/store.json"


@pytest.fixture
def start(tmp_path: Path, url: str) -> Iterator[Start]:
    """A function that starts a process of a release."""
    script = tmp_path / "worker.py"
    script.write_text(WORKER, encoding="utf-8")
    with ExitStack() as stack:
        yield lambda release: stack.enter_context(Process(script, release, url))


class Model:
    """What everybody set, in the terms of the first release."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, Any]] = {"": {}, "ann": {}, "bob": {}}

    def seen(self, release: int) -> dict[str, list[Any]]:
        return {user: self._of(user, release) for user in self.values}

    def _of(self, user: str, release: int) -> list[Any]:
        own = {"timeout_s": 60, "host": "", "port": 0, "names": [], **self.values[""], **self.values[user]}
        if release == 1:
            return [own["timeout_s"], own["host"], own["port"], own["names"]]
        return [own["timeout_s"] / 60, self._address(user), 1, own["names"]]

    def _address(self, user: str) -> str:
        """The joined setting overrides as one: of a user who set a part, the user's; else everyone's."""
        for values in (self.values[user], self.values[""]):
            if "host" in values or "port" in values:
                return f"{values.get('host', '')}:{values.get('port', '')}"
        return ":"

    def change(self, choice: random.Random, process: Process, release: int) -> None:
        user = choice.choice(["", "ann", "bob"])
        mine, number = self.values[user], choice.randint(1, 9)
        if release == 1:
            name, value = choice.choice([("timeout_s", 60 * number), ("host", f"h{number}"), ("port", number)])
            mine[name] = value
            process.ask("set", {f"download.{name}": value}, user or None)
        elif choice.random() < 0.4:
            mine["timeout_s"] = 60 * number
            process.ask("set", {"download.timeout_m": float(number)}, user or None)
        elif choice.random() < 0.5:
            mine |= {"host": f"n{number}", "port": number}
            process.ask("set", {"download.address": f"n{number}:{number}"}, user or None)
        elif choice.random() < 0.5:
            mine["names"] = [f"x{number}"]
            process.ask("set", {"download.names": [f"x{number}"]}, user or None)
        else:
            mine.pop("timeout_s", None)
            process.ask("unset", "download.timeout_m", user or None)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_rolling_upgrade_and_back_loses_nothing(start: Start, seed: int) -> None:
    """At every moment both releases see what everybody set, in their own terms."""
    choice, model, users = random.Random(seed), Model(), ["", "ann", "bob"]
    releases = [1, 1]
    processes = [start(1), start(1)]
    for which, release in ((None, 1), (0, 2), (1, 2), (0, 1), (1, 1), (0, 2)):
        if which is not None:
            processes[which].stop()
            processes[which], releases[which] = start(release), release
        for _ in range(5):
            one = choice.randrange(2)
            model.change(choice, processes[one], releases[one])
            for process, known in zip(processes, releases, strict=True):
                assert model.seen(known) == process.ask("see", users)
    processes[1].stop()
    last = start(2)
    last.ask("set", {"download.fresh": 1}, None)
    last.send("finish", 2)
    while isinstance(heard := last.hear(), list):
        pass
    assert 1 <= heard
    assert model.seen(2) == last.ask("see", users)
    assert model.seen(2) == processes[0].ask("see", users)


def test_a_killed_upgrade_goes_on(start: Start, url: str) -> None:
    """Killed between and within batches, it loses nothing: the next call finishes it."""
    users, batch = 60, 7
    filling = start(1)
    assert users == filling.ask("fill", users)
    filling.stop()
    everybody = [f"u{number:04}" for number in range(users)]
    expected = {user: [float(number + 1), ":", 1, []] for number, user in enumerate(everybody)}
    for reports in (1, 3):
        victim = start(2)
        victim.send("finish", batch)
        for _ in range(reports):
            assert "progress" == victim.hear()[0]
        victim.process.send_signal(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
        victim.process.wait()
        assert expected == start(2).ask("see", everybody)
    last = start(2)
    last.send("finish", batch)
    while isinstance(heard := last.hear(), list):
        pass
    assert 0 < heard < users
    assert expected == last.ask("see", everybody)
    last.send("finish", batch)
    while isinstance(heard := last.hear(), list):
        pass
    assert 0 == heard
