"""The PostgreSQL store: ``postgresql://user:password@host/database``; any number of machines and processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path as File
from typing import Any

from cfgcore.errors import StoreError
from cfgcore.store.batch import Batch, audited, expected
from cfgcore.store.damage import UNMENTION, WRITTEN, lost
from cfgcore.store.document import Document
from cfgcore.store.listening import Listening
from cfgcore.store.postgresql_aside import Beside
from cfgcore.store.postgresql_check import MOMENT, check, table_rows
from cfgcore.store.postgresql_presence import Pulse
from cfgcore.store.postgresql_tables import Tables
from cfgcore.store.presence import Presence
from cfgcore.store.protocol import Request, Snapshot, Store, Write
from cfgcore.store.queue import CommitQueue
from cfgcore.store.record import Draft, Head, Record
from cfgcore.store.rows import (
    PAGE,
    backward,
    document_of,
    documents_in,
    forward,
    names_in,
    record_of,
    secret_of,
    take_payloads,
    unused_secrets,
)
from cfgcore.store.secret import secret_prefix
from cfgcore.store.session import Backoff, Connection, ConnectionLost, Sessions, address_of
from cfgcore.store.sqlite_file import refuse_existing, write_database
from cfgcore.store.sqlite_tables import COLUMNS

_LOST = (  # in this order, so that nothing is looked for whose document is there
    "SELECT wanted FROM unnest(%s::text[]) AS wanted"
    " WHERE CASE WHEN EXISTS (SELECT 1 FROM $.documents WHERE name = wanted) THEN false"
    f" ELSE EXISTS ({WRITTEN.format('$.', 'wanted')}) END LIMIT 1"
)

_PAGE = "SELECT name, revision, content, digest FROM $.documents WHERE name > %s AND name >= %s ORDER BY name LIMIT %s"


class PostgresqlStore:
    """A store in one schema of a PostgreSQL database: ``cfgcore``, or what ``?cfgcore_schema=`` in the URL names.

    Writers queue on an advisory lock; those of one process that wait together share a transaction. A commit whose
    connection is lost is looked up by its chain when the server is back, so that none is made twice. What is erased is
    gone from the tables; the server's own files and write-ahead log hold the bytes until it uses them anew.
    """

    def __init__(self, url: str, *, patience: float = 10.0) -> None:
        """Connect, making the tables where there are none. Raises ``StoreError`` saying what stands in the way.

        `patience` (seconds) is how long a lock, and a server that went away, is waited for.
        """
        address = address_of(url)
        self.url = address.url
        self._patience = patience
        self._tables = Tables(address, patience)
        self._sessions = Sessions(address, patience)
        self._beside = Beside(address, self._tables, self._sessions, patience)
        self._listening = Listening(
            address, self._tables.channel, self._tables.query("SELECT revision FROM $.head"), patience
        )
        self._queue = CommitQueue(self._settle)
        self._pulse = Pulse(self._tables, self._sessions)
        self._prepare()

    def head(self) -> Head:
        """Return where the log ends now."""
        return self.read(()).head

    def read(self, names: Sequence[str]) -> Snapshot:
        """Return the named documents, all as of one revision."""
        query = (  # one statement sees one snapshot
            "SELECT incarnation, sequence, head.revision, chain, horizon, head.digest,"
            " name, documents.revision, content, documents.digest,"
            f" ({_LOST}) FROM $.head LEFT JOIN $.documents ON name = ANY(%s::text[])"
        )
        rows = self._rows(query, list(names), list(names))
        head = self._tables.head_of(rows[0][:6] if rows else None)
        if rows[0][10] is not None:
            raise lost(rows[0][10])
        found = {row[6]: document_of(row[6:10]) for row in rows if row[6] is not None}
        return Snapshot(head, {name: found.get(name) or Document() for name in names})

    def names(self, prefix: str = "", after: str = "", limit: int = 1000) -> list[str]:
        """Return at most `limit` names of written documents that begin with `prefix` and follow `after`, in order."""
        return names_in(self._rows(_PAGE, after, prefix, limit), prefix)

    def page(self, prefix: str, after: str, limit: int) -> dict[str, Document]:
        """Return at most `limit` documents whose names begin with `prefix` and follow `after`, in order."""
        return documents_in(self._rows(_PAGE, after, prefix, limit), prefix)

    def count(self, prefix: str) -> int:
        """Return how many documents have names that begin with `prefix`."""
        query = "SELECT count(*) FROM $.documents WHERE name >= %s AND starts_with(name, %s)"
        return int(self._rows(query, prefix, prefix)[0][0])

    def commit(
        self,
        writes: Mapping[str, Write],
        expect: Mapping[str, int],
        draft: Draft,
        secrets: Mapping[str, Any] | None = None,
    ) -> Record:
        """Write all documents and one record, or nothing; raises ``Conflict`` where an expected revision moved on.

        While the server is away, it is tried again within the patience. A ``StoreError`` means that nothing was
        committed, unless it says that this is not known.
        """
        return self._queue.submit(Request(writes, expect, draft, secrets or {}, commits=True))

    def commit_all(self, requests: Sequence[Request]) -> None:
        """Commit many in their order, in one transaction. Raises what the first that fails fails by."""
        self._queue.submit_all(requests)

    def append_audit(self, draft: Draft) -> Record:
        """Append a record that changes no document."""
        return self._queue.submit(Request({}, {}, draft, {}, commits=False))

    def log(self, after: int = 0, limit: int | None = None) -> Iterator[Record]:
        """Yield the records whose sequence number is greater than `after`, oldest first."""
        query = "SELECT sequence, record FROM $.records WHERE sequence > %s ORDER BY sequence LIMIT %s"
        return forward(partial(self._rows, query), after, limit)

    def log_back(self, before: int | None = None, document: str | None = None) -> Iterator[Record]:
        """Yield the records before sequence number `before`, newest first; only those that speak of `document`."""
        joined = "$.mentions LEFT JOIN $.records USING (sequence) WHERE document = %s AND"
        source = "$.records WHERE" if document is None else joined
        query = f"SELECT sequence, record FROM {source} sequence < %s ORDER BY sequence DESC LIMIT %s"
        chosen = (document,) if document is not None else ()
        return backward(partial(self._rows, query, *chosen), before, document)

    def watch(self, revision: int, timeout: float) -> int:
        """Wait until the store's revision is greater than `revision`, at most `timeout` seconds; return it.

        While the server is away, it is tried again within the patience; then this raises ``StoreError``.
        """
        return self._listening.watch(revision, timeout)

    def read_secrets(self, keys: Sequence[str]) -> Mapping[str, Any]:
        """Return the stored secrets of these keys; a key that is not known is left out."""
        rows = self._rows("SELECT key, value FROM $.secrets WHERE key = ANY(%s::text[])", list(keys))
        return {key: secret_of(key, value) for key, value in rows}

    def compact(self, before: int, draft: Draft) -> int:
        """Erase the payloads of records whose revision is below `before`; return how many records lost theirs."""
        below = "sequence <= coalesce((SELECT max(sequence) FROM $.records WHERE revision < %s), 0)"
        query = f"SELECT sequence, record FROM $.records WHERE {below} AND sequence > %s ORDER BY sequence LIMIT %s"

        def work(connection: Connection, head: Head) -> tuple[int, Head]:
            count = take_payloads(partial(self._execute, connection, query, before), partial(self._replace, connection))
            self._execute(connection, UNMENTION.format("$.", below), before)
            self._forget_unused(connection)
            return count, replace(head, horizon=max(head.horizon, min(before - 1, head.revision)))

        return self._erased(work, draft)

    def erase(self, document: str, draft: Draft) -> int:
        """Remove a document and every payload that speaks of it; return how many records lost one."""
        query = (
            "SELECT sequence, record FROM $.mentions JOIN $.records USING (sequence)"
            " WHERE document = %s AND sequence > %s ORDER BY sequence LIMIT %s"
        )
        start = secret_prefix(document)

        def work(connection: Connection, head: Head) -> tuple[int, Head]:
            page = partial(self._execute, connection, query, document)
            count = take_payloads(page, partial(self._replace, connection), document)
            self._execute(connection, "DELETE FROM $.mentions WHERE document = %s", document)
            self._execute(connection, "DELETE FROM $.documents WHERE name = %s", document)
            self._execute(connection, "DELETE FROM $.secrets WHERE key >= %s AND key < %s", start, start + "\U0010ffff")
            return count, head

        return self._erased(work, draft)

    def backup(self, target: File) -> Head:
        """Write a copy of everything to `target`, a SQLite store that must not exist; return the head it holds."""
        refuse_existing(target)
        self.check()
        with self._sessions.lease() as connection:
            connection.execute(MOMENT)
            tables = {name: table_rows(connection, self._tables, name) for name in COLUMNS}
            head = self._tables.head(connection)
            write_database(target, head, tables)
            connection.execute("COMMIT")
        return head

    def aside(self, keep: Callable[[Store], bool], *, copied: bool = False) -> Store:
        """Open the store that is built beside this one; what an interruption left in it stays if `keep` says so."""
        return self._beside.open(partial(PostgresqlStore, patience=self._patience), keep, copied=copied)

    def replace_by(self, built: Store) -> None:
        """Take over all that the store built aside holds, in one transaction, and remove it from there."""
        self._beside.swap(built)

    def discard(self, built: Store) -> None:
        """Remove the store built aside."""
        self._beside.discard(built)

    def announce(self, presence: Presence) -> None:
        """Let others see that this process has the store open, until it is closed or the process ends."""
        self._pulse.announce(presence)

    def present(self) -> list[Presence]:
        """Return the processes that have announced themselves and renew that."""
        return self._pulse.present()

    def check(self) -> None:
        """Look through everything. Raises ``StoreDamaged`` where something is not as it was written, or not there."""
        with self._sessions.lease() as connection:
            check(connection, self._tables)

    def close(self) -> None:
        """Close the connections. Closing twice does nothing."""
        self._pulse.leave()
        self._listening.close()
        self._beside.leave()
        self._sessions.close()

    def _prepare(self) -> None:
        try:
            self._sessions.repeated(self._tables.prepare)
        except BaseException:
            self.close()
            raise

    def _settle(self, requests: Sequence[Request]) -> Sequence[Record | Exception]:
        backoff = Backoff(self._patience)
        while True:
            batch: Batch | None = None
            try:
                with self._sessions.lease() as connection:
                    batch = Batch(self._tables.begin(connection), self._revisions(connection, expected(requests)))
                    batch.judge(requests)
                    self._tables.write(connection, batch)
                return batch.outcomes
            except ConnectionLost as error:
                if batch is not None and self._committed(batch, backoff):
                    return batch.outcomes
                backoff.pause(StoreError(f"{error}; nothing was committed"))

    def _committed(self, batch: Batch, backoff: Backoff) -> bool:
        """Whether the batch is in the log: asked while holding the lock, so that no late commit of it follows."""
        last = next((record for record in reversed(batch.outcomes) if isinstance(record, Record)), None)
        if last is None:
            return True
        unknown = StoreError(
            f"{self.url}: the connection was lost during a commit, and it is not known whether it was committed: "
            "read again before you repeat it"
        )
        while True:
            try:
                with self._sessions.lease() as connection:
                    self._tables.begin(connection)
                    found = self._has(connection, last)
                    connection.execute("COMMIT")
                return found
            except ConnectionLost:
                backoff.pause(unknown)
            except StoreError as error:
                raise unknown from error

    def _revisions(self, connection: Connection, names: list[str]) -> dict[str, int]:
        if not names:
            return {}
        query = (
            f"SELECT name, documents.revision, ({_LOST}) FROM $.head LEFT JOIN $.documents ON name = ANY(%s::text[])"
        )
        rows = self._execute(connection, query, names, names)
        if rows[0][2] is not None:
            raise lost(rows[0][2])
        return {name: revision for name, revision, _ in rows if name is not None}

    def _execute(self, connection: Connection, query: str, *parameters: Any) -> list[Any]:
        cursor = connection.execute(self._tables.query(query), parameters)
        return cursor.fetchall() if cursor.description else []

    def _rows(self, query: str, *parameters: Any) -> list[Any]:
        return self._sessions.repeated(lambda connection: self._execute(connection, query, *parameters))

    def _forget_unused(self, connection: Connection) -> None:
        """Remove the secrets that no document and no record refers to, within the transaction that has begun."""
        log = "SELECT sequence, record FROM $.records WHERE sequence > %s ORDER BY sequence LIMIT %s"
        unused = unused_secrets(
            [key for (key,) in self._execute(connection, "SELECT key FROM $.secrets")],
            lambda after: self._execute(connection, _PAGE, after, "", PAGE),
            lambda after: self._execute(connection, log, after, PAGE),
        )
        self._execute(connection, "DELETE FROM $.secrets WHERE key = ANY(%s::text[])", list(unused))

    def _replace(self, connection: Connection, texts: Sequence[tuple[str, int]]) -> None:
        query = self._tables.query("UPDATE $.records SET record = %s WHERE sequence = %s")
        connection.cursor().executemany(query, texts)

    def _erased(self, work: Callable[[Connection, Head], tuple[int, Head]], draft: Draft) -> int:
        """Erase something and seal the record of it; once more where the connection was lost before that was done."""
        done: list[tuple[Record, int]] = []

        def attempt(connection: Connection) -> int:
            head = self._tables.begin_long(connection)
            if done and self._has(connection, done[-1][0]):
                connection.execute("COMMIT")
                return done[-1][1]
            count, after = work(connection, head)
            batch, record = audited(after, draft)
            done.append((record, count))
            self._tables.write(connection, batch)
            return count

        count = self._sessions.repeated(attempt)
        self._rows("VACUUM (SKIP_LOCKED) $.documents, $.records, $.mentions, $.secrets")
        return count

    def _has(self, connection: Connection, record: Record) -> bool:
        query = "SELECT sequence, record FROM $.records WHERE sequence = %s"
        found = self._execute(connection, query, record.sequence)
        return [record.chain] == [record_of(row).chain for row in found]
