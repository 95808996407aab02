"""Damage of a SQLite database that reading alone would not see."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cfgcore.change.audit import Audit
from cfgcore.errors import StoreDamaged
from cfgcore.store import sqlite_check
from cfgcore.store.document import SYSTEM
from cfgcore.store.sqlite import SqliteStore
from cfgcore.testing.store_fixtures import commit, draft_of, write_of


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database that a store has written, and closed."""
    file = tmp_path / "store.db"
    with closing(SqliteStore(file)) as store:
        store.commit({SYSTEM: write_of(1)}, {}, draft_of({SYSTEM: 1}), {"key": "hidden"})
        commit(store, {"user/alice": 3})
    return file


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE documents SET name = 'user/alicf' WHERE name = 'user/alice'",
        "UPDATE documents SET revision = 7 WHERE name = 'system'",
        "UPDATE records SET record = replace(record, 'alice', 'alicf')",
        "DELETE FROM records WHERE sequence = 2",
        "UPDATE mentions SET document = 'user/alicf' WHERE document = 'user/alice'",
        "UPDATE mentions SET sequence = 9 WHERE document = 'system'",
        "UPDATE secrets SET key = 'kez'",
        "UPDATE head SET horizon = 1",
        "UPDATE head SET incarnation = 'another'",
    ],
)
def test_a_row_that_is_not_as_it_was_written_is_found(database: Path, statement: str) -> None:
    """A small database with any row changed is not opened: nothing of it is taken for what was stored."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement)
    with pytest.raises(StoreDamaged, match="restore a backup"):
        SqliteStore(database)


def test_what_is_read_is_checked_however_large_the_database(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large database is opened unseen; a damaged row is found as soon as it is read."""
    monkeypatch.setattr(sqlite_check, "SMALL", 0)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE documents SET content = replace(content, '3', '4') WHERE name = 'user/alice'")
        connection.execute("UPDATE secrets SET value = replace(value, 'hidden', 'hiddem')")
    with closing(SqliteStore(database)) as store:
        assert {} != store.read([SYSTEM]).documents[SYSTEM].values
        with pytest.raises(StoreDamaged, match="'user/alice' is not what was written"):
            store.read(["user/alice"])
        with pytest.raises(StoreDamaged, match="a stored secret cannot be read"):
            store.read_secrets(["key"])


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("UPDATE documents SET name = 'user/alicf' WHERE name = 'user/alice'", "user/alice"),
        ("DELETE FROM documents WHERE name = 'user/alice'", "user/alice"),
        ("DELETE FROM documents WHERE name = 'system'", SYSTEM),
    ],
)
@pytest.mark.parametrize("compacts", [False, True])
def test_a_document_that_is_not_found_is_not_taken_for_absent(
    database: Path, monkeypatch: pytest.MonkeyPatch, statement: str, name: str, compacts: bool
) -> None:
    """However large the database: what a commit wrote and is not found is damage, to readers and to writers."""
    monkeypatch.setattr(sqlite_check, "SMALL", 0)
    with closing(SqliteStore(database)) as store:
        store.append_audit(draft_of({"user/bob": 1}))
        if compacts:
            store.compact(9, draft_of({}))
            commit(store, {SYSTEM: 5}) if name != SYSTEM else None
            store.compact(9, draft_of({}))
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement)
    with closing(SqliteStore(database)) as store:
        with pytest.raises(StoreDamaged, match=f"document '{name}' was written, and is not found; restore a backup"):
            store.read([name])
        with pytest.raises(StoreDamaged, match="is not found"):
            commit(store, {name: 7}, {name: 0})
        assert {} == store.read(["user/bob"]).documents["user/bob"].values
        with pytest.raises(StoreDamaged, match=r"not what was written|is not found"):
            store.check()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE mentions SET document = 'user/alicf' WHERE document = 'user/alice'",
        "DELETE FROM mentions WHERE document = 'user/alice'",
        "UPDATE records SET sequence = 9 WHERE sequence = 2",
        "DELETE FROM records WHERE sequence = 1",
        "UPDATE secrets SET key = 'kez'",
    ],
)
def test_a_large_database_is_looked_through_when_asked(
    database: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    """What reading alone would not see, the check finds, and so does ``audit.verify()``."""
    monkeypatch.setattr(sqlite_check, "SMALL", 0)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement)
    with closing(SqliteStore(database)) as store:
        with pytest.raises(StoreDamaged, match="restore a backup"):
            store.check()
        assert not Audit(store).verify()


def test_a_list_of_names_holds_no_damaged_one(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are checked as they are listed, also the one with which a list of some prefix ends."""
    monkeypatch.setattr(sqlite_check, "SMALL", 0)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE documents SET name = 'vser/alice' WHERE name = 'user/alice'")
    with closing(SqliteStore(database)) as store, pytest.raises(StoreDamaged, match="'vser/alice' is not what"):
        store.names(prefix="user/")


def test_a_gap_in_the_log_is_damage(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that is missing is told by whoever reads the log past it, in both directions."""
    monkeypatch.setattr(sqlite_check, "SMALL", 0)
    with closing(SqliteStore(database)) as store:
        commit(store, {SYSTEM: 2})
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM records WHERE sequence IN (1, 2)")
    with closing(SqliteStore(database)) as store:
        with pytest.raises(StoreDamaged, match="record 1 of the log is missing"):
            list(store.log())
        with pytest.raises(StoreDamaged, match="of the log is missing"):
            list(store.log_back())
        with pytest.raises(StoreDamaged, match="record 1 of the log cannot be read"):
            list(store.log_back(document=SYSTEM))
