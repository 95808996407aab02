"""The SQLite store."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from cfgcore.errors import StoreDamaged, StoreError
from cfgcore.store import sqlite_file
from cfgcore.store.document import SYSTEM
from cfgcore.store.protocol import Store
from cfgcore.store.record import broken
from cfgcore.store.sqlite import SqliteStore
from cfgcore.store.sqlite_tables import NAMES
from cfgcore.testing.store_fixtures import commit, value_of
from cfgcore.testing.stores import StoreContract


class TestSqliteStore(StoreContract):
    """The SQLite store keeps the promises of every store."""

    @pytest.fixture
    def make_store(self, tmp_path: Path) -> Callable[[], Store]:
        return partial(SqliteStore, tmp_path / "store.db")

    @pytest.fixture
    def storage_bytes(self, tmp_path: Path) -> Callable[[], bytes]:
        return lambda: b"".join(file.read_bytes() for file in tmp_path.glob("store.db*"))

    def open_backup(self, target: Path) -> Store:
        return SqliteStore(target)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def test_a_file_that_is_no_database_is_left_alone(file: Path) -> None:
    """Text in the place of the database is StoreDamaged, says what to do, and stays as it is."""
    text = b"this is a letter, not a database; " * 200
    file.write_bytes(text)
    with pytest.raises(StoreDamaged, match=r"store\.db: .*not a database; restore a backup"):
        SqliteStore(file)
    assert text == file.read_bytes()


def test_a_database_of_something_else_is_left_alone(file: Path) -> None:
    """A database without the store's tables is refused, and no table is added to it."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE letters (text)")
    with pytest.raises(StoreError, match="database of something else; nothing was changed"):
        SqliteStore(file)
    with contextlib.closing(sqlite3.connect(file)) as connection:
        assert [("letters",)] == connection.execute("SELECT name FROM sqlite_master").fetchall()


def test_a_newer_format_is_refused(file: Path) -> None:
    """A database that a newer cfgcore wrote asks for an upgrade."""
    SqliteStore(file).close()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE head SET format = 99")
        connection.commit()
    with pytest.raises(StoreError, match=r"newer cfgcore \(format 99\); upgrade cfgcore"):
        SqliteStore(file)


def test_a_folder_in_its_place_is_refused(file: Path) -> None:
    """A folder where the database should be is a StoreError."""
    file.mkdir()
    with pytest.raises(StoreError, match="it is a folder"):
        SqliteStore(file)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """Where the folder of the database is missing, the error names it."""
    with pytest.raises(StoreError, match=r"the folder .*absent does not exist"):
        SqliteStore(tmp_path / "absent" / "store.db")


def test_a_network_file_system_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a network file system SQLite loses data: another store is advised, and no file is made."""
    monkeypatch.setattr(sqlite_file, "is_network", lambda folder: folder == file.parent)
    with pytest.raises(StoreError, match=r"network file system.*postgresql://"):
        SqliteStore(file)
    assert not file.exists()


def test_a_changed_document_is_damage(file: Path) -> None:
    """A document that somebody changed in the database is not returned."""
    with contextlib.closing(SqliteStore(file)) as store:
        commit(store, {SYSTEM: 1})
        with contextlib.closing(sqlite3.connect(file)) as connection:
            connection.execute("UPDATE documents SET content = replace(content, '1', '2')")
            connection.commit()
        with pytest.raises(StoreDamaged, match="'system' is not what was written"):
            store.read([SYSTEM])


def test_a_truncated_database_is_an_error(file: Path) -> None:
    """A database that lost its second half is an error when it is read, never a wrong value."""
    with contextlib.closing(SqliteStore(file)) as store:
        commit(store, {f"user/{number}": "x" * 500 for number in range(200)})
    length = file.stat().st_size
    os.truncate(file, length // 2)
    with pytest.raises(StoreError, match=r"malformed|not a database"), contextlib.closing(SqliteStore(file)) as store:
        store.read([f"user/{number}" for number in range(200)])


def test_an_empty_database_is_damaged(file: Path) -> None:
    """A database cut to nothing has lost everything: it is not taken for a new one."""
    with contextlib.closing(SqliteStore(file)) as store:
        commit(store, {SYSTEM: 1})
    os.truncate(file, 0)
    with pytest.raises(StoreDamaged, match=r"store\.db: it is empty; restore a backup"):
        SqliteStore(file)
    assert 0 == file.stat().st_size


def test_what_a_killed_writer_left_is_removed(file: Path) -> None:
    """A draft of a database that was never completed goes at the next opening; files of others stay."""
    draft, other = file.with_name(".store.db.4711.tmp"), file.with_name(".other.db.4711.tmp")
    draft.write_bytes(b"half")
    other.write_bytes(b"another's")
    SqliteStore(file).close()
    assert (False, True) == (draft.exists(), other.exists())


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="permissions are those of POSIX")
def test_a_database_that_may_only_be_read(open_folder: Path, unprivileged: Callable[[], None]) -> None:
    """A database without permission to write gives a StoreError, and is not changed."""
    file = open_folder / "store.db"
    with contextlib.closing(SqliteStore(file)) as store:
        commit(store, {SYSTEM: 1})
    file.chmod(0o444)
    before = file.read_bytes()
    unprivileged()
    with pytest.raises(StoreError, match=r"store\.db"), contextlib.closing(SqliteStore(file)) as store:
        commit(store, {SYSTEM: 2})
    assert before == file.read_bytes()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
def test_a_forked_child_opens_connections_of_its_own(file: Path, forked: Callable[[Callable[[], None]], int]) -> None:
    """After a fork, child and parent both commit, with one chain."""
    with contextlib.closing(SqliteStore(file)) as store:
        commit(store, {SYSTEM: 1})
        assert 0 == forked(lambda: commit(store, {SYSTEM: 2}, {SYSTEM: 1}) and None)
        commit(store, {SYSTEM: 3}, {SYSTEM: 2})
        assert (3, None) == (value_of(store, SYSTEM), broken(store.log(), store.head()))


def test_a_failing_commit_fails_alone(file: Path) -> None:
    """Threads that commit together share a transaction: one that cannot be stored does not take the others with it."""
    with contextlib.closing(SqliteStore(file)) as store:
        errors: list[Exception] = []

        def write(value: object) -> None:
            try:
                for _ in range(10):
                    commit(store, {f"user/{value}": value})
            except StoreError as error:
                errors.append(error)

        threads = [threading.Thread(target=write, args=(value,)) for value in (1, 2, float("nan"), 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ["the change cannot be stored"] == [str(error).partition(":")[0] for error in errors]
        assert ["user/1", "user/2", "user/3"] == store.names()
        assert 30 == store.head().revision


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_only_the_owner_reads_a_database(tmp_path: Path) -> None:
    """The database, what SQLite keeps beside it, and a backup hold secrets: their mode is 0600."""
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        store.backup(tmp_path / "backup.db")
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert {"store.db", "backup.db"} <= modes.keys()
    assert {0o600} == set(modes.values())


def test_more_documents_than_a_query_takes_are_read(tmp_path: Path) -> None:
    """Any number of documents is read as of one revision; those that nobody wrote are empty."""
    names = [f"user/{number}" for number in range(NAMES + 2)]
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        commit(store, {names[0]: 1})
        commit(store, {names[-1]: 2})
        found = store.read(names).documents
    assert names == list(found)
    assert [names[0], names[-1]] == [name for name, document in found.items() if document.values]


def test_a_lost_document_is_found_among_others(tmp_path: Path) -> None:
    """A document that a commit wrote, and whose row is gone, is an error that names it, also beside empty ones."""
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        commit(store, {"user/alice": 1})
        with contextlib.closing(sqlite3.connect(tmp_path / "store.db")) as connection, connection:
            connection.execute("DELETE FROM documents WHERE name = 'user/alice'")
        assert {} == store.read(["user/bob", SYSTEM]).documents["user/bob"].values
        with pytest.raises(StoreDamaged, match="'user/alice' was written, and is not found"):
            store.read(["user/bob", "user/alice", SYSTEM])
