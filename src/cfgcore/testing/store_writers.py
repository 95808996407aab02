"""The store contract: threads and processes that write at once lose nothing."""

from __future__ import annotations

import multiprocessing
import threading
from contextlib import closing

from cfgcore.errors import Conflict
from cfgcore.store.document import SYSTEM
from cfgcore.store.protocol import Store
from cfgcore.store.record import broken
from cfgcore.testing.store_fixtures import MakeStore, StoreFixtures, commit, value_of

THREADS = 8
PROCESSES = 4
TIMES = 25


class WriterContract(StoreFixtures):
    """What a store promises to writers at once. For the test with processes, `make_store` must be picklable."""

    def test_threads_lose_no_update(self, store: Store, other: Store) -> None:
        """Threads, with two handles, that count up with compare-and-swap arrive at the sum."""
        handles = [(store, other)[number % 2] for number in range(THREADS)]
        threads = [threading.Thread(target=increment, args=(handle, SYSTEM, TIMES)) for handle in handles]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._check(store, THREADS * TIMES)

    def test_processes_lose_no_update(self, make_store: MakeStore, store: Store) -> None:
        """Processes that count up with compare-and-swap arrive at the sum."""
        context = multiprocessing.get_context("spawn")
        processes = [context.Process(target=increment_apart, args=(make_store,)) for _ in range(PROCESSES)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert [0] * PROCESSES == [process.exitcode for process in processes]
        self._check(store, PROCESSES * TIMES)

    def test_writers_of_different_documents_all_win(self, store: Store, other: Store) -> None:
        """Threads that each write a document of their own never conflict."""
        errors: list[Exception] = []

        def write(handle: Store, name: str) -> None:
            try:
                for _ in range(TIMES):
                    revision = handle.read([name]).documents[name].revision
                    commit(handle, {name: 1}, {name: revision})
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=write, args=((store, other)[n % 2], f"user/{n}")) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ([], 4 * TIMES) == (errors, store.head().revision)

    def test_readers_see_whole_commits(self, store: Store, other: Store) -> None:
        """Two documents that every commit writes alike are never read apart, and the head never goes back."""
        done = threading.Event()
        writer = threading.Thread(target=write_pairs, args=(store, done))
        writer.start()
        last, torn = 0, 0
        while not done.is_set():
            snapshot = other.read([SYSTEM, "user/alice"])
            torn += snapshot.documents[SYSTEM] != snapshot.documents["user/alice"]
            torn += snapshot.head.revision < last
            last = snapshot.head.revision
        writer.join()
        assert (0, 4 * TIMES) == (torn, other.head().revision)

    def _check(self, store: Store, count: int) -> None:
        assert (count, count) == (value_of(store, SYSTEM), store.head().revision)
        assert list(range(1, count + 1)) == [record.revision for record in store.log()]
        assert broken(store.log(), store.head()) is None


def increment(store: Store, name: str, times: int) -> None:
    """Count a document up so many times, reading again after each conflict."""
    done = 0
    while done < times:
        document = store.read([name]).documents[name]
        count = document.values.get("download", {}).get("value", 0)
        try:
            commit(store, {name: count + 1}, {name: document.revision})
        except Conflict:
            continue
        done += 1


def increment_apart(make_store: MakeStore) -> None:
    """Count up in a process of its own."""
    with closing(make_store()) as store:
        increment(store, SYSTEM, TIMES)


def write_pairs(store: Store, done: threading.Event) -> None:
    """Commit two documents that are alike, over and over, and then say so."""
    try:
        for number in range(4 * TIMES):
            commit(store, {SYSTEM: number, "user/alice": number})
    finally:
        done.set()
