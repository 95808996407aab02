"""A PostgreSQL store built in a schema beside another one, whose place it takes in one transaction."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator

import psycopg

from cfgcore.errors import StoreError
from cfgcore.store.postgresql_tables import Tables
from cfgcore.store.protocol import Store
from cfgcore.store.scanning import is_beginning
from cfgcore.store.session import SCHEMA_OPTION, Address, Connection, Sessions, connect
from cfgcore.store.sqlite_tables import COLUMNS

_TABLES = ("head", *COLUMNS)

_LENGTH = 42


class Beside:
    """The schema beside that of a store, and the lock that keeps other processes from building there too."""

    def __init__(self, address: Address, tables: Tables, sessions: Sessions, patience: float) -> None:
        digest = hashlib.sha256(address.schema.encode()).hexdigest()
        short = address.schema if len(address.schema) <= _LENGTH else f"{address.schema[:32]}_{digest[:8]}"
        self._address = address
        self._tables = tables
        self._sessions = sessions
        self._patience = patience
        self._schema = f"{short}_aside"
        self._lock = int(digest[-15:], 16)
        self._guard: Connection | None = None

    @property
    def _url(self) -> str:
        """The URL of the store that is built, password included."""
        base = self._address.conninfo
        return f"{base}{'&' if '?' in base else '?'}{SCHEMA_OPTION}={self._schema}"

    def open(self, make: Callable[[str], Store], keep: Callable[[Store], bool], *, copied: bool) -> Store:
        """Make the store there, for this process alone: empty, or a `copied` one of the other.

        What is there stays where `keep` says so of it. Raises ``StoreError`` where another process builds there.
        """
        self._take()
        try:
            built = make(self._url)
            if not keep(built):
                built.close()
                self._remove()
                built = make(self._url)
                if copied:
                    self._fill()
        except BaseException as error:
            self.leave()
            if isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege):
                raise StoreError(
                    f"{self._address.url}: a copy is built in the schema {self._schema!r}, which this user may not "
                    f"make; grant it CREATE on the database"
                ) from error
            raise
        return built

    def _take(self) -> None:
        guard = connect(self._address, self._patience)
        row = guard.execute("SELECT pg_try_advisory_lock(%s)", [self._lock]).fetchone()
        if row != (True,):
            guard.close()
            raise StoreError(f"{self._address.url}: another process is copying into it; wait until it is done")
        self._guard = guard

    def _fill(self) -> None:
        """Copy all rows of the store, as of one moment; who reads or writes it does not wait."""
        with self._sessions.lease() as connection:
            connection.execute(b"BEGIN ISOLATION LEVEL REPEATABLE READ")
            connection.execute(f'DELETE FROM "{self._schema}".head'.encode())
            for table in _TABLES:
                rows = self._tables.query(f"SELECT * FROM $.{table}")
                connection.execute(f'INSERT INTO "{self._schema}".{table} '.encode() + rows)
            connection.execute("COMMIT")

    def leave(self) -> None:
        """Let others build there."""
        if self._guard is not None:
            self._guard.close()
            self._guard = None

    def discard(self, built: Store) -> None:
        """Remove what was built."""
        built.close()
        self._remove()
        self.leave()

    def _remove(self) -> None:
        with self._transaction() as connection:
            for table in _TABLES:
                connection.execute(f'DROP TABLE IF EXISTS "{self._schema}".{table}'.encode())
            connection.execute(f'DROP SCHEMA IF EXISTS "{self._schema}"'.encode())

    def swap(self, built: Store) -> None:
        """Put the tables that were built in the place of the store's own, in one transaction.

        Raises ``StoreError`` where the log of the one is not the beginning of that of the other.
        """
        head = built.head()
        with self._transaction() as connection:
            goes_on = is_beginning(self._tables.head(connection), built)
            built.close()
            if not goes_on:
                raise StoreError(f"{self._address.url}: somebody wrote to it meanwhile; it is as they left it")
            for table in _TABLES:
                connection.execute(self._tables.query(f"DROP TABLE $.{table}"))
                move = f'ALTER TABLE "{self._schema}".{table} SET SCHEMA "{self._address.schema}"'
                connection.execute(move.encode())
            connection.execute(f'DROP SCHEMA "{self._schema}"'.encode())
            connection.execute(b"SELECT pg_notify(%s, %s)", [self._tables.channel, str(head.revision)])
        self.leave()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._sessions.lease() as connection:
            self._tables.begin_long(connection)
            yield connection
            connection.execute("COMMIT")
