"""The tables of a PostgreSQL store: how they are made, and written to under one lock."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection
from dataclasses import astuple
from typing import Any

import psycopg

from cfgcore.errors import StoreDamaged, StoreError
from cfgcore.store.batch import Batch
from cfgcore.store.record import Head
from cfgcore.store.rows import FORMAT, head_digest
from cfgcore.store.session import Address, Connection
from cfgcore.store.sqlite_tables import COLUMNS

_TABLES = """
CREATE TABLE $.head (one boolean PRIMARY KEY DEFAULT true CHECK (one), format integer NOT NULL,
                     incarnation text NOT NULL, sequence bigint NOT NULL, revision bigint NOT NULL,
                     chain text NOT NULL, horizon bigint NOT NULL, digest text NOT NULL);
CREATE TABLE $.documents (name text COLLATE "C" PRIMARY KEY, revision bigint NOT NULL, content text NOT NULL,
                          digest text NOT NULL);
CREATE TABLE $.records (sequence bigint PRIMARY KEY, revision bigint, record text NOT NULL);
CREATE INDEX records_revision ON $.records (revision) WHERE revision IS NOT NULL;
CREATE TABLE $.mentions (document text COLLATE "C" NOT NULL, sequence bigint NOT NULL,
                         PRIMARY KEY (document, sequence));
CREATE TABLE $.secrets (key text COLLATE "C" PRIMARY KEY, value text NOT NULL)
"""

_HEAD = "SELECT incarnation, sequence, revision, chain, horizon, digest FROM $.head"

# The server ends a session that stops within a transaction, so that the lock of a stopped process becomes free.
_BEGIN = """
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL lock_timeout = {patience};
SET LOCAL idle_in_transaction_session_timeout = {half};
SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') <> 'remote_apply';
SELECT pg_advisory_xact_lock({lock})
"""

_INSERTS = {
    "documents": "SELECT * FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[]) ON CONFLICT (name) DO UPDATE"
    " SET revision = excluded.revision, content = excluded.content, digest = excluded.digest",
    "records": "SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[])",
    "mentions": "SELECT * FROM unnest(%s::text[], %s::bigint[])",
    "secrets": "SELECT * FROM unnest(%s::text[], %s::text[]) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
}

_ADVANCE = "UPDATE $.head SET sequence = %s, revision = %s, chain = %s, horizon = %s, digest = %s"


class Tables:
    """The tables in the schema that an address names. In a query, ``$.`` stands for that schema."""

    def __init__(self, address: Address, patience: float) -> None:
        self.channel = f"cfgcore_{address.schema}"
        self._url = address.url
        self._schema = address.schema
        self.lock = int.from_bytes(hashlib.sha256(self.channel.encode()).digest()[:8], "big", signed=True)
        milliseconds = max(2, round(1000 * patience))
        self._begin = _BEGIN.format(patience=milliseconds, half=milliseconds // 2, lock=self.lock)

    def query(self, text: str) -> bytes:
        """Return a query as it is sent."""
        return text.replace("$.", f'"{self._schema}".').encode()

    def head(self, connection: Connection) -> Head:
        """Return where the log ends."""
        return self.head_of(connection.execute(self.query(_HEAD)).fetchone())

    def head_of(self, row: tuple[Any, ...] | None) -> Head:
        """Return the head in a row that ends with its digest. Raises ``StoreDamaged`` where they do not agree."""
        if row is None or row[-1] != head_digest(head := Head(*row[:-1])):
            raise StoreDamaged(f"{self._url}: the store has lost its head; restore a backup")
        return head

    def begin(self, connection: Connection) -> Head:
        """Begin a transaction in which nobody else writes, and return where the log ends."""
        try:
            cursor = connection.execute(self.query(f"{self._begin}; {_HEAD}"))
        except psycopg.errors.LockNotAvailable as error:
            raise StoreError(f"{self._url}: another process has held the lock for too long; is it stopped?") from error
        while cursor.nextset():
            pass
        return self.head_of(cursor.fetchone())

    def begin_long(self, connection: Connection) -> Head:
        """Begin such a transaction for work that takes its time between one query and the next."""
        head = self.begin(connection)
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        return head

    def write(self, connection: Connection, batch: Batch) -> None:
        """Write the rows of a batch, tell who listens, and end the transaction."""
        if not batch.records:
            connection.execute("COMMIT")
            return
        tables: dict[str, Collection[tuple[Any, ...]]] = {
            "documents": batch.documents.values(),
            "records": batch.records,
            "mentions": batch.mentions,
            "secrets": batch.secrets.items(),
        }
        filled = {name: rows for name, rows in tables.items() if rows}
        inserts = [f"{name}_ AS (INSERT INTO $.{name} {_INSERTS[name]})" for name in filled]
        columns = [list(column) for rows in filled.values() for column in zip(*rows, strict=True)]
        query = f"WITH {', '.join(inserts)}, head_ AS ({_ADVANCE}) SELECT pg_notify(%s, %s)"
        with connection.pipeline():
            connection.execute(
                self.query(query), [*columns, *_moved(batch.head), self.channel, str(batch.head.revision)]
            )
            connection.execute("COMMIT")

    def prepare(self, connection: Connection) -> None:
        """Make the tables where there are none, and refuse those that are not this format's."""
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise StoreError(f"{self._url}: the database has the encoding {encoding}; create one with ENCODING 'UTF8'")
        if "head" not in self._relations(connection):
            self._create(connection)
        try:
            row = connection.execute(self.query("SELECT format FROM $.head")).fetchone()
        except psycopg.errors.UndefinedColumn as error:
            raise StoreError(f"{self._url}: its table 'head' is something else's; nothing was changed") from error
        if row is None or row[0] > FORMAT:
            found = row and row[0]
            raise StoreError(f"{self._url}: it was written by a newer cfgcore (format {found}); upgrade cfgcore")

    def _create(self, connection: Connection) -> None:
        connection.execute(self._begin.encode())
        relations = self._relations(connection)
        if "head" in relations:
            connection.execute("ROLLBACK")
            return
        taken = sorted(relations & {*COLUMNS})
        if taken:
            raise StoreError(f"{self._url}: its table {taken[0]!r} is something else's; nothing was changed")
        query = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s"
        if connection.execute(query, (self._schema,)).fetchone() is None:
            connection.execute(f'CREATE SCHEMA "{self._schema}"'.encode())
        connection.execute(self.query(_TABLES))
        head = Head(uuid.uuid4().hex)
        row = (FORMAT, *astuple(head), head_digest(head))
        connection.execute(self.query("INSERT INTO $.head VALUES (true, %s, %s, %s, %s, %s, %s, %s)"), row)
        connection.execute("COMMIT")

    def _relations(self, connection: Connection) -> set[str]:
        # to_regclass() would answer from a cache, which waiting for the lock does not renew
        query = (
            "SELECT relname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON relnamespace = pg_namespace.oid"
            " WHERE nspname = %s"
        )
        return {name for (name,) in connection.execute(query, (self._schema,))}


def _moved(head: Head) -> list[Any]:
    return [head.sequence, head.revision, head.chain, head.horizon, head_digest(head)]
