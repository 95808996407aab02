"""The store contract: every commit has one record, in one chain, and whoever waits for the next one is told."""

from __future__ import annotations

import threading
import time
from pathlib import Path as File
from urllib.parse import quote

import pytest

from cfgcore.errors import StoreError
from cfgcore.store.document import FLAGS, POLICIES, SYSTEM
from cfgcore.store.protocol import Store
from cfgcore.store.record import Edit, broken
from cfgcore.testing.store_fixtures import MakeStore, StoreFixtures, commit, draft_of, value_of
from cfgcore.values.absent import ABSENT

LONG = 60.0


class HistoryContract(StoreFixtures):
    """What a store promises about its log."""

    def test_revisions_strictly_increase(self, store: Store) -> None:
        """Every commit takes the next revision and names the one before it, whichever document it writes."""
        records = [commit(store, {name: 1}) for name in (SYSTEM, "user/alice", SYSTEM, FLAGS)]
        assert [(1, 0), (2, 1), (3, 2), (4, 3)] == [(record.revision, record.previous) for record in records]
        assert [1, 2, 3, 4] == [record.sequence for record in records]

    def test_a_record_says_what_its_draft_said(self, store: Store, other: Store) -> None:
        """Actor, reason, time, action, versions, what it reverts, and each edit with old and new value are kept."""
        edits = {SYSTEM: [Edit(("download", "a"), ABSENT, [1.0]), Edit(("download", "b"), None, ABSENT)]}
        draft = draft_of({}, action="undo", actor="bob", reason="é", reverts=7)
        given = type(draft)("undo", "bob", "é", draft.time, edits, {"download": 3}, 7)
        store.commit({}, {}, given)
        (record,) = other.log()
        assert ("undo", "bob", "é", draft.time, 7) == (
            record.action,
            record.actor,
            record.reason,
            record.time,
            record.reverts,
        )
        assert {"download": 3} == record.versions
        assert {SYSTEM: tuple(edits[SYSTEM])} == record.edits()

    def test_the_log_is_read_in_both_directions(self, store: Store) -> None:
        """`log` goes forward after a record, at most so many; `log_back` goes back before one."""
        for number in range(1, 8):
            commit(store, {SYSTEM: number})
        assert [1, 2, 3, 4, 5, 6, 7] == [record.sequence for record in store.log()]
        assert [4, 5] == [record.sequence for record in store.log(after=3, limit=2)]
        assert [] == list(store.log(limit=0))
        assert [] == list(store.log(after=7))
        assert [7, 6, 5, 4, 3, 2, 1] == [record.sequence for record in store.log_back()]
        assert [2, 1] == [record.sequence for record in store.log_back(before=3)]
        assert [] == list(store.log_back(before=1))

    def test_the_log_of_one_document(self, store: Store) -> None:
        """`log_back` of a document gives the records that speak of it, and no others."""
        commit(store, {"user/alice": 1})
        commit(store, {"user/alice/b": 1})
        commit(store, {SYSTEM: 1, "user/alice": 2})
        commit(store, {SYSTEM: 2})
        assert [3, 1] == [record.sequence for record in store.log_back(document="user/alice")]
        assert [1] == [record.sequence for record in store.log_back(before=3, document="user/alice")]
        assert [] == list(store.log_back(document="user/bob"))

    def test_a_long_log_is_read_whole(self, store: Store) -> None:
        """A log of more than a thousand records comes complete and in order, both ways, also while it grows."""
        for number in range(1100):
            store.append_audit(draft_of({SYSTEM: number}))
        forward = store.log()
        first = next(forward)
        commit(store, {SYSTEM: 1})
        assert list(range(1, 1102)) == [first.sequence, *(record.sequence for record in forward)]
        assert list(range(1101, 0, -1)) == [record.sequence for record in store.log_back()]

    def test_the_chain_verifies(self, store: Store, other: Store) -> None:
        """The log of commits and refusals by two handles is one chain that ends at the head."""
        for number in range(5):
            commit(store, {SYSTEM: number, "user/alice": number})
            other.append_audit(draft_of({"user/bob": number}, action="refused"))
        assert broken(store.log(), store.head()) is None
        assert broken(list(store.log())[:-1], store.head()) is not None

    def test_an_audit_record_changes_nothing_else(self, store: Store, other: Store) -> None:
        """A refusal takes a place in the chain, but no revision, and touches no document."""
        commit(store, {POLICIES: 1})
        record = store.append_audit(draft_of({POLICIES: 2}, action="refused", actor="mallory"))
        assert (None, 1, 2) == (record.revision, record.previous, record.sequence)
        assert (1, 2) == (other.head().revision, other.head().sequence)
        assert 1 == value_of(other, POLICIES)
        assert (2, 1) == ((after := commit(other, {POLICIES: 3})).revision, after.previous)

    def test_watch_returns_on_a_commit_by_another_handle(self, store: Store, other: Store) -> None:
        """Whoever waits for a revision is told as soon as another handle has committed it."""
        found: list[int] = []
        waiting = threading.Thread(target=lambda: found.append(store.watch(0, LONG)))
        waiting.start()
        commit(other, {SYSTEM: 1})
        waiting.join(LONG)
        assert [1] == found

    def test_watch_returns_on_a_commit_by_the_same_handle(self, store: Store) -> None:
        """Whoever waits for a revision is told when another thread commits with the same handle."""
        found: list[int] = []
        waiting = threading.Thread(target=lambda: found.append(store.watch(0, LONG)))
        waiting.start()
        commit(store, {SYSTEM: 1})
        waiting.join(LONG)
        assert [1] == found

    def test_watch_does_not_wait_for_what_is_there(self, store: Store) -> None:
        """A revision that was passed long ago is answered at once, with the revision of now."""
        commit(store, {SYSTEM: 1})
        commit(store, {SYSTEM: 2})
        assert 2 == store.watch(0, LONG)

    def test_watch_gives_up_in_time(self, store: Store) -> None:
        """Without a commit, waiting ends at its timeout with the revision of before; a refusal is no commit."""
        commit(store, {SYSTEM: 1})
        store.append_audit(draft_of({}))
        begin = time.monotonic()
        assert 1 == store.watch(1, 0.05)
        assert 0.05 <= time.monotonic() - begin
        assert 1 == store.watch(1, 0)

    def test_a_backup_opens_and_equals(self, store: Store, tmp_path: File) -> None:
        """A backup is a file that opens as a store, with the same documents, secrets, log and head."""
        names = [SYSTEM, "user/alice"]
        commit(store, dict.fromkeys(names, 1))
        store.commit({}, {}, draft_of({}), {"key": "hidden"})
        target = tmp_path / "copy.json"
        assert store.head() == store.backup(target)
        with_copy = self.open_backup(target)
        if with_copy is not None:
            assert (store.read(names), list(store.log())) == (with_copy.read(names), list(with_copy.log()))
            assert {"key": "hidden"} == with_copy.read_secrets(["key"])
            commit(with_copy, {SYSTEM: 2})
            assert broken(with_copy.log(), with_copy.head()) is None
            with_copy.close()
        assert 1 == value_of(store, SYSTEM)

    def test_a_backup_overwrites_nothing(self, store: Store, tmp_path: File) -> None:
        """Where the target of a backup exists, it is refused and left as it is."""
        target = tmp_path / quote("kept file")
        target.write_bytes(b"kept")
        with pytest.raises(StoreError, match="must not exist"):
            store.backup(target)
        assert b"kept" == target.read_bytes()

    def open_backup(self, target: File) -> Store | None:
        """Open a backup as a store; None, unless a subclass does it, where that takes more than a file."""
        return None

    def test_handles_of_one_storage_are_one_store(self, make_store: MakeStore, store: Store) -> None:
        """Every handle names the same incarnation and URL."""
        other = make_store()
        assert (store.head().incarnation, store.url) == (other.head().incarnation, other.url)
        other.close()
