"""Stores that this process cannot write: on a file system that is read-only, or without permission."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cfgcore.errors import StoreError
from cfgcore.store.document import SYSTEM
from cfgcore.store.json_file import JsonFileStore
from cfgcore.store.protocol import Store
from cfgcore.store.record import broken
from cfgcore.store.sqlite import SqliteStore
from cfgcore.testing.store_fixtures import commit, draft_of, value_of

pytestmark = pytest.mark.skipif(not hasattr(os, "seteuid"), reason="permissions are those of POSIX")

Seal = Callable[[], Path]
Open = Callable[[Path], Store]


@pytest.fixture(params=["mount", "permissions"])
def seal(request: pytest.FixtureRequest, open_folder: Path, unprivileged: Callable[[], None]) -> Iterator[Seal]:
    """A function that returns a folder with what is in `open_folder`, in which this process can write nothing."""
    view = open_folder.with_name(f"{open_folder.name}.view")

    def without_permission() -> Path:
        for file in open_folder.iterdir():
            file.chmod(0o444)
        open_folder.chmod(0o555)
        unprivileged()
        return open_folder

    def mounted() -> Path:
        view.mkdir()
        if not _run("mount", "--bind", str(open_folder), str(view)):
            pytest.skip("this user may not mount a file system")
        assert _run("mount", "-o", "remount,bind,ro", str(view))
        return view

    yield without_permission if request.param == "permissions" else mounted
    if view.exists():
        _run("umount", str(view))
        view.rmdir()


def _run(*command: str) -> bool:
    if sys.platform != "linux" or shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture(params=[(JsonFileStore, "store.json"), (SqliteStore, "store.db")], ids=["json", "sqlite"])
def kind(request: pytest.FixtureRequest) -> tuple[Open, str]:
    """How a store is opened, and what its file is called."""
    found: tuple[Open, str] = request.param
    return found


def test_everything_can_be_read_and_nothing_written(
    open_folder: Path, kind: tuple[Open, str], seal: Seal, tmp_path: Path
) -> None:
    """Documents, log, secrets and backups are there; every change is refused with the reason; no file is touched."""
    open_, name = kind
    with closing(open_(open_folder / name)) as store:
        commit(store, {SYSTEM: 1, "user/alice": 2})
        store.commit({}, {}, draft_of({}), {"key": "hidden"})
    before = {file.name: file.read_bytes() for file in open_folder.iterdir()}
    file = seal() / name
    if os.geteuid() == 0:  # else the secrets may not be read
        with closing(open_(file)) as store:
            assert {"key": "hidden"} == store.read_secrets(["key"])
            assert 2 == store.backup(tmp_path / f"copy-{name}").revision
    with closing(open_(file)) as store:
        assert (1, 2, None) == (value_of(store, SYSTEM), value_of(store, "user/alice"), value_of(store, "user/bob"))
        assert ([SYSTEM, "user/alice"], 2) == (store.names(), store.watch(1, 0.0))
        assert (broken(store.log(), store.head()), 1) == (None, len(list(store.log_back(document=SYSTEM))))
        for write in (
            lambda: commit(store, {SYSTEM: 2}),
            lambda: store.append_audit(draft_of({})),
            lambda: store.compact(2, draft_of({})),
            lambda: store.erase(SYSTEM, draft_of({})),
        ):
            with pytest.raises(StoreError, match=r"opened read-only: .* cannot be written by this user"):
                write()
    with pytest.raises(StoreError, match="closed"):
        store.head()
    assert before == {file.name: file.read_bytes() for file in open_folder.iterdir()}


def test_what_others_write_is_seen(open_folder: Path, kind: tuple[Open, str], seal: Seal) -> None:
    """A reader that cannot write sees what another process commits before, during and after it has it open."""
    open_, name = kind
    with closing(open_(open_folder / name)) as writer:
        commit(writer, {SYSTEM: 1})
        with closing(open_(seal() / name)) as reader:
            assert 1 == value_of(reader, SYSTEM)
            if os.geteuid() == 0:
                commit(writer, {SYSTEM: 2})
                assert 2 == value_of(reader, SYSTEM)
                writer.close()
                with closing(open_(open_folder / name)) as another:
                    commit(another, {SYSTEM: 3})
                    assert 3 == value_of(reader, SYSTEM)
                assert 3 == value_of(reader, SYSTEM)


def test_a_database_that_is_not_there_is_not_made(open_folder: Path, seal: Seal) -> None:
    """Where no database is and none can be made, the error says both."""
    with pytest.raises(StoreError, match=r"store\.db: it does not exist, and cannot be made: .* by this user"):
        SqliteStore(seal() / "store.db")


def test_commits_that_cannot_be_reached_are_not_left_out(open_folder: Path, seal: Seal, tmp_path: Path) -> None:
    """A database copied without its index of the write-ahead log is refused: what is read is never an older state."""
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        commit(store, {SYSTEM: 1})
        for name in ("store.db", "store.db-wal"):
            shutil.copy(tmp_path / name, open_folder)
    with pytest.raises(StoreError, match=r"newest commits are in store\.db-wal, .* copy both files to where"):
        SqliteStore(seal() / "store.db")
