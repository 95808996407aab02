"""Who has a PostgreSQL store open: a row for each process, which goes with its sessions, and is renewed meanwhile."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable

import psycopg

from cfgcore.errors import StoreError
from cfgcore.store.fork import after_fork
from cfgcore.store.postgresql_tables import Tables
from cfgcore.store.presence import Presence, from_text, to_text
from cfgcore.store.session import Connection, ConnectionLost, Sessions

#: How often (seconds) a process renews its row.
BEAT = 20.0

#: For how long (seconds, by the server's clock) a row that is not renewed counts: a few beats may be missed.
LIFE = 60.0

_LEAVING = 1.0

_CREATE = """
CREATE UNLOGGED TABLE IF NOT EXISTS $.presences (id text PRIMARY KEY, seen timestamptz NOT NULL, lock bigint,
                                                 presence text NOT NULL)
"""
_RENEW = """
INSERT INTO $.presences VALUES (%s, clock_timestamp(), %s, %s)
ON CONFLICT (id) DO UPDATE SET seen = excluded.seen, lock = excluded.lock
"""
#: A row from the future is that of a clock which was put back. How pg_locks shows a lock's number is documented at
#: https://www.postgresql.org/docs/current/view-pg-locks.html.
_SWEEP = """
DELETE FROM $.presences
WHERE seen NOT BETWEEN clock_timestamp() - make_interval(secs => %s) AND clock_timestamp() + make_interval(secs => %s)
   OR lock IS NOT NULL AND lock NOT IN (
      SELECT (classid::bigint << 32) | objid::bigint FROM pg_catalog.pg_locks
      WHERE locktype = 'advisory' AND granted AND objsubid = 1
        AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))
"""

_logger = logging.getLogger("cfgcore.store")


class Pulse:
    """Keeps a row for this process, under a lock of its sessions: the server frees that as soon as the process ends.

    A thread renews the row, so that it holds when the server is started anew, and runs out when a machine is lost.
    Behind a pool such as PgBouncer, whose sessions are not those of this process, that alone counts. A forked child
    gets a row of its own. Where the table cannot be made or written, this process is not seen.
    """

    def __init__(self, tables: Tables, sessions: Sessions) -> None:
        self._tables = tables
        self._sessions = sessions
        self._own: Presence | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        after_fork(self)

    def announce(self, presence: Presence) -> None:
        """Be seen by others, as `presence` says, until this process leaves or ends."""
        self.leave()
        self._own, self._ended = presence, threading.Event()
        if self._renewed():
            self._begin(self._go_on)

    def leave(self) -> None:
        """Be seen no more."""
        own, self._own = self._own, None
        self._ended.set()
        if self._thread is not None:
            self._thread.join(_LEAVING)
            self._thread = None
        if own is not None:
            with contextlib.suppress(StoreError), self._sessions.lease() as connection:
                connection.execute(self._tables.query("DELETE FROM $.presences WHERE id = %s"), [own.id])

    def present(self) -> list[Presence]:
        """Return who is there, and remove the rows that ran out. Raises ``StoreError``."""
        try:
            return self._sessions.repeated(self._look)
        except StoreError as error:
            if isinstance(error.__cause__, psycopg.errors.UndefinedTable):
                return []
            raise

    def leave_parent(self) -> None:
        """Forget, in a forked child, the thread of its parent."""
        self._thread, self._ended = None, threading.Event()

    def revive(self) -> None:
        """Announce the child, where its parent was, in a thread of its own: nothing waits for the server."""
        if self._own is not None:
            self._own = self._own.renewed()
            self._begin(self._begin_anew)

    def _begin(self, work: Callable[[], None]) -> None:
        self._thread = threading.Thread(target=work, name="cfgcore-presence", daemon=True)
        self._thread.start()

    def _begin_anew(self) -> None:
        if self._renewed():
            self._go_on()

    def _go_on(self) -> None:
        ended = self._ended
        while not ended.wait(BEAT) and self._renewed():
            pass

    def _renewed(self) -> bool:
        """Renew the row; return whether that is to be tried again."""
        own = self._own
        try:
            if own is not None:
                self._renew(own)
        except ConnectionLost as error:
            _logger.debug("this process cannot be announced now: %s", error)
        except StoreError as error:
            _logger.debug("this process is not announced: %s", error)
            return False
        return own is not None

    def _renew(self, own: Presence) -> None:
        try:
            with self._sessions.lease() as connection:
                self._write(connection, own)
        except StoreError as error:
            if not isinstance(error.__cause__, psycopg.errors.UndefinedTable):
                raise
            with self._sessions.lease() as connection:
                with contextlib.suppress(psycopg.errors.UniqueViolation):  # somebody else makes it at this moment
                    connection.execute(self._tables.query(_CREATE))
                self._write(connection, own)

    def _write(self, connection: Connection, own: Presence) -> None:
        lock = int(own.id[:15], 16) if _is_direct(connection) else None
        if lock is not None:  # a shared one, which several sessions of this process may come to hold
            connection.execute(b"SELECT pg_advisory_lock_shared(%s)", [lock])
        connection.execute(self._tables.query(_RENEW), [own.id, lock, to_text(own)])

    def _look(self, connection: Connection) -> list[Presence]:
        connection.execute(self._tables.query(_SWEEP), [LIFE, LIFE])
        rows = connection.execute(self._tables.query("SELECT presence FROM $.presences ORDER BY id")).fetchall()
        return [found for (text,) in rows if (found := from_text(text)) is not None]


def _is_direct(connection: Connection) -> bool:
    """Return whether the session is that of this connection; a pool in between tells a number of its own."""
    return connection.execute(b"SELECT pg_backend_pid()").fetchone() == (connection.info.backend_pid,)
