"""What upgrade plan, upgrade finish and doctor say of a store that several releases share."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import cfgcore
from cfgcore.store.opening import open_store
from cfgcore.store.protocol import Write
from cfgcore.store.record import Draft, Edit, Sides
from cfgcore.values.absent import ABSENT

Run = Callable[..., Result]

NEWER = """
from cfgcore import hookimpl, section, setting, step


def counted(values):
    if values.get("shelves") == 9:
        raise ValueError("nine")
    return {("racks" if key == "shelves" else key): value for key, value in values.items()}


def back(values):
    return {("shelves" if key == "racks" else key): value for key, value in values.items()}


@section("shop", version=2, steps=[step(1, counted, down=back)])
class Shop:
    racks: int = setting(3, minimum=1)
    name: str = setting("Corner")


@hookimpl
def cfgcore_sections():
    return [Shop]
"""


BLIND = """

class Blind:
    def __init__(self, url):
        from cfgcore.store.opening import open_store
        self.store = open_store(url)

    def __getattr__(self, name):
        if name in ("announce", "present"):
            raise AttributeError(name)
        return getattr(self.store, name)


@hookimpl
def cfgcore_open_store(url):
    return Blind(url)
"""


@pytest.fixture
def newer(project: Path) -> tuple[str, ...]:
    """The options of a command that runs with a newer release of the plugin."""
    (project / "newer.py").write_text(NEWER, encoding="utf-8")
    (project / "cfgcore.toml").write_text("")
    return ("--plugin", "newer", "--plugin-group", "", "--store", "store.json")


def test_an_upgrade_from_the_command_line(run: Run, newer: tuple[str, ...]) -> None:
    """The plan shows both versions and what is to be rewritten; after finish there is nothing left."""
    store(Path("store.json"), {"system": {"shelves": 5}, "user/ann": {"shelves": 7}}, 1)
    planned = json.loads(run("upgrade", "plan", "--json", *newer).stdout)
    assert {"documents": 2, "outdated": 2, "failed": 0, "failures": []} == {
        key: value for key, value in planned.items() if key not in ("sections", "processes")
    }
    assert [] == planned["processes"]
    assert {"section": "shop", "stored": 1, "code": 2} in planned["sections"]
    assert "2 of 2 documents to rewrite." in run("upgrade", "finish", "--dry-run", *newer).stdout
    assert "shop is written at version 1 for older processes" in run("doctor", *newer).stdout
    assert "2 of 2 documents rewritten." in run("upgrade", "finish", *newer).stdout
    assert "0 of 2 documents rewritten." in run("upgrade", "finish", *newer).stdout
    assert "5\n" == run("get", "shop.racks", *newer).stdout
    history = json.loads(run("history", "--json", *newer).stdout)
    assert {"upgrade", "update"} == {commit["action"] for commit in history}


def test_what_cannot_be_brought_along_is_named(run: Run, newer: tuple[str, ...]) -> None:
    """The status is 1, and the document, the section and the reason are told; other commands go on."""
    store(Path("store.json"), {"system": {"shelves": 9}, "user/ann": {"shelves": 7}}, 1)
    for command in (("upgrade", "plan"), ("upgrade", "finish")):
        result = run(*command, *newer)
        assert 1 == result.exit_code
        assert "system: the step from version 1 to 2 of section 'shop' failed: ValueError: nine" in result.stderr
    assert "nine" in run("doctor", *newer).stdout
    assert "nine" in run("get", "shop.racks", *newer).stderr


def test_a_store_of_a_newer_release(run: Run, newer: tuple[str, ...]) -> None:
    """It is told by doctor, by reading, and by the refusal to upgrade it."""
    store(Path("store.json"), {"system": {"boxes": 9}}, 3)
    assert "section 'shop' is at version 3" in run("doctor", *newer).stdout
    assert "section 'shop' is at version 3" in run("get", "shop.racks", *newer).stderr
    refused = run("upgrade", "finish", *newer)
    assert 0 != refused.exit_code
    assert "upgraded by a newer release: shop (stored for version 3, known 2)" in refused.stderr


def test_doctor_makes_no_store(run: Run, newer: tuple[str, ...]) -> None:
    """A store that is not there yet is told, and not made; one that is there is looked at."""
    assert "there is no such store" in run("doctor", *newer).stdout
    assert not Path("store.json").exists()
    assert 0 == run("set", "shop.racks", "4", *newer).exit_code
    assert "it is at revision 1" in run("doctor", *newer).stdout


def store(file: Path, documents: dict[str, dict[str, int]], version: int) -> None:
    """Write documents as a release that knows `version` of the section left them."""
    writes = {name: Write({"shop": values}, {"shop": version}) for name, values in documents.items()}
    writes["versions"] = Write({"shop": version}, {})
    edits = {
        name: [Edit((key,), ABSENT, value) for key, value in write.values.items()] for name, write in writes.items()
    }
    sides = {name: Sides(write.versions) for name, write in writes.items()}
    draft = Draft("update", "ann", "", "2026-01-31T12:00:00Z", edits, {}, sides=sides)
    with closing(open_store(file)) as made:
        made.commit(writes, {}, draft)


def test_it_shows_on_a_terminal_how_far_it_is(terminal: Any, run: Run, newer: tuple[str, ...]) -> None:
    """A bar tells how many documents are done, and how many there are."""
    store(Path("store.json"), {f"user/u{number:03}": {"shelves": 5} for number in range(450)}, 1)
    shown = terminal("upgrade", "finish", "--yes", *newer)
    assert 0 == shown.finish(), shown.shown
    assert "450/450" in shown.shown
    assert "450 of 450 documents rewritten." in shown.shown
    assert "450/" not in run("upgrade", "plan", *newer).output


def test_interrupted_it_goes_on(terminal: Any, run: Run, newer: tuple[str, ...], project: Path) -> None:
    """^C ends it with a sentence and status 130; what was rewritten stays so, and the next one does the rest."""
    os.mkfifo(project / "gate")
    waiting = NEWER.replace("== 9:", "== 8:").replace('raise ValueError("nine")', 'open("gate").read()')
    (project / "newer.py").write_text(waiting, encoding="utf-8")
    users = {f"user/u{number:03}": {"shelves": 5} for number in range(450)}
    store(Path("store.json"), {**users, "user/u300": {"shelves": 8}}, 1)
    shown = terminal("upgrade", "finish", "--yes", *newer)
    shown.wait_for("200/450")
    shown.press("\x03")
    assert 130 == shown.finish(), shown.shown
    assert "Interrupted. What was rewritten stays so; the same command goes on from there." in shown.shown
    assert "Traceback" not in shown.shown
    (project / "newer.py").write_text(NEWER, encoding="utf-8")
    assert "250 of 450 documents rewritten." in run("upgrade", "finish", *newer).stdout


@pytest.mark.parametrize(("answer", "status", "version"), [("y", 0, 2), ("n", 1, 1)])
def test_on_a_terminal_it_asks_whether_older_processes_run(
    answer: str, status: int, version: int, terminal: Any, newer: tuple[str, ...]
) -> None:
    """Where the store cannot tell: no changes nothing. What is of this release already is not asked about."""
    store(Path("store.json"), {"user/ann": {"shelves": 5}}, 1)
    Path("newer.py").write_text(NEWER + BLIND, encoding="utf-8")
    shown = terminal("upgrade", "finish", *newer)
    shown.wait_for("Have all of them ended? [y/N]")
    assert "Processes of an older release will no longer read or change: shop 1 -> 2." in shown.shown
    shown.press(f"{answer}\r")
    assert status == shown.finish(), shown.shown
    with closing(open_store("store.json")) as opened:
        assert {"shop": version} == opened.read(["user/ann"]).documents["user/ann"].versions
    if version == 2:
        again = terminal("upgrade", "finish", *newer)
        assert 0 == again.finish(), again.shown
        assert "ended" not in again.shown


def test_an_older_process_stands_in_the_way(terminal: Any, run: Run, newer: tuple[str, ...], project: Path) -> None:
    """The plan lists it, finish names it and is refused; with --force it is done, and nothing is asked."""
    (project / "older.py").write_text(NEWER.replace(", version=2, steps=[step(1, counted, down=back)]", ""), "utf-8")
    with opened_by("older") as config:
        config.update({"shop.racks": 5})
        planned = json.loads(run("upgrade", "plan", "--json", *newer).stdout)
        (process,) = planned["processes"]
        assert (os.getpid(), {"shop": 1}) == (process["pid"], process["older"])
        assert f"{os.getpid()} on " in run("upgrade", "plan", *newer).stdout
        refused = run("upgrade", "finish", *newer)
        assert 0 != refused.exit_code
        assert f"an older release still has the store open: process {os.getpid()} on" in refused.stderr
        forced = terminal("upgrade", "finish", "--force", *newer)
        assert 0 == forced.finish(), forced.shown
        assert "ended" not in forced.shown
    assert [] == json.loads(run("upgrade", "plan", "--json", *newer).stdout)["processes"]


def test_where_nobody_is_older_nothing_is_asked(terminal: Any, newer: tuple[str, ...]) -> None:
    """The store can tell, so the operator need not."""
    store(Path("store.json"), {"user/ann": {"shelves": 5}}, 1)
    shown = terminal("upgrade", "finish", *newer)
    assert 0 == shown.finish(), shown.shown
    assert "ended" not in shown.shown
    assert "1 of 1 document rewritten." in shown.shown


def opened_by(module: str) -> cfgcore.Config:
    """Open the store as the application of a release does."""
    spec = importlib.util.spec_from_file_location(module, f"{module}.py")
    assert spec is not None
    assert spec.loader is not None
    plugin = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plugin)
    return cfgcore.open(plugins=[plugin], plugin_group=None, settings_files=[], environ={}, store="store.json")
