"""The store contract, for a store with the ability ``Ephemeral``: the processes that have it open see each other."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

import pytest

from cfgcore.store.presence import Presence, this_process
from cfgcore.store.protocol import Ephemeral, Store
from cfgcore.testing.store_fixtures import MakeStore, StoreFixtures, commit

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

_PATIENCE = 60.0


def attend(make_store: MakeStore, told: Connection) -> None:
    """Announce this process, say so, and stay until it is told to go on; then announce nothing more, and end."""
    store = make_store()
    assert isinstance(store, Ephemeral), "the tests below ask first"
    store.announce(this_process({"download": 1}))
    told.send(os.getpid())
    told.recv()
    store.close()
    told.send("closed")
    told.recv()


class PresenceContract(StoreFixtures):
    """What a store promises by whose processes see each other; a store without that ability promises nothing here."""

    @pytest.fixture
    def seen(self, store: Store) -> Ephemeral | None:
        """The store, where it has the ability."""
        return store if isinstance(store, Ephemeral) else None

    def test_who_announces_is_there_until_it_leaves(self, seen: Ephemeral | None, other: Store) -> None:
        """What was announced is what others read; closing ends it, and announcing again takes its place."""
        if seen is None or not isinstance(other, Ephemeral):
            return
        assert [] == seen.present()
        first, second = this_process({"download": 1}), this_process({"download": 2, "é": 1})
        other.announce(first)
        assert [first] == seen.present() == other.present()
        other.announce(second)
        seen.announce(first)
        assert {first.id, second.id} == {presence.id for presence in seen.present()}
        other.close()
        assert [first] == seen.present()

    def test_nothing_of_it_is_in_the_log(self, seen: Ephemeral | None, store: Store) -> None:
        """Revision, records, documents and the time of watchers stay as they are."""
        if seen is None:
            return
        commit(store, {"system": 1})
        before = store.head(), list(store.log()), store.names()
        seen.announce(this_process({}))
        assert before == (store.head(), list(store.log()), store.names())
        commit(store, {"system": 2})
        assert 1 == len(seen.present())

    def test_another_process_is_seen_until_it_closes(self, seen: Ephemeral | None, make_store: MakeStore) -> None:
        """It is named by its number, and by what it knows."""
        if seen is None:
            return
        with attending(make_store) as (_, pid, told):
            assert [(pid, {"download": 1})] == [(one.pid, dict(one.versions)) for one in seen.present()]
            told.send("close")
            told.recv()
            assert [] == seen.present()

    def test_a_killed_process_is_not_seen_any_more(self, seen: Ephemeral | None, make_store: MakeStore) -> None:
        """However it ended; where that takes time, until its time to live is over."""
        if seen is None:
            return
        with attending(make_store) as (process, _, _):
            assert 1 == len(seen.present())
            process.kill()
            process.join(_PATIENCE)
            assert self.gone(seen) == []

    def gone(self, seen: Ephemeral) -> list[Presence]:
        """Return who is there when a killed process has to be gone; a store with a time to live waits here."""
        return seen.present()


@contextmanager
def attending(make_store: MakeStore) -> Iterator[tuple[BaseProcess, int, Connection]]:
    """Run another process that has announced itself."""
    spawning = multiprocessing.get_context("spawn")
    mine, its = spawning.Pipe()
    process = spawning.Process(target=attend, args=(make_store, its), daemon=True)
    process.start()
    try:
        assert mine.poll(_PATIENCE), "the process did not announce itself"
        yield process, mine.recv(), mine
    finally:
        process.kill()
        process.join(_PATIENCE)
        mine.close()
        its.close()
