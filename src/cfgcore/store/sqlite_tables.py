"""The tables of a SQLite store, and a database made of rows from elsewhere."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import astuple
from pathlib import Path as File
from typing import Any

from cfgcore.errors import StoreDamaged, StoreError
from cfgcore.store.record import Head
from cfgcore.store.rows import FORMAT, head_digest

_TABLES = """
CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), format INTEGER NOT NULL, incarnation TEXT NOT NULL,
                   sequence INTEGER NOT NULL, revision INTEGER NOT NULL, chain TEXT NOT NULL,
                   horizon INTEGER NOT NULL, digest TEXT NOT NULL);
CREATE TABLE documents (name TEXT PRIMARY KEY, revision INTEGER NOT NULL, content TEXT NOT NULL,
                        digest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE records (sequence INTEGER PRIMARY KEY, revision INTEGER, record TEXT NOT NULL);
CREATE INDEX records_revision ON records (revision) WHERE revision IS NOT NULL;
CREATE TABLE mentions (document TEXT NOT NULL, sequence INTEGER NOT NULL,
                       PRIMARY KEY (document, sequence)) WITHOUT ROWID;
CREATE TABLE secrets (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

#: The tables of every store that speaks SQL, and their columns; of the head there is one row.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "documents": ("name", "revision", "content", "digest"),
    "records": ("sequence", "revision", "record"),
    "mentions": ("document", "sequence"),
    "secrets": ("key", "value"),
}


def create(connection: sqlite3.Connection, head: Head) -> None:
    """Make the tables, within the transaction that has begun."""
    for statement in _TABLES.split(";"):
        connection.execute(statement)
    connection.execute("INSERT INTO head VALUES (1, ?, ?, ?, ?, ?, ?, ?)", (FORMAT, *astuple(head), head_digest(head)))


def write_head(connection: sqlite3.Connection, head: Head) -> None:
    """Move the head, within the transaction that has begun."""
    row = (head.sequence, head.revision, head.chain, head.horizon, head_digest(head))
    connection.execute("UPDATE head SET sequence = ?, revision = ?, chain = ?, horizon = ?, digest = ?", row)


def read_head(connection: sqlite3.Connection) -> Head:
    """Return where the log ends. Raises ``StoreDamaged`` where that is not what was written."""
    row = connection.execute("SELECT incarnation, sequence, revision, chain, horizon, digest FROM head").fetchone()
    if row is None or row[-1] != head_digest(head := Head(*row[:-1])):
        raise StoreDamaged("the store has lost its head; restore a backup")
    return head


def write_copy(target: File, head: Head, tables: Mapping[str, Iterable[tuple[Any, ...]]]) -> None:
    """Write a database with these rows to `target`, which is not there before it is complete."""
    refuse_existing(target)
    part = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            create(connection, head)
            for name, rows in tables.items():
                places = ", ".join("?" * len(COLUMNS[name]))
                connection.executemany(f"INSERT INTO {name} VALUES ({places})", rows)
            connection.execute("COMMIT")
        os.replace(part, target)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{target}: the backup cannot be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def refuse_existing(target: File) -> None:
    """Raise ``StoreError`` where a backup would overwrite something."""
    if target.exists():
        raise StoreError(f"{target}: the target of a backup must not exist")
