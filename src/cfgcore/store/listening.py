"""Waiting for a commit in PostgreSQL: its notification is a hint, and looking once a second finds what has none."""

from __future__ import annotations

import contextlib
import selectors
import time
from collections.abc import Iterator

import psycopg
from psycopg import sql

from cfgcore.errors import StoreError
from cfgcore.store.pool import Pool
from cfgcore.store.session import CONNECTIONS, Address, Backoff, Connection, ConnectionLost, connect, translated

POLL = 1.0
SLICE = 0.1  # how long a thread that waits does not see that the store was closed


class Ear:
    """A connection that listens on a channel, where the server lets it: a pool in between may not."""

    def __init__(self, connection: Connection, channel: str) -> None:
        self.connection = connection
        self._heard = False
        connection.add_notify_handler(lambda _: self._hear())
        try:
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        except psycopg.Error:
            if connection.closed:
                raise

    def heard(self) -> bool:
        """Return whether there was a notification since the last time this was asked."""
        heard, self._heard = self._heard, False
        return heard

    def wait(self, seconds: float) -> bool:
        """Wait until there is something to read; return whether there is."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ)
            return bool(selector.select(seconds))

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def _hear(self) -> None:
        self._heard = True


class Listening:
    """Threads that wait for commits, on connections of their own."""

    def __init__(self, address: Address, channel: str, query: bytes, patience: float) -> None:
        self._address = address
        self._channel = channel
        self._query = query
        self._patience = patience
        self._pool = Pool(address.url, self._connect, size=CONNECTIONS, patience=patience)

    def watch(self, revision: int, timeout: float) -> int:
        """Wait until `query` gives more than `revision`, at most `timeout` seconds; return what it gives.

        A lost connection is made again. Raises ``StoreError`` where that fails for as long as the patience lasts.
        """
        end = time.monotonic() + timeout
        backoff = Backoff(self._patience)
        while True:
            try:
                with self._lease() as ear:
                    return self._wait(ear, revision, end, backoff)
            except ConnectionLost as error:
                self._pool.clear()
                backoff.pause(error, end)

    def close(self) -> None:
        """Close the connections; threads that wait leave with a ``StoreError``."""
        self._pool.close()

    def _wait(self, ear: Ear, revision: int, end: float, backoff: Backoff) -> int:
        while True:
            ear.heard()
            current = self._look(ear)
            backoff.reset()
            if current > revision or time.monotonic() >= end:
                return current
            look = min(end, time.monotonic() + POLL)
            while not ear.heard() and (left := look - time.monotonic()) > 0:
                if self._pool.closed:
                    raise StoreError(f"{self._address.url}: the store is closed")
                if ear.wait(min(left, SLICE)):
                    break

    def _look(self, ear: Ear) -> int:
        row = ear.connection.execute(self._query).fetchone()
        if row is None:
            raise StoreError(f"{self._address.url}: the store has lost its head; restore a backup")
        return int(row[0])

    @contextlib.contextmanager
    def _lease(self) -> Iterator[Ear]:
        with self._pool.lease() as ear, translated(self._address, ear.connection):
            yield ear

    def _connect(self) -> Ear:
        connection = connect(self._address, self._patience)
        try:
            with translated(self._address, connection):
                return Ear(connection, self._channel)
        except BaseException:
            connection.close()
            raise
