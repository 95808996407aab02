"""Connections to a database that threads take in turns."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from cfgcore.errors import StoreError
from cfgcore.store.fork import after_fork


class Closable(Protocol):
    """A connection."""

    def close(self) -> None:
        """Close it."""
        ...


C = TypeVar("C", bound=Closable)

_parents: list[object] = []  # connections of the parent of a fork: closing them here would disturb the parent


class Pool(Generic[C]):
    """At most `size` connections to `url`, made by `connect` when they are needed, kept until the pool is closed."""

    def __init__(self, url: str, connect: Callable[[], C], *, size: int, patience: float) -> None:
        self.closed = False
        self._url = url
        self._connect = connect
        self._size = size
        self._patience = patience
        self._idle: deque[C] = deque()
        self._free = threading.BoundedSemaphore(size)
        after_fork(self)

    def leave_parent(self) -> None:
        """Leave, in a forked child, all connections to its parent."""
        _parents.append(self._idle)
        self._idle = deque()
        self._free = threading.BoundedSemaphore(self._size)

    @contextlib.contextmanager
    def lease(self) -> Iterator[C]:
        """Hold a connection. It is closed, not kept, when an error passes; raises ``StoreError`` when none is free."""
        free = self._free
        self.require_open()
        if not free.acquire(timeout=self._patience):
            raise StoreError(f"{self._url}: all {self._size} connections have been in use for {self._patience:g} s")
        try:
            connection = self._take()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._idle.append(connection)
            if self.closed:
                self.clear()
        finally:
            free.release()

    def clear(self) -> None:
        """Close the connections that nobody holds."""
        with contextlib.suppress(IndexError):
            while True:
                self._idle.pop().close()

    def require_open(self) -> None:
        """Raise ``StoreError`` when the pool was closed."""
        if self.closed:
            raise StoreError(f"{self._url}: the store is closed")

    def close(self) -> None:
        """Refuse from now on, and close every connection as soon as nobody holds it."""
        self.closed = True
        self.clear()

    def _take(self) -> C:
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()
