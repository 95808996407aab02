"""The tables of a SQLite store, and its rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any

from cfgcore.errors import StoreDamaged
from cfgcore.store.batch import Batch
from cfgcore.store.damage import WRITTEN, lost
from cfgcore.store.document import Document
from cfgcore.store.record import Head
from cfgcore.store.rows import FORMAT, document_of, head_digest, unused_secrets
from cfgcore.store.rows import PAGE as SIZE

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

#: How many names a query takes at once: older SQLite has room for 999 parameters.
NAMES = 500

_LOST = f"SELECT column1 FROM (VALUES {{}}) WHERE EXISTS ({WRITTEN.format('', 'column1')})"


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
    if batch.secrets:
        connection.executemany("INSERT OR REPLACE INTO secrets VALUES (?, ?)", batch.secrets.items())
    _write_head(connection, batch.head)


def revisions(connection: sqlite3.Connection, names: Sequence[str]) -> dict[str, int]:
    """Return the revision of each document that was ever written."""
    return dict(_named(connection, "name, revision", names))


def documents(connection: sqlite3.Connection, names: Sequence[str]) -> dict[str, Document]:
    """Return documents by their names, empty where none was written."""
    found = {row[0]: document_of(row) for row in _named(connection, "name, revision, content, digest", names)}
    return {name: found[name] if name in found else Document() for name in names}


def _named(connection: sqlite3.Connection, columns: str, names: Sequence[str]) -> list[Any]:
    """Return the rows of these documents, as far as they were written."""
    rows: list[Any] = []
    for start in range(0, len(names), NAMES):
        page = tuple(names[start : start + NAMES])
        query = f"SELECT {columns} FROM documents WHERE name IN ({', '.join('?' * len(page))})"
        found = connection.execute(query, page).fetchall()
        known = {row[0] for row in found}
        _refuse_loss(connection, [name for name in page if name not in known])
        rows += found
    return rows


def _refuse_loss(connection: sqlite3.Connection, names: Sequence[str]) -> None:
    """Raise ``StoreDamaged`` where a document that is not found was written: its row is damaged, or the way to it."""
    if names:
        query = _LOST.format(", ".join(["(?)"] * len(names)))
        for (name,) in connection.execute(query, names):
            raise lost(name)


def forget_unused(connection: sqlite3.Connection) -> None:
    """Remove the secrets that no document and no record refers to, within the transaction that has begun."""
    log = "SELECT sequence, record FROM records WHERE sequence > ? ORDER BY sequence LIMIT ?"
    unused = unused_secrets(
        [key for (key,) in connection.execute("SELECT key FROM secrets")],
        lambda after: connection.execute(PAGE, (after, "", SIZE)).fetchall(),
        lambda after: connection.execute(log, (after, SIZE)).fetchall(),
    )
    connection.executemany("DELETE FROM secrets WHERE key = ?", [(key,) for key in unused])


def rewrite(connection: sqlite3.Connection, records: Sequence[tuple[str, int]]) -> None:
    """Replace the texts of records, each given with its sequence number."""
    connection.executemany("UPDATE records SET record = ? WHERE sequence = ?", records)
