"""Connections that threads take in turns."""

from __future__ import annotations

from contextlib import suppress

import pytest

from cfgcore.errors import StoreError
from cfgcore.store.pool import Pool


class Connection:
    """Something that can be closed."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def pool() -> Pool[Connection]:
    """A pool of two connections, which waits for none."""
    return Pool("db:", Connection, size=2, patience=0.01)


def test_a_connection_is_used_again(pool: Pool[Connection]) -> None:
    """One after the other, leases hold the same connection; at once, they hold two."""
    with pool.lease() as first:
        pass
    with pool.lease() as again, pool.lease() as other:
        assert first is again
        assert first is not other


def test_a_connection_that_failed_is_closed(pool: Pool[Connection]) -> None:
    """After an error nobody knows what state a connection is in: it is not used again, and its place is free."""
    failed = []
    for _ in range(3):
        with suppress(KeyError), pool.lease() as connection:
            failed.append(connection)
            raise KeyError
    assert 3 == len({id(connection) for connection in failed if connection.closed})


def test_nobody_waits_for_ever(pool: Pool[Connection]) -> None:
    """Where all connections are in use for as long as the patience lasts, the error says so."""
    with pool.lease(), pool.lease(), pytest.raises(StoreError, match=r"db:: all 2 .* in use for 0\.01 s"), pool.lease():
        pass


def test_a_closed_pool_keeps_no_connection(pool: Pool[Connection]) -> None:
    """Closing closes what is idle at once, and what is in use when it comes back; nothing new is lent."""
    with pool.lease() as held:
        with pool.lease() as idle:
            pass
        pool.close()
        assert (True, False) == (idle.closed, held.closed)
    assert held.closed
    with pytest.raises(StoreError, match="the store is closed"), pool.lease():
        pass
