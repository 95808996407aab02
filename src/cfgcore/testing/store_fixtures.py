"""What the tests of the store contract begin with: handles on one storage, and small commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any

import pytest

from cfgcore.store.protocol import Store, Write
from cfgcore.store.record import Draft, Edit, Record
from cfgcore.values.absent import ABSENT

TIME = "2026-01-31T12:00:00Z"
SECTION = "download"

MakeStore = Callable[[], Store]


class StoreFixtures:
    """The fixtures of the contract. `make_store` is the subclass's, `storage_bytes` may be."""

    @pytest.fixture
    def storage_bytes(self) -> Callable[[], bytes] | None:
        """A function that returns every byte of the storage, or None where nobody can look at them."""
        return None

    @pytest.fixture
    def store(self, make_store: MakeStore) -> Iterator[Store]:
        """A handle on the storage."""
        with closing(make_store()) as store:
            yield store

    @pytest.fixture
    def other(self, make_store: MakeStore, store: Store) -> Iterator[Store]:
        """Another handle on the same storage, like that of another process."""
        with closing(make_store()) as other:
            yield other


def draft_of(changes: Mapping[str, Any], **named: Any) -> Draft:
    """Return the draft of a record that says that `changes`, a value by document, were made."""
    edits = {name: [Edit((SECTION, "value"), ABSENT, value)] for name, value in changes.items()}
    given = {"action": "update", "actor": "alice", "reason": "flaky link", "time": TIME, **named}
    return Draft(edits=edits, versions={SECTION: 1}, **given)


def write_of(value: Any) -> Write:
    """Return a document's content in which one setting has `value`."""
    return Write({SECTION: {"value": value}}, {SECTION: 1})


def commit(store: Store, changes: Mapping[str, Any], expect: Mapping[str, int] | None = None, **named: Any) -> Record:
    """Commit one value per document."""
    writes = {name: write_of(value) for name, value in changes.items()}
    return store.commit(writes, expect or {}, draft_of(changes, **named))


def value_of(store: Store, name: str) -> Any:
    """Return the value that :func:`commit` gave a document, or None."""
    return store.read([name]).documents[name].values.get(SECTION, {}).get("value")
