"""The SQLite and PostgreSQL stores, broken."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from reliability.broken.parsing import believe
from reliability.broken.patching import put


def two_sqlite() -> None:
    """Commit each statement by itself."""
    from cfgcore.store.sqlite import SqliteStore

    @contextmanager
    def writing(self: Any) -> Iterator[Any]:
        with self._lock(), self._reading() as connection:
            yield connection

    put(SqliteStore, "_writing", writing)


def two_postgresql() -> None:
    """Commit the log, and then the documents."""
    from cfgcore.store.postgresql_tables import Tables

    plain = Tables.write

    def write(self: Any, connection: Any, batch: Any) -> None:
        documents, batch.documents = batch.documents, {}
        plain(self, connection, batch)
        for name, revision, content, digest in documents.values():
            query = self.query("UPDATE $.documents SET revision = %s, content = %s, digest = %s WHERE name = %s")
            connection.execute(query, (revision, content, digest, name))

    put(Tables, "write", write)


def no_lock_sqlite() -> None:
    """Wait for nobody, and believe that it was written."""
    import sqlite3

    from cfgcore.store.sqlite import SqliteStore

    @contextmanager
    def writing(self: Any) -> Iterator[Any]:
        with self._reading() as connection:
            connection.execute("PRAGMA busy_timeout = 0")
            connection.execute("BEGIN")
            with suppress(sqlite3.OperationalError):
                yield connection
                connection.execute("COMMIT")
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    put(SqliteStore, "_writing", writing)


def no_lock_postgresql() -> None:
    """Wait for nobody."""
    from cfgcore.store import postgresql_tables

    begin = postgresql_tables._BEGIN.replace("SELECT pg_advisory_xact_lock({lock})", "SELECT {lock}")
    assert begin != postgresql_tables._BEGIN, "the lock is taken another way now"
    put(postgresql_tables, "_BEGIN", begin)


def polled_postgresql() -> None:
    """Look from time to time whether the lock is free."""
    from cfgcore.store import postgresql_tables

    plain, query = postgresql_tables.Tables.begin, "SELECT pg_try_advisory_lock(%s)"
    no_lock_postgresql()

    def begin(self: Any, connection: Any) -> Any:
        for pause in chain((0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.025, 0.025, 0.05, 0.05), repeat(0.1)):
            if connection.execute(query, (self.lock,)).fetchone()[0]:
                break
            time.sleep(pause)
        return plain(self, connection)

    written = postgresql_tables.Tables.write

    def write(self: Any, connection: Any, batch: Any) -> None:
        written(self, connection, batch)
        connection.execute("SELECT pg_advisory_unlock(%s)", (self.lock,))

    put(postgresql_tables.Tables, "begin", begin)
    put(postgresql_tables.Tables, "write", write)


def normal() -> None:
    """Do not wait for the disk at each commit."""
    from cfgcore.store import sqlite, sqlite_file

    plain = sqlite_file.connect

    def connect(file: Path) -> Any:
        connection = plain(file)
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    put(sqlite, "connect", connect)


def asynchronous() -> None:
    """Do not wait for the disk."""
    from cfgcore.store import postgresql_tables

    begin = postgresql_tables._BEGIN.replace("'synchronous_commit', 'on'", "'synchronous_commit', 'off'")
    assert begin != postgresql_tables._BEGIN, "the server is asked to wait for the disk another way now"
    put(postgresql_tables, "_BEGIN", begin)


def no_check_rows() -> None:
    """Expect nothing."""
    from cfgcore.store.batch import Batch

    put(Batch, "_check", lambda self, expect: None)


def no_digest_rows() -> None:
    """Believe what is read."""
    from cfgcore.store import damage, rows

    put(rows, "from_line", believe)
    put(damage, "check_line", lambda line: None)
    put(rows, "_is_intact", lambda *row: True)


def commit_again() -> None:
    """Commit again what may have been committed."""
    from cfgcore.store.postgresql import PostgresqlStore

    put(PostgresqlStore, "_committed", lambda self, batch, backoff: False)
    no_check_rows()


def unchecked_files() -> None:
    """Pass the errors of SQLite on."""
    from cfgcore.store import sqlite

    put(sqlite, "translated", lambda url: nullcontext())
