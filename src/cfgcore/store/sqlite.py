"""The SQLite store: ``sqlite:///relative/path``, ``sqlite:////absolute/path``; one machine, any number of processes."""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path as File
from typing import Any

from cfgcore.errors import StoreDamaged, StoreError
from cfgcore.store.batch import Batch, Request, expected
from cfgcore.store.document import Document
from cfgcore.store.fork import after_fork
from cfgcore.store.lock import ProcessLock
from cfgcore.store.network import is_network
from cfgcore.store.pool import Pool
from cfgcore.store.protocol import Snapshot, Write
from cfgcore.store.queue import CommitQueue
from cfgcore.store.record import Draft, Head, Record
from cfgcore.store.rows import FORMAT, LogRow, backward, document_of, forward, secret_of, without_payloads
from cfgcore.store.secret import secret_prefix
from cfgcore.store.sqlite_check import check, is_small
from cfgcore.store.sqlite_tables import create, read_head, refuse_existing, write_head

POLL = 0.02
CONNECTIONS = 64


class SqliteStore:
    """A store in one SQLite database, in WAL mode with ``synchronous=FULL``.

    Writers of several processes queue on a lock file beside the database, because SQLite's own waiting starves some of
    them; writers of one process that wait together share a transaction, and so its fsync.
    """

    def __init__(self, file: File, *, patience: float = 10.0) -> None:
        """Open the database, making it where there is none. Raises ``StoreError`` saying what stands in the way."""
        self.url = f"sqlite:///{file}"
        self._file = file
        self._lock = ProcessLock(file.with_name(f"{file.name}.lock"), patience)
        self._pool = Pool(self.url, self._connect, size=CONNECTIONS, patience=patience)
        self._queue = CommitQueue(self._settle)
        self._changed = threading.Condition()
        after_fork(self)
        self._check_place()
        with self._translated():
            self._prepare()

    def head(self) -> Head:
        """Return where the log ends now."""
        with self._reading() as connection:
            return read_head(connection)

    def read(self, names: Sequence[str]) -> Snapshot:
        """Return the named documents, all as of one revision."""
        with self._reading() as connection:
            connection.execute("BEGIN")
            try:
                documents = {name: _document(connection, name) for name in names}
                return Snapshot(read_head(connection), documents)
            finally:
                connection.execute("COMMIT")

    def names(self, prefix: str = "", after: str = "", limit: int = 1000) -> list[str]:
        """Return at most `limit` names of written documents that begin with `prefix` and follow `after`, in order."""
        with self._reading() as connection:
            query = "SELECT name FROM documents WHERE name > ? AND name >= ? ORDER BY name LIMIT ?"
            rows = connection.execute(query, (after, prefix, limit))
            return [name for (name,) in itertools.takewhile(lambda row: row[0].startswith(prefix), rows)]

    def commit(
        self,
        writes: Mapping[str, Write],
        expect: Mapping[str, int],
        draft: Draft,
        secrets: Mapping[str, Any] | None = None,
    ) -> Record:
        """Write all documents and one record, or nothing; raises ``Conflict`` where an expected revision moved on."""
        return self._queue.submit(Request(writes, expect, draft, secrets or {}, commits=True))

    def append_audit(self, draft: Draft) -> Record:
        """Append a record that changes no document."""
        return self._queue.submit(Request({}, {}, draft, {}, commits=False))

    def log(self, after: int = 0, limit: int | None = None) -> Iterator[Record]:
        """Yield the records whose sequence number is greater than `after`, oldest first."""
        query = "SELECT sequence, record FROM records WHERE sequence > ? ORDER BY sequence LIMIT ?"
        return forward(lambda after, size: self._rows(query, after, size), after, limit)

    def log_back(self, before: int | None = None, document: str | None = None) -> Iterator[Record]:
        """Yield the records before sequence number `before`, newest first; only those that speak of `document`."""
        joined = "JOIN mentions USING (sequence) WHERE document = ? AND" if document is not None else "WHERE"
        query = f"SELECT sequence, record FROM records {joined} sequence < ? ORDER BY sequence DESC LIMIT ?"
        chosen = (document,) if document is not None else ()
        return backward(lambda before, size: self._rows(query, *chosen, before, size), before)

    def watch(self, revision: int, timeout: float) -> int:
        """Wait until the store's revision is greater than `revision`, at most `timeout` seconds; return it."""
        deadline = time.monotonic() + timeout
        while True:
            current = self.head().revision
            left = deadline - time.monotonic()
            if current > revision or left <= 0:
                return current
            with self._changed:
                self._changed.wait(min(POLL, left))

    def read_secrets(self, keys: Sequence[str]) -> Mapping[str, Any]:
        """Return the stored secrets of these keys; a key that is not known is left out."""
        with self._reading() as connection:
            query = "SELECT value FROM secrets WHERE key = ?"
            found = {key: connection.execute(query, (key,)).fetchone() for key in keys}
            return {key: secret_of(key, row[0]) for key, row in found.items() if row is not None}

    def compact(self, before: int) -> int:
        """Erase the payloads of records whose revision is below `before`; return how many records lost theirs."""
        below = "sequence <= coalesce((SELECT max(sequence) FROM records WHERE revision < ?), 0)"
        with self._writing() as connection:
            rows = connection.execute(f"SELECT sequence, record FROM records WHERE {below}", (before,)).fetchall()
            count = _replace(connection, without_payloads(rows))
            connection.execute(f"DELETE FROM mentions WHERE {below}", (before,))
            head = read_head(connection)
            write_head(connection, replace(head, horizon=max(head.horizon, min(before - 1, head.revision))))
        self._truncate()
        return count

    def erase(self, document: str) -> int:
        """Remove a document and every payload that speaks of it; return how many records lost one."""
        query = "SELECT sequence, record FROM records JOIN mentions USING (sequence) WHERE document = ?"
        with self._writing() as connection:
            count = _replace(connection, without_payloads(connection.execute(query, (document,)), document))
            connection.execute("DELETE FROM mentions WHERE document = ?", (document,))
            connection.execute("DELETE FROM documents WHERE name = ?", (document,))
            start = secret_prefix(document)
            connection.execute("DELETE FROM secrets WHERE key >= ? AND key < ?", (start, start + "\U0010ffff"))
        self._truncate()
        return count

    def backup(self, target: File) -> Head:
        """Write a copy of everything to `target`, which must not exist, and return the head it holds."""
        refuse_existing(target)
        _create_private(target)
        with self._reading() as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
        with contextlib.closing(SqliteStore(target)) as copy:
            return copy.head()

    def close(self) -> None:
        """Close the connections. Closing twice does nothing."""
        self._pool.close()

    def leave_parent(self) -> None:
        """Forget, in a forked child, the threads of its parent."""
        self._changed = threading.Condition()

    def _check_place(self) -> None:
        folder = self._file.parent
        if not folder.is_dir():
            raise StoreError(f"{self.url}: the folder {folder} does not exist")
        if self._file.exists() and not self._file.is_file():
            raise StoreError(f"{self.url}: it is a folder, not a file")
        if is_network(folder):
            raise StoreError(
                f"{self.url}: {folder} is a network file system, on which SQLite loses data; use postgresql://"
            )

    def _prepare(self) -> None:
        _create_private(self._file)
        with self._lock(), contextlib.closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not tables:
                create(connection, Head(uuid.uuid4().hex))
            elif "head" not in tables:
                raise StoreError(f"{self.url}: it is a database of something else; nothing was changed")
            connection.execute("COMMIT")
            (found,) = connection.execute("SELECT max(format) FROM head").fetchone()
            if isinstance(found, int) and found > FORMAT:
                raise StoreError(f"{self.url}: it was written by a newer cfgcore (format {found}); upgrade cfgcore")
            if is_small(connection):
                check(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, timeout=5.0, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._translated(), self._pool.lease() as connection:
            yield connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock(), self._reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def _settle(self, requests: Sequence[Request]) -> Sequence[Record | Exception]:
        with self._writing() as connection:
            batch = Batch(read_head(connection), _revisions(connection, expected(requests)))
            batch.judge(requests)
            if batch.records:
                _write(connection, batch)
        with self._changed:
            self._changed.notify_all()
        return batch.outcomes

    def _rows(self, query: str, *parameters: Any) -> list[LogRow]:
        with self._reading() as connection:
            return connection.execute(query, parameters).fetchall()

    def _truncate(self) -> None:
        with self._reading() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except UnicodeDecodeError as error:
            raise StoreDamaged(f"{self.url}: {error}; restore a backup, or move the file away to begin anew") from error
        except sqlite3.DatabaseError as error:
            damaged = getattr(error, "sqlite_errorname", "") in (
                "SQLITE_CORRUPT",
                "SQLITE_NOTADB",
            ) or "malformed" in str(error)
            if damaged or "not a database" in str(error):
                raise StoreDamaged(
                    f"{self.url}: {error}; restore a backup, or move the file away to begin anew"
                ) from error
            raise StoreError(f"{self.url}: {error}") from error


def _write(connection: sqlite3.Connection, batch: Batch) -> None:
    connection.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", batch.documents.values())
    connection.executemany("INSERT INTO records VALUES (?, ?, ?)", batch.records)
    connection.executemany("INSERT INTO mentions VALUES (?, ?)", batch.mentions)
    connection.executemany("INSERT OR REPLACE INTO secrets VALUES (?, ?)", batch.secrets.items())
    write_head(connection, batch.head)


def _revisions(connection: sqlite3.Connection, names: Sequence[str]) -> dict[str, int]:
    query = "SELECT name, revision FROM documents WHERE name = ?"
    return dict(row for name in names for row in connection.execute(query, (name,)))


def _document(connection: sqlite3.Connection, name: str) -> Document:
    query = "SELECT name, revision, content, digest FROM documents WHERE name = ?"
    row = connection.execute(query, (name,)).fetchone()
    return Document() if row is None else document_of(row)


def _replace(connection: sqlite3.Connection, texts: Sequence[tuple[str, int]]) -> int:
    connection.executemany("UPDATE records SET record = ? WHERE sequence = ?", texts)
    return len(texts)


def _create_private(file: File) -> None:
    """Make an empty database that only its owner may read, because it holds secrets; SQLite's other files follow it."""
    with contextlib.suppress(OSError):  # it is there, or SQLite says why it cannot be made
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
