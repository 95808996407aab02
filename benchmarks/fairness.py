"""Whether processes that write one store at full speed get the same share of it, and how long one of them waits."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from multiprocessing.synchronize import Barrier
from typing import Any

from committing import commit
from table import Row

from cfgcore.store.opening import open_store
from cfgcore.testing.postgresql import PostgresqlServer, programs

PROCESSES = 4
SECONDS = 5.0
LIMIT = 1.0


def rows() -> list[Row]:
    """Return, for each kind of store, the rows about the slowest of the processes and about the longest commit."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        for kind, url in [("SQLite", f"sqlite:///{name}/store.db"), ("JSON", f"{name}/store.json")]:
            found += _rows(kind, url)
    with postgresql_server() as server:
        found += [] if server is None else _rows("PostgreSQL", server.url())
    return found


@contextmanager
def postgresql_server() -> Iterator[PostgresqlServer | None]:
    """Run a server for the time of the block; None where none is installed."""
    found = programs() if find_spec("psycopg") is not None else None
    if found is None:
        yield None
    else:
        with PostgresqlServer(found) as server:
            yield server


def _rows(kind: str, url: str) -> list[Row]:
    open_store(url).close()
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(PROCESSES), context.Queue()
    workers = [context.Process(target=_write, args=(url, n, barrier, results)) for n in range(PROCESSES)]
    for worker in workers:
        worker.start()
    shares: list[tuple[int, float]] = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    counts = sorted(count for count, _ in shares)
    what = f"four writing processes, {kind} store: a commit of the slowest"
    longest = max(longest for _, longest in shares)
    return [
        Row(what, SECONDS / counts[0], SECONDS / counts[-1], "of the fastest", times=2.0),
        Row("  the longest that one commit took", longest, SECONDS / counts[-1], "of the fastest", within=LIMIT),
    ]


def _write(url: str, number: int, barrier: Barrier, results: Any) -> None:
    with closing(open_store(url)) as store:
        commit(store, f"user{number}", 0)
        barrier.wait()
        count, longest, end = 0, 0.0, time.perf_counter() + SECONDS
        while (start := time.perf_counter()) < end:
            commit(store, f"user{number}", count)
            longest = max(longest, time.perf_counter() - start)
            count += 1
    results.put((count, longest))
