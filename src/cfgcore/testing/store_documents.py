"""The store contract: documents are read and committed together, and never over somebody else's change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cfgcore.errors import Conflict, InvalidUser, StoreError
from cfgcore.store.document import FLAGS, POLICIES, SHARED, SYSTEM, Document, user_document, user_of
from cfgcore.store.protocol import Store, Write
from cfgcore.store.scanning import count_of, documents
from cfgcore.testing.store_fixtures import MakeStore, StoreFixtures, commit, draft_of, value_of, write_of

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
_DATA = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_TEXT, inner, max_size=5),
    max_leaves=20,
)
_CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]

USERS = [
    *("alice", "ALICE", "../../etc/passwd", "a/b", "/", ".", "..", "con", "\U0001f600", "é", "e\u0301", "%", "_", "'"),
    *('"', "user/alice", "system", "$secret", "a b", " ", "\\", "\U0010ffff", "\U0010ffff\U0010ffff", "x" * 256),
]


class DocumentContract(StoreFixtures):
    """What a store promises about documents."""

    def test_an_absent_document_is_empty(self, store: Store) -> None:
        """A document that was never written reads as empty, of revision 0, and writing others does not change that."""
        commit(store, {SYSTEM: 1})
        snapshot = store.read([POLICIES, "user/nobody"])
        assert {POLICIES: Document(), "user/nobody": Document()} == snapshot.documents
        assert 1 == snapshot.head.revision

    def test_a_fresh_store_is_at_revision_0(self, store: Store) -> None:
        """A store begins without documents and records, at revision 0."""
        assert (0, 0) == (store.head().revision, store.head().sequence)
        assert [] == store.names()
        assert [] == list(store.log())

    def test_a_commit_of_many_documents_is_one(self, store: Store) -> None:
        """All documents of a commit carry its revision, and one record speaks of all of them."""
        record = commit(store, {SYSTEM: 1, FLAGS: 2, "user/alice": 3})
        found = store.read([SYSTEM, FLAGS, "user/alice"])
        assert [1, 1, 1] == [document.revision for document in found.documents.values()]
        assert {SYSTEM, FLAGS, "user/alice"} == set(record.edits())
        assert [record] == list(store.log())
        assert (1, 1, record.chain) == (found.head.revision, found.head.sequence, found.head.chain)

    def test_a_document_is_replaced_whole(self, store: Store) -> None:
        """A write leaves nothing of what the document held; empty values leave an empty document with a revision."""
        commit(store, {SYSTEM: 1})
        store.commit({SYSTEM: Write({"models": {}}, {"models": 7})}, {}, draft_of({}))
        assert Document({"models": {}}, {"models": 7}, 2) == store.read([SYSTEM]).documents[SYSTEM]
        store.commit({SYSTEM: Write({}, {})}, {}, draft_of({}))
        assert Document({}, {}, 3) == store.read([SYSTEM]).documents[SYSTEM]

    def test_a_stale_revision_is_a_conflict(self, store: Store) -> None:
        """A commit that expects a revision that has moved on writes nothing, no document and no record."""
        commit(store, {SYSTEM: 1})
        commit(store, {SYSTEM: 2}, {SYSTEM: 1})
        before = store.head()
        with pytest.raises(Conflict, match=r"system.*revision 1.* 2 now"):
            commit(store, {FLAGS: 5, SYSTEM: 3}, {SYSTEM: 1})
        assert before == store.head()
        assert (2, None) == (value_of(store, SYSTEM), value_of(store, FLAGS))

    def test_an_absent_document_is_expected_as_0(self, store: Store) -> None:
        """Revision 0 says that a document is expected not to be there; it holds once."""
        commit(store, {"user/alice": 1}, {"user/alice": 0})
        with pytest.raises(Conflict):
            commit(store, {"user/alice": 2}, {"user/alice": 0})
        with pytest.raises(Conflict):
            commit(store, {"user/bob": 2}, {"user/bob": 1})

    def test_a_document_that_was_only_read_can_conflict(self, store: Store) -> None:
        """A commit may expect revisions of documents that it does not write."""
        commit(store, {POLICIES: 1})
        commit(store, {"user/alice": 1}, {POLICIES: 1})
        commit(store, {POLICIES: 2})
        with pytest.raises(Conflict):
            commit(store, {"user/alice": 2}, {POLICIES: 1})

    def test_somebody_elses_commit_is_no_conflict(self, store: Store) -> None:
        """Only the documents that are named count: the store's own revision may be far ahead."""
        commit(store, {"user/alice": 1})
        commit(store, {"user/bob": 1})
        commit(store, {"user/alice": 2}, {"user/alice": 1})
        assert 3 == store.head().revision

    def test_two_handles_see_each_others_commits(self, store: Store, other: Store) -> None:
        """What one handle has committed, every other reads at once, and conflicts with."""
        for number in range(5):
            commit(store, {SYSTEM: number})
            assert (number, store.head()) == (value_of(other, SYSTEM), other.head())
            commit(other, {"user/alice": number})
            assert (number, other.head()) == (value_of(store, "user/alice"), store.head())
        with pytest.raises(Conflict):
            commit(other, {SYSTEM: 9}, {SYSTEM: 1})

    def test_names_are_in_order(self, store: Store) -> None:
        """Names come in the order of their characters' numbers, from a prefix, after a name, and not too many."""
        users = ["user/a", "user/b", "user/é", "user/\U0010ffff", "user/Z"]
        commit(store, dict.fromkeys([*users, SYSTEM, "users"], 1))
        assert sorted([*users, SYSTEM, "users"]) == store.names()
        assert sorted(users) == store.names(prefix="user/")
        assert ["user/a", "user/b"] == store.names(prefix="user/", after="user/Z", limit=2)
        assert [] == store.names(prefix="user/", after="user/\U0010ffff")
        assert [] == store.names(limit=0)

    def test_documents_come_in_pages(self, store: Store) -> None:
        """Going through all documents yields each one once, in order, as reading it does; and they can be counted."""
        users = {user_document(user): number for number, user in enumerate(USERS)}
        commit(store, {**users, SYSTEM: 1, "users": 2})
        for size in (1, 3, 1000):
            found = [document for page in documents(store, size=size) for document in page.items()]
            assert [(name, store.read([name]).documents[name]) for name in store.names()] == found
            assert sorted(users) == [name for page in documents(store, "user/", size) for name in page]
        assert (len(users) + 2, len(users)) == (count_of(store), count_of(store, "user/"))
        assert [] == list(documents(store, "nobody/"))

    def test_user_ids_are_data(self, store: Store, other: Store) -> None:
        """Any user id works exactly as it is: as a path, in another case, decomposed, beyond the basic plane."""
        names = {user_document(user): number for number, user in enumerate(USERS)}
        commit(store, names)
        assert names == {name: value_of(other, name) for name in names}
        assert sorted(names) == other.names(prefix="user/")
        assert set(USERS) == {user_of(name) for name in names}

    @pytest.mark.parametrize("user", ["", "x" * 10_000, "a\0b", "a\nb", "\ud800", 5])
    def test_what_is_no_user_id_is_refused(self, store: Store, user: Any) -> None:
        """An empty, long or unprintable user id never becomes a document."""
        with pytest.raises(InvalidUser):
            commit(store, {user_document(user): 1})
        assert 0 == store.head().revision

    @settings(deadline=None, max_examples=40, suppress_health_check=_CHECKS)
    @given(values=st.dictionaries(_TEXT, _DATA, max_size=5))
    def test_values_come_back_exactly(self, store: Store, other: Store, values: dict[str, Any]) -> None:
        """Any JSON data comes back with equal values of the same types: 1.0 is not 1, and -0.0 not 0."""
        record = store.commit({SYSTEM: Write(values, {"ä": 2})}, {}, draft_of({SYSTEM: values}))
        for handle in (store, other):
            found = handle.read([SYSTEM]).documents[SYSTEM]
            assert json.dumps(values, sort_keys=True) == json.dumps(found.values, sort_keys=True)
            assert ({"ä": 2}, record.revision) == (found.versions, found.revision)

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {1, 2}, b"x"], ids=repr)
    def test_what_is_no_data_is_refused(self, store: Store, value: Any) -> None:
        """A value that JSON cannot hold is a StoreError, and the store goes on as before."""
        commit(store, {SYSTEM: 1})
        with pytest.raises(StoreError):
            store.commit({SYSTEM: write_of(value), FLAGS: write_of(1)}, {}, draft_of({SYSTEM: 0}))
        assert (1, 1, None) == (store.head().sequence, value_of(store, SYSTEM), value_of(store, FLAGS))
        commit(store, {SYSTEM: 2})
        assert 2 == value_of(store, SYSTEM)

    def test_what_was_read_is_the_readers_own(self, store: Store) -> None:
        """Nothing that a caller does to what it has read, or has written, changes what is stored."""
        values: dict[str, Any] = {"download": {"mirrors": ["a"]}}
        store.commit({SYSTEM: Write(values, {})}, {}, draft_of({}))
        values["download"]["mirrors"].append("b")
        found: Any = store.read([SYSTEM]).documents[SYSTEM].values
        found["download"]["mirrors"].append("c")
        assert {"download": {"mirrors": ["a"]}} == store.read([SYSTEM]).documents[SYSTEM].values

    def test_everything_is_there_after_reopening(self, make_store: MakeStore, store: Store) -> None:
        """A store that was closed and opened again has the same documents, log, head and incarnation."""
        commit(store, {name: name for name in SHARED})
        commit(store, {"user/alice": 1})
        expected = store.read([*SHARED, "user/alice"]), list(store.log())
        store.close()
        again = make_store()
        assert expected == (again.read([*SHARED, "user/alice"]), list(again.log()))
        again.close()

    def test_a_closed_store_refuses(self, store: Store) -> None:
        """Closing twice does nothing; whatever is asked of a closed store is a StoreError."""
        commit(store, {SYSTEM: 1})
        store.close()
        store.close()
        with pytest.raises(StoreError, match="closed"):
            store.head()
        with pytest.raises(StoreError, match="closed"):
            commit(store, {SYSTEM: 2})
