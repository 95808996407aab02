"""The SQLite store: ``sqlite:///relative/path``, ``sqlite:////absolute/path``; one machine, any number of processes."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path as File
from typing import Any

from cfgcore.errors import StoreError
from cfgcore.store.attendance import Attendance, Attended
from cfgcore.store.batch import Batch, audited, expected
from cfgcore.store.copies import tell_of_copies
from cfgcore.store.damage import UNMENTION
from cfgcore.store.document import Document
from cfgcore.store.fork import after_fork
from cfgcore.store.lock import ProcessLock
from cfgcore.store.place import FOR_READING, beside, unwritable
from cfgcore.store.pool import Pool
from cfgcore.store.protocol import Request, Snapshot, Store, Write
from cfgcore.store.queue import CommitQueue
from cfgcore.store.record import Draft, Head, Record
from cfgcore.store.rows import (
    LogRow,
    backward,
    documents_in,
    forward,
    names_in,
    secret_of,
    take_payloads,
)
from cfgcore.store.scanning import is_beginning
from cfgcore.store.secret import secret_prefix
from cfgcore.store.sqlite_check import check
from cfgcore.store.sqlite_file import (
    connect,
    connect_read_only,
    ensure,
    recognise,
    refuse_existing,
    refuse_place,
    translated,
    write_copy,
)
from cfgcore.store.sqlite_tables import PAGE, documents, forget_unused, read_head, revisions, rewrite, write

POLL = 0.02
CONNECTIONS = 64


class SqliteStore(Attended):
    """A store in one SQLite database, in WAL mode with ``synchronous=FULL``.

    Writers of several processes queue on a lock file beside the database, because SQLite's own waiting starves some of
    them; writers of one process that wait together share a transaction, and so its fsync. A database that this process
    cannot write is opened read-only.
    """

    def __init__(self, file: File, *, patience: float = 10.0, read_only: bool = False) -> None:
        """Open the database, making it where there is none. Raises ``StoreError`` saying what stands in the way.

        One that is `read_only` is left as it is.
        """
        self.url = f"sqlite:///{file}"
        self._file = file
        self._lock = ProcessLock(file.with_name(f"{file.name}.lock"), patience)
        self._attendance = Attendance(beside(file, "present"))
        self._read_only = _read_only(file, read_only)
        self._pool = Pool(self.url, lambda: connect(file), size=CONNECTIONS, patience=patience)
        self._queue = CommitQueue(self._settle)
        self._changed = threading.Condition()
        after_fork(self)
        with translated(self.url):
            refuse_place(file)
            with self._lock() if self._read_only is None else contextlib.nullcontext():
                if self._read_only is None:
                    ensure(file)
                with self._opened() as connection:
                    recognise(file, connection)

    def head(self) -> Head:
        """Return where the log ends now."""
        with self._reading() as connection:
            return read_head(connection)

    def read(self, names: Sequence[str]) -> Snapshot:
        """Return the named documents, all as of one revision."""
        with self._reading() as connection:
            connection.execute("BEGIN")
            try:
                return Snapshot(read_head(connection), documents(connection, names))
            finally:
                connection.execute("COMMIT")

    def names(self, prefix: str = "", after: str = "", limit: int = 1000) -> list[str]:
        """Return at most `limit` names of written documents that begin with `prefix` and follow `after`, in order."""
        with self._reading() as connection:
            return names_in(connection.execute(PAGE, (after, prefix, limit)), prefix)

    def page(self, prefix: str, after: str, limit: int) -> dict[str, Document]:
        """Return at most `limit` documents whose names begin with `prefix` and follow `after`, in order."""
        with self._reading() as connection:
            return documents_in(connection.execute(PAGE, (after, prefix, limit)), prefix)

    def count(self, prefix: str) -> int:
        """Return how many documents have names that begin with `prefix`."""
        with self._reading() as connection:
            begins = "name >= :prefix AND substr(name, 1, length(:prefix)) = :prefix"
            query = f"SELECT count(*) FROM documents WHERE {begins}"
            return int(connection.execute(query, {"prefix": prefix}).fetchone()[0])

    def commit(
        self,
        writes: Mapping[str, Write],
        expect: Mapping[str, int],
        draft: Draft,
        secrets: Mapping[str, Any] | None = None,
    ) -> Record:
        """Write all documents and one record, or nothing; raises ``Conflict`` where an expected revision moved on."""
        return self._queue.submit(Request(writes, expect, draft, secrets or {}, commits=True))

    def commit_all(self, requests: Sequence[Request]) -> None:
        """Commit many in their order, in one transaction. Raises what the first that fails fails by."""
        self._queue.submit_all(requests)

    def append_audit(self, draft: Draft) -> Record:
        """Append a record that changes no document."""
        return self._queue.submit(Request({}, {}, draft, {}, commits=False))

    def log(self, after: int = 0, limit: int | None = None) -> Iterator[Record]:
        """Yield the records whose sequence number is greater than `after`, oldest first."""
        query = "SELECT sequence, record FROM records WHERE sequence > ? ORDER BY sequence LIMIT ?"
        return forward(lambda after, size: self._rows(query, after, size), after, limit)

    def log_back(self, before: int | None = None, document: str | None = None) -> Iterator[Record]:
        """Yield the records before sequence number `before`, newest first; only those that speak of `document`."""
        joined = "mentions LEFT JOIN records USING (sequence) WHERE document = ? AND"
        source = "records WHERE" if document is None else joined
        query = f"SELECT sequence, record FROM {source} sequence < ? ORDER BY sequence DESC LIMIT ?"
        chosen = (document,) if document is not None else ()
        return backward(lambda before, size: self._rows(query, *chosen, before, size), before, document)

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

    def compact(self, before: int, draft: Draft) -> int:
        """Erase the payloads of records whose revision is below `before`; return how many records lost theirs."""
        query = "SELECT sequence, record FROM records WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?"
        with self._writing() as connection:
            (last,) = connection.execute("SELECT max(sequence) FROM records WHERE revision < ?", (before,)).fetchone()
            page = partial(_page, connection, query, last or 0)
            count = take_payloads(page, partial(rewrite, connection))
            connection.execute(UNMENTION.format("", "sequence <= ?"), (last,))
            forget_unused(connection)
            head = read_head(connection)
            after = replace(head, horizon=max(head.horizon, min(before - 1, head.revision)))
            write(connection, audited(after, draft)[0])
        self._truncate()
        return count

    def erase(self, document: str, draft: Draft) -> int:
        """Remove a document and every payload that speaks of it; return how many records lost one."""
        query = (
            "SELECT sequence, record FROM mentions JOIN records USING (sequence)"
            " WHERE sequence > ? AND document = ? ORDER BY sequence LIMIT ?"
        )
        with self._writing() as connection:
            page = partial(_page, connection, query, document)
            count = take_payloads(page, partial(rewrite, connection), document)
            connection.execute("DELETE FROM mentions WHERE document = ?", (document,))
            connection.execute("DELETE FROM documents WHERE name = ?", (document,))
            start = secret_prefix(document)
            connection.execute("DELETE FROM secrets WHERE key >= ? AND key < ?", (start, start + "\U0010ffff"))
            write(connection, audited(read_head(connection), draft)[0])
        self._truncate()
        tell_of_copies(self._file, document)
        return count

    def backup(self, target: File) -> Head:
        """Write a copy of everything to `target`, which must not exist, and return the head it holds."""
        refuse_existing(target)
        self.check()
        with self._reading() as connection:
            return write_copy(connection, target)

    def replace_by(self, built: Store) -> None:
        """Hold all that another database does, in one transaction. Raises ``StoreError`` where its log is another."""
        assert isinstance(built, SqliteStore), "what is built for a database is one"
        self._require_writable()
        with self._lock(), self._reading() as connection:
            if not is_beginning(read_head(connection), built):
                raise StoreError(f"{self.url}: somebody wrote to it meanwhile; it is as they left it")
            with built._reading() as source:
                source.backup(connection)
        self._truncate()
        self._tell()

    def check(self) -> None:
        """Look through everything. Raises ``StoreDamaged`` where something is not as it was written, or not there."""
        with self._reading() as connection:
            connection.execute("BEGIN")
            check(connection, thorough=True)
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connections. Closing twice does nothing."""
        self._attendance.leave()
        self._pool.close()

    def leave_parent(self) -> None:
        """Forget, in a forked child, the threads of its parent."""
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with translated(self.url), self._opened() if self._read_only else self._pool.lease() as connection:
            yield connection

    def _opened(self) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        """A connection of its own: one to a database that others write is not kept, because they may begin or end."""
        self._pool.require_open()
        return contextlib.closing(connect(self._file) if self._read_only is None else connect_read_only(self._file))

    def _require_writable(self) -> None:
        if self._read_only is not None:
            raise StoreError(f"{self.url}: it was opened read-only: {self._read_only}")

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        self._require_writable()
        with self._lock(), self._reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def _settle(self, requests: Sequence[Request]) -> Sequence[Record | Exception]:
        with self._writing() as connection:
            batch = Batch(read_head(connection), revisions(connection, expected(requests)))
            batch.judge(requests)
            if batch.records:
                write(connection, batch)
        self._tell()
        return batch.outcomes

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _rows(self, query: str, *parameters: Any) -> list[LogRow]:
        with self._reading() as connection:
            return connection.execute(query, parameters).fetchall()

    def _truncate(self) -> None:
        with self._reading() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _page(connection: sqlite3.Connection, query: str, chosen: object, after: int, size: int) -> list[LogRow]:
    return connection.execute(query, (after, chosen, size)).fetchall()


def _read_only(file: File, wanted: bool) -> str | None:
    """Return why the database can only be read, or None. Raises ``StoreError`` where there is none to read."""
    ends = ("", ".lock", "-wal", "-shm")
    needed = (*(file.with_name(f"{file.name}{end}") for end in ends), file.parent)
    reason = FOR_READING if wanted else unwritable(*needed)
    if reason is not None and not file.exists():
        raise StoreError(f"{file}: it does not exist, and cannot be made: {reason}")
    return reason
