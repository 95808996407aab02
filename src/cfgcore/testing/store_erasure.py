"""The store contract: secrets lie apart, and what is erased is gone, while the chain still verifies."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from cfgcore.errors import StoreError
from cfgcore.store.document import SYSTEM, Document
from cfgcore.store.protocol import Store, Write
from cfgcore.store.record import broken
from cfgcore.store.secret import new_key, reference
from cfgcore.testing.store_fixtures import MakeStore, StoreFixtures, commit, draft_of, value_of

StorageBytes = Callable[[], bytes]

_FORGET = draft_of({}, action="forget", actor="root")
_COMPACT = draft_of({}, action="compact", actor="root")


class ErasureContract(StoreFixtures):
    """What a store promises about secrets, compaction and erasure."""

    def test_secrets_lie_apart(self, store: Store, other: Store) -> None:
        """A secret is read by its key only: no document and no record holds it; an unknown key is left out."""
        key = new_key("user/alice")
        writes = {"user/alice": Write({"download": {"token": reference(key)}}, {})}
        store.commit(writes, {}, draft_of({"user/alice": reference(key)}), {key: {"token": "canary"}})
        assert {key: {"token": "canary"}} == other.read_secrets([key, "unknown"])
        assert "canary" not in repr(other.read(["user/alice"])) + repr(list(other.log()))

    def test_a_secret_is_replaced(self, store: Store, other: Store) -> None:
        """A secret that is committed under a known key takes the place of the old one; others stay."""
        store.commit({}, {}, draft_of({}), {"a": 1, "b": 2})
        other.commit({}, {}, draft_of({}), {"a": 3})
        assert {"a": 3, "b": 2} == store.read_secrets(["a", "b"])

    def test_erase_forgets_one_document(self, store: Store, other: Store) -> None:
        """Erasing takes a document, its secrets and every payload about it, and nothing of the others."""
        key, kept = new_key("user/alice"), new_key("user/bob")
        store.commit({}, {}, draft_of({}), {key: "canary", kept: "kept"})
        commit(store, {"user/alice": 1, "user/bob": 1})
        commit(store, {"user/alice": 2})
        commit(store, {"user/bob": 2})
        assert 2 == store.erase("user/alice", _FORGET)
        assert Document() == other.read(["user/alice"]).documents["user/alice"]
        assert ["user/bob"] == other.names(prefix="user/")
        assert {kept: "kept"} == other.read_secrets([key, kept])
        assert [["user/bob"], [], ["user/bob"], [""]] == [list(record.edits()) for record in other.log(after=1)]
        assert (4, None) == (other.head().revision, broken(other.log(), other.head()))
        assert [] == list(other.log_back(document="user/alice"))

    @pytest.mark.parametrize("erases", [True, False])
    def test_an_erasure_is_sealed_with_its_record(self, make_store: MakeStore, store: Store, erases: bool) -> None:
        """Erasing and compacting end with one record, of no document and no revision, that every handle finds."""
        commit(store, {"user/alice": 1})
        commit(store, {SYSTEM: 1})
        before = store.head()
        store.erase("user/alice", _FORGET) if erases else store.compact(2, _COMPACT)
        with closing(make_store()) as again:
            last = next(again.log_back())
            assert ("forget" if erases else "compact", "root", "flaky link") == (last.action, last.actor, last.reason)
            assert (None, [""]) == (last.revision, list(last.edits()))
            assert (before.sequence + 1, before.revision) == (again.head().sequence, again.head().revision)
            assert last.chain == again.head().chain == store.head().chain
        assert 3 == commit(store, {SYSTEM: 2}, {SYSTEM: 2}).revision

    @pytest.mark.parametrize("erases", [True, False])
    def test_an_erasure_that_cannot_be_recorded_erases_nothing(self, store: Store, other: Store, erases: bool) -> None:
        """Where its record cannot be stored, an erasure raises StoreError, and everything is as it was."""
        commit(store, {"user/alice": 1})
        unfit = draft_of({}, reason=object())
        before = [other.head(), list(other.log())]
        with pytest.raises(StoreError, match=r"cannot be stored|nothing is written"):
            store.erase("user/alice", unfit) if erases else store.compact(2, unfit)
        assert (before, 1) == ([other.head(), list(other.log())], value_of(other, "user/alice"))
        assert 2 == commit(store, {"user/alice": 2}, {"user/alice": 1}).revision

    def test_an_erased_document_begins_anew(self, store: Store) -> None:
        """Erasing twice finds nothing more; a document that is written again has a new revision."""
        commit(store, {"user/alice": 1})
        assert (1, 0) == (store.erase("user/alice", _FORGET), store.erase("user/alice", _FORGET))
        assert 2 == commit(store, {"user/alice": 2}, {"user/alice": 0}).revision
        assert (2, None) == (value_of(store, "user/alice"), broken(store.log(), store.head()))

    def test_erased_bytes_are_gone(
        self, make_store: MakeStore, store: Store, storage_bytes: StorageBytes | None
    ) -> None:
        """No byte of an erased document, its history or its secrets is left in the storage."""
        key = new_key("user/alice")
        store.commit({}, {}, draft_of({}), {key: "canary-secret"})
        for number in range(3):
            commit(store, {"user/alice": f"canary-value-{number}", SYSTEM: "other"}, actor="canary-actor")
            make_store().close()
        if storage_bytes is not None:
            assert b"canary" in storage_bytes()
        store.erase("user/alice", _FORGET)
        store.erase(SYSTEM, _FORGET)
        if storage_bytes is not None:
            assert b"canary" not in storage_bytes()
        assert broken(store.log(), store.head()) is None

    def test_compacted_bytes_are_gone(self, store: Store, storage_bytes: StorageBytes | None) -> None:
        """No byte of a value that was replaced before is left in the storage after compaction."""
        for number in range(3):
            commit(store, {SYSTEM: f"canary-{number}"}, actor="canary-actor")
        commit(store, {SYSTEM: "now"})
        assert 3 == store.compact(4, _COMPACT)
        if storage_bytes is not None:
            assert b"canary" not in storage_bytes()
        assert ("now", None) == (value_of(store, SYSTEM), broken(store.log(), store.head()))

    def test_compaction_takes_secrets_that_nothing_refers_to(
        self, store: Store, other: Store, storage_bytes: StorageBytes | None
    ) -> None:
        """A secret goes with the last record that refers to it, unless a document does; all others stay."""
        keys = [new_key(SYSTEM) for _ in range(4)]
        for number, key in enumerate(keys):
            value = Write({"x": {"token": reference(key)}}, {})
            said = {"was": reference(keys[number - 1]), "is": reference(key)}
            store.commit({SYSTEM: value}, {}, draft_of({SYSTEM: said}), {key: f"canary-{number}."})
        assert 2 == store.compact(3, _COMPACT)
        left = {key: f"canary-{number}." for number, key in enumerate(keys) if number}
        assert left == other.read_secrets(keys)
        if storage_bytes is not None:
            assert (False, True) == (b"canary-0." in storage_bytes(), b"canary-1." in storage_bytes())
        assert 2 == store.compact(100, _COMPACT)
        assert {keys[3]: "canary-3."} == other.read_secrets(keys)

    def test_compact_keeps_documents_and_what_is_younger(self, store: Store, other: Store) -> None:
        """Compaction takes the payloads of records below a revision, the refusals among them, and nothing else."""
        commit(store, {SYSTEM: 1})
        store.append_audit(draft_of({SYSTEM: 9}))
        commit(store, {"user/alice": 1})
        commit(store, {SYSTEM: 2})
        before = store.read([SYSTEM, "user/alice"])
        assert 3 == store.compact(3, _COMPACT)
        after = other.read([SYSTEM, "user/alice"])
        assert (before.documents, before.head.revision) == (after.documents, after.head.revision)
        assert [None, None, None, "alice", "root"] == [record.actor for record in other.log()]
        assert broken(other.log(), other.head()) is None
        assert 0 == other.compact(3, _COMPACT)

    def test_the_horizon_says_what_was_compacted(self, store: Store, other: Store) -> None:
        """The head names the last revision whose changes are no longer known, and never one before that again."""
        for number in range(5):
            commit(store, {SYSTEM: number})
        assert 0 == other.head().horizon
        store.compact(3, _COMPACT)
        assert 2 == other.head().horizon
        store.compact(2, _COMPACT)
        commit(store, {SYSTEM: 9})
        assert 2 == other.head().horizon
        store.compact(100, _COMPACT)
        assert 6 == other.head().horizon

    def test_a_compacted_store_goes_on(self, make_store: MakeStore, store: Store, other: Store) -> None:
        """Commits of every handle follow a compaction in the same chain, and reopening finds them."""
        commit(store, {SYSTEM: 1})
        commit(other, {SYSTEM: 2})
        store.compact(3, _COMPACT)
        assert [3, 4] == [commit(handle, {SYSTEM: 5}, {SYSTEM: r}).revision for r, handle in ((2, other), (3, store))]
        again = make_store()
        assert (5, None) == (value_of(again, SYSTEM), broken(again.log(), again.head()))
        again.close()
