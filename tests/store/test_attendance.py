"""Who has a store of files open: files whose locks go with their processes, which disturb nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cfgcore.store.attendance import Attendance
from cfgcore.store.json_file import JsonFileStore
from cfgcore.store.presence import Presence, from_text, this_process, to_text
from cfgcore.store.sqlite import SqliteStore

Kind = type[JsonFileStore] | type[SqliteStore]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store.present"


@pytest.fixture
def watcher(folder: Path) -> Attendance:
    """Somebody who looks, and has announced nothing."""
    return Attendance(folder)


@pytest.fixture
def own(folder: Path) -> Iterator[Attendance]:
    """This process, announced."""
    attendance = Attendance(folder)
    attendance.announce(this_process({"a": 1}))
    yield attendance
    attendance.leave()


def test_the_folder_is_there_while_somebody_is(folder: Path, own: Attendance, watcher: Attendance) -> None:
    """One file for each announcement; the last one that leaves takes the folder away."""
    second = Attendance(folder)
    second.announce(this_process({"a": 2}))
    assert 2 == len(list(folder.iterdir()))
    assert [1, 2] == sorted(found.versions["a"] for found in watcher.present())
    own.leave()
    assert [2] == [found.versions["a"] for found in watcher.present()]
    second.leave()
    assert ([], False) == (watcher.present(), folder.exists())


@pytest.mark.parametrize("kind", [JsonFileStore, SqliteStore])
def test_a_closed_store_leaves_nothing(kind: Kind, tmp_path: Path) -> None:
    """Beside the files that it had before."""
    with closing(kind(tmp_path / "s")):
        pass
    before = sorted(file.name for file in tmp_path.iterdir())
    store = kind(tmp_path / "s")
    store.announce(this_process({}))
    assert "s.present" in {file.name for file in tmp_path.iterdir()}
    store.close()
    assert before == sorted(file.name for file in tmp_path.iterdir())


def test_what_a_dead_process_left_is_removed(folder: Path, watcher: Attendance) -> None:
    """By whoever looks, and by whoever announces itself."""
    for look in (watcher.present, lambda: watcher.announce(this_process({}))):
        folder.mkdir(exist_ok=True)
        (folder / "1-dead.json").write_text(" " + to_text(this_process({})), encoding="utf-8")
        look()
        assert not (folder / "1-dead.json").exists()
    watcher.leave()
    assert not folder.exists()


def test_what_is_something_else_disturbs_nothing(folder: Path, watcher: Attendance) -> None:
    """A folder, a pipe, a link to nowhere: nobody waits, and nobody is seen by them."""
    folder.mkdir()
    (folder / "a folder").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "a pipe")
        (folder / "a link").symlink_to(folder / "nowhere")
    assert [] == watcher.present()
    watcher.announce(this_process({}))
    assert 1 == len(watcher.present())
    watcher.leave()


def test_where_no_folder_can_be_nobody_is_seen(tmp_path: Path) -> None:
    """And nothing fails: a file stands in its place, or the folder above is gone."""
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    for folder in (tmp_path / "taken", tmp_path / "gone" / "present"):
        attendance = Attendance(folder)
        attendance.announce(this_process({}))
        assert [] == attendance.present()
        attendance.leave()
    assert "mine" == (tmp_path / "taken").read_text("utf-8")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"id": 1}', "[" * 100_000, '{"versions": {"a": "b"}}'])
def test_what_cannot_be_read_is_nobody(text: str) -> None:
    """Half written, foreign, or of a release that says other things."""
    assert from_text(text) is None


def test_a_presence_survives_its_text() -> None:
    """Whatever its names hold."""
    said = Presence("1f", "høst", 7, "2026-01-31T12:00:00Z", 'a "b"\n', {"é": 3})
    assert said == from_text(to_text(said))


forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked on POSIX only")


@forking
def test_a_forked_child_is_seen_by_itself(own: Attendance, watcher: Attendance) -> None:
    """It goes on being seen when its parent leaves, and is gone when it ends without a word."""
    here, there = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        os.write(here[1], b"x")
        os.read(there[0], 1)
        os._exit(0)
    assert b"x" == os.read(here[0], 1)
    assert {os.getpid(), child} == {found.pid for found in watcher.present()}
    assert 2 == len({found.id for found in watcher.present()})
    own.leave()
    assert [(child, {"a": 1})] == [(found.pid, dict(found.versions)) for found in watcher.present()]
    os.write(there[1], b"x")
    os.waitpid(child, 0)
    assert [] == watcher.present()
    for end in (*here, *there):
        os.close(end)


@forking
def test_children_that_end_at_once_leave_no_heap(own: Attendance, folder: Path) -> None:
    """Each child that is forked removes what those before it left."""
    for _ in range(10):
        if not (child := os.fork()):
            os._exit(0)
        os.waitpid(child, 0)
    assert len(list(folder.iterdir())) <= 2
    assert 1 == len(own.present())


FULL = """
import resource, signal, sys
import cfgcore
from cfgcore import hookimpl, section, setting

@section("shop")
class Shop:
    shelves: int = setting(3)

class Plugin:
    name = "shop"
    @hookimpl
    def cfgcore_sections(self):
        return [Shop]

with cfgcore.open(plugins=[Plugin()], plugin_group=None, settings_files=[], environ={}, store=sys.argv[1]) as config:
    config.upgrade.announce()
    assert len(config.upgrade.processes()) == 1
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    config.upgrade.announce()
    assert config.upgrade.processes() == ()
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    print(config.update({"shop.shelves": 4}).revision)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the size of files is limited on POSIX only")
@pytest.mark.parametrize("url", ["s.json", "sqlite:///s.db"])
def test_a_full_disk_costs_being_seen_and_nothing_else(url: str, tmp_path: Path) -> None:
    """The next commit is made as ever, and nothing is left behind."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, url], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert ("1\n", "") == (done.stdout, done.stderr)
    assert not list(tmp_path.glob("*.present"))
