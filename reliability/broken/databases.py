"""The SQLite and PostgreSQL stores, broken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
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
