"""Damage of a SQLite database that reading alone would not see."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

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
