"""Waiting for commits, and committing, while connections are lost."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress

import pytest

pytest.importorskip("psycopg", reason="pip install 'cfgcore[postgresql]'")

from cfgcore.errors import StoreError
from cfgcore.store.document import SYSTEM
from cfgcore.store.postgresql import PostgresqlStore
from cfgcore.store.record import broken
from cfgcore.store.session import address_of, connect
from cfgcore.testing.postgresql import PostgresqlServer
from cfgcore.testing.store_fixtures import commit, draft_of, value_of

LONG = 60.0
COMMIT = b"COMMIT\0"


class Relay:
    """Stands between a store and its server, and loses on the way what a test wants lost."""

    def __init__(self, port: int) -> None:
        self.change: Callable[[bytes], bytes] = lambda data: data
        self.lost: bytes | None = None
        self.delivers = False
        self.stays_away = False
        self._target = port
        self._away = False
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = [self._listening]
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                if self._away:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._target))
                self._ends += [client, server]
                silent = threading.Event()
                threading.Thread(target=self._up, args=(client, server, silent), daemon=True).start()
                threading.Thread(target=self._down, args=(client, server, silent), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket, silent: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(1 << 16):
                lost = self.lost is not None and self.lost in data
                if lost:
                    self.lost = None
                    silent.set()
                    self._away = self.stays_away
                if not lost or self.delivers:
                    server.sendall(self.change(data))
                if lost:
                    break
            server.shutdown(socket.SHUT_WR)

    def _down(self, client: socket.socket, server: socket.socket, silent: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(1 << 16):
                if not silent.is_set():
                    client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def opened(postgresql_url: str) -> Iterator[PostgresqlStore]:
    """A store."""
    with closing(PostgresqlStore(postgresql_url)) as store:
        yield store


@pytest.fixture
def relay(postgresql_server: PostgresqlServer) -> Iterator[Relay]:
    """A way to the server that loses things."""
    with closing(Relay(postgresql_server.port)) as relay:
        yield relay


@pytest.fixture
def through(relay: Relay, postgresql_server: PostgresqlServer, postgresql_url: str) -> Iterator[PostgresqlStore]:
    """The store, reached by that way."""
    url = postgresql_url.replace(f":{postgresql_server.port}/", f":{relay.port}/") + "&gssencmode=disable"
    with closing(PostgresqlStore(url, patience=0.5)) as store:
        yield store


@pytest.fixture
def apart() -> Iterator[Callable[..., Future[int]]]:
    """A function that calls another in a thread, and returns its future."""
    with ThreadPoolExecutor() as threads:
        yield threads.submit


def listeners(url: str) -> list[int]:
    """Return the server's processes that serve threads that wait; there is one soon."""
    query = b"SELECT pid FROM pg_stat_activity WHERE state = 'idle' AND query LIKE %s"
    wanted = f'SELECT revision FROM "{address_of(url).schema}".head'
    with closing(connect(address_of(url), LONG)) as connection:
        while True:
            found = [pid for (pid,) in connection.execute(query, (wanted,))]
            if found:
                return found


def end(url: str, process: int) -> None:
    """End a session, and wait until it is gone."""
    with closing(connect(address_of(url), LONG)) as connection:
        connection.execute(b"SELECT pg_terminate_backend(%s, 10000)", (process,))


def test_a_restarted_server_is_no_loss(opened: PostgresqlStore, postgresql_server: PostgresqlServer) -> None:
    """A store that was open while the server restarted reads and commits as before."""
    for number in range(1, 4):
        commit(opened, {SYSTEM: number})
        assert number == opened.watch(number - 1, LONG)
        postgresql_server.stop()
        postgresql_server.start()
        assert number == value_of(opened, SYSTEM)
    postgresql_server.stop()
    postgresql_server.start()
    assert 4 == commit(opened, {SYSTEM: 4}, {SYSTEM: 3}).revision
    assert broken(opened.log(), opened.head()) is None


def test_a_commit_waits_for_the_server(
    opened: PostgresqlStore, postgresql_server: PostgresqlServer, apart: Callable[..., Future[object]]
) -> None:
    """A commit that begins while the server is away is made once, when it is back."""
    commit(opened, {SYSTEM: 1})
    postgresql_server.stop()
    waiting = apart(commit, opened, {SYSTEM: 2}, {SYSTEM: 1})
    postgresql_server.start()
    assert waiting.result(LONG) is not None
    assert (2, [1, 2]) == (value_of(opened, SYSTEM), [record.revision for record in opened.log()])


def test_a_server_that_stays_away_is_an_error(postgresql_url: str, postgresql_server: PostgresqlServer) -> None:
    """After the patience, a commit, a read and a watch each say that the server is not there."""
    with closing(PostgresqlStore(postgresql_url, patience=0.1)) as store:
        commit(store, {SYSTEM: 1})
        postgresql_server.stop()
        with pytest.raises(StoreError, match=r"refused.*nothing was committed"):
            commit(store, {SYSTEM: 2})
        with pytest.raises(StoreError, match="refused"):
            store.read([SYSTEM])
        with pytest.raises(StoreError, match="refused"):
            store.watch(1, LONG)
        postgresql_server.start()
        assert (1, 1) == (value_of(store, SYSTEM), store.head().sequence)


def test_a_watch_outlives_its_connection(
    opened: PostgresqlStore, postgresql_url: str, apart: Callable[..., Future[int]]
) -> None:
    """A commit that is made while the listening connection is gone is seen, whenever it goes."""
    for number in range(1, 4):
        waiting = apart(opened.watch, number - 1, LONG)
        for process in listeners(postgresql_url):
            end(postgresql_url, process)
        commit(opened, {SYSTEM: number})
        assert number == waiting.result(LONG)


def test_a_watch_outlives_the_server(
    opened: PostgresqlStore,
    postgresql_url: str,
    postgresql_server: PostgresqlServer,
    apart: Callable[..., Future[int]],
) -> None:
    """Whoever waits while the server restarts is told of the next commit."""
    waiting = apart(opened.watch, 0, LONG)
    listeners(postgresql_url)
    postgresql_server.stop()
    postgresql_server.start()
    commit(opened, {SYSTEM: 1})
    assert 1 == waiting.result(LONG)


def test_a_commit_without_notification_is_found(
    opened: PostgresqlStore, postgresql_url: str, apart: Callable[..., Future[int]]
) -> None:
    """Notifications are hints: a new revision is found without one."""
    waiting = apart(opened.watch, 0, LONG)
    listeners(postgresql_url)
    address = address_of(postgresql_url)
    with closing(connect(address, LONG)) as connection:
        connection.execute(f"UPDATE {address.schema}.head SET revision = 7".encode())
    assert 7 == waiting.result(LONG)


def test_where_listening_is_refused_looking_serves(
    relay: Relay, through: PostgresqlStore, opened: PostgresqlStore, apart: Callable[..., Future[int]]
) -> None:
    """Behind a pool of connections that refuses LISTEN, whoever waits is told all the same."""
    refused = threading.Event()

    def change(data: bytes) -> bytes:
        if b"LISTEN" in data:
            refused.set()
        return data.replace(b"LISTEN", b"LOSTEN")

    relay.change = change
    waiting = apart(through.watch, 0, LONG)
    assert refused.wait(LONG)
    commit(opened, {SYSTEM: 1})
    assert 1 == waiting.result(LONG)


def test_closing_ends_the_wait(opened: PostgresqlStore, postgresql_url: str, apart: Callable[..., Future[int]]) -> None:
    """Whoever waits for a store that is closed is told so."""
    waiting = apart(opened.watch, 0, LONG)
    listeners(postgresql_url)
    opened.close()
    with pytest.raises(StoreError, match="closed"):
        waiting.result(LONG)


@pytest.mark.parametrize("delivers", [True, False], ids=["reply", "request"])
def test_a_lost_commit_is_made_once(relay: Relay, through: PostgresqlStore, delivers: bool) -> None:
    """Whether the request to commit was lost or the answer to it: the commit is there once, and its record returned."""
    commit(through, {SYSTEM: 1})
    relay.lost, relay.delivers = COMMIT, delivers
    record = commit(through, {SYSTEM: 2}, {SYSTEM: 1})
    assert (None, 2) == (relay.lost, record.revision)
    assert [1, 2] == [found.sequence for found in through.log()]
    assert record == list(through.log())[-1]
    assert broken(through.log(), through.head()) is None


@pytest.mark.parametrize("delivers", [True, False], ids=["reply", "request"])
def test_a_lost_erasure_is_made_and_recorded_once(relay: Relay, through: PostgresqlStore, delivers: bool) -> None:
    """Whether the request to erase was lost or the answer to it: there is one record of it, and the count is right."""
    commit(through, {"user/alice": 1, SYSTEM: 1})
    relay.lost, relay.delivers = COMMIT, delivers
    assert 1 == through.erase("user/alice", draft_of({}, action="forget"))
    assert (None, ["update", "forget"]) == (relay.lost, [found.action for found in through.log()])
    assert (None, 1) == (value_of(through, "user/alice"), value_of(through, SYSTEM))
    assert broken(through.log(), through.head()) is None


@pytest.mark.parametrize("delivers", [True, False], ids=["reply", "request"])
def test_an_outcome_that_stays_unknown_is_said(
    relay: Relay, through: PostgresqlStore, opened: PostgresqlStore, delivers: bool
) -> None:
    """Where the server stays away after a commit was sent, the error says that nobody knows, and what to do."""
    commit(through, {SYSTEM: 1})
    relay.lost, relay.delivers, relay.stays_away = COMMIT, delivers, True
    with pytest.raises(StoreError, match="not known whether it was committed: read again"):
        commit(through, {SYSTEM: 2})
    assert (2 if delivers else 1) == opened.head().sequence


def test_many_wait_at_once(opened: PostgresqlStore, apart: Callable[..., Future[int]]) -> None:
    """Every thread that waits is told of the same commit."""
    waiting = [apart(opened.watch, 0, LONG) for _ in range(4)]
    commit(opened, {SYSTEM: 1})
    assert [1, 1, 1, 1] == [future.result(LONG) for future in waiting]
