"""The tables of a SQLite store, and its rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import astuple

from cfgcore.errors import StoreDamaged
from cfgcore.store.batch import Batch
from cfgcore.store.damage import WRITTEN, lost
from cfgcore.store.document import Document
from cfgcore.store.record import Head
from cfgcore.store.rows import FORMAT, document_of, head_digest

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

#: The rows of documents that follow a name, from a prefix on.
PAGE = "SELECT name, revision, content, digest FROM documents WHERE name > ? AND name >= ? ORDER BY name LIMIT ?"

_WRITTEN = WRITTEN.format("", "?")


def create(connection: sqlite3.Connection, head: Head) -> None:
    """Make the tables, within the transaction that has begun."""
    for statement in _TABLES.split(";"):
        connection.execute(statement)
    connection.execute("INSERT INTO head VALUES (1, ?, ?, ?, ?, ?, ?, ?)", (FORMAT, *astuple(head), head_digest(head)))


def _write_head(connection: sqlite3.Connection, head: Head) -> None:
    """Move the head, within the transaction that has begun."""
    row = (head.sequence, head.revision, head.chain, head.horizon, head_digest(head))
    connection.execute("UPDATE head SET sequence = ?, revision = ?, chain = ?, horizon = ?, digest = ?", row)


def read_head(connection: sqlite3.Connection) -> Head:
    """Return where the log ends. Raises ``StoreDamaged`` where that is not what was written."""
    row = connection.execute("SELECT incarnation, sequence, revision, chain, horizon, digest FROM head").fetchone()
    if row is None or row[-1] != head_digest(head := Head(*row[:-1])):
        raise StoreDamaged("the store has lost its head; restore a backup")
    return head


def write(connection: sqlite3.Connection, batch: Batch) -> None:
    """Write what a batch of commits came to, within the transaction that has begun."""
    connection.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", batch.documents.values())
    connection.executemany("INSERT INTO records VALUES (?, ?, ?)", batch.records)
    connection.executemany("INSERT INTO mentions VALUES (?, ?)", batch.mentions)
    connection.executemany("INSERT OR REPLACE INTO secrets VALUES (?, ?)", batch.secrets.items())
    _write_head(connection, batch.head)


def revisions(connection: sqlite3.Connection, names: Sequence[str]) -> dict[str, int]:
    """Return the revision of each document that was ever written."""
    query = "SELECT revision FROM documents WHERE name = ?"
    found: dict[str, int] = {}
    for name in names:
        row = connection.execute(query, (name,)).fetchone()
        if row is None:
            _refuse_loss(connection, name)
        else:
            (found[name],) = row
    return found


def document(connection: sqlite3.Connection, name: str) -> Document:
    """Return a document, empty where none was written."""
    query = "SELECT name, revision, content, digest FROM documents WHERE name = ?"
    row = connection.execute(query, (name,)).fetchone()
    if row is None:
        _refuse_loss(connection, name)
        return Document()
    return document_of(row)


def _refuse_loss(connection: sqlite3.Connection, name: str) -> None:
    """Raise ``StoreDamaged`` where a document that is not found was written: its row is damaged, or the way to it."""
    if connection.execute(_WRITTEN, (name,)).fetchone() is not None:
        raise lost(name)


def rewrite(connection: sqlite3.Connection, records: Sequence[tuple[str, int]]) -> None:
    """Replace the texts of records, each given with its sequence number."""
    connection.executemany("UPDATE records SET record = ? WHERE sequence = ?", records)
