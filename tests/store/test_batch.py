"""Commits that share a transaction."""

from __future__ import annotations

import math
from typing import Any

from cfgcore.errors import Conflict, StoreError
from cfgcore.store.batch import NAME_LIMIT, Batch, expected
from cfgcore.store.document import SYSTEM
from cfgcore.store.protocol import Request
from cfgcore.store.record import Head, Record, broken
from cfgcore.store.rows import secret_text
from cfgcore.testing.store_fixtures import draft_of, write_of

HEAD = Head("incarnation")


def request(value: Any, expect: int | None = None, name: str = SYSTEM) -> Request:
    expects = {} if expect is None else {name: expect}
    return Request({name: write_of(value)}, expects, draft_of({name: 0}), {"key": value}, commits=True)


def judged(*requests: Request, revisions: dict[str, int] | None = None) -> Batch:
    batch = Batch(HEAD, revisions or {})
    batch.judge(requests)
    return batch


def test_requests_follow_each_other() -> None:
    """Each request is sealed after the one before it, and sees the revisions that it left."""
    batch = judged(request(1, 0), request(2, 1), request(3, 1))
    assert [1, 2] == [record.revision for record in batch.outcomes if isinstance(record, Record)]
    assert isinstance(batch.outcomes[2], Conflict)
    assert broken([record for record in batch.outcomes if isinstance(record, Record)], batch.head) is None
    assert (2, 2, {"key": secret_text("key", 2)}) == (batch.documents[SYSTEM][1], len(batch.records), batch.secrets)


def test_revisions_are_those_of_the_store() -> None:
    """What a request expects is compared with what the store holds."""
    batch = judged(request(1, 6), request(1, 7), revisions={SYSTEM: 7})
    assert [Conflict, Record] == [type(outcome) for outcome in batch.outcomes]


def test_a_request_that_fails_leaves_nothing() -> None:
    """What cannot be stored leaves no row, and the requests around it stand."""
    bad = [math.nan, "\ud800", {1, 2}]
    names = ["a\0b", "x" * (NAME_LIMIT + 1)]
    batch = judged(request(1), *map(request, bad), *(request(1, name=name) for name in names), request(2))
    failed = batch.outcomes[1:-1]
    assert [StoreError] * 5 == [type(outcome) for outcome in failed]
    assert all("the change cannot be stored" in str(outcome) for outcome in failed)
    assert ([1, 2], [SYSTEM]) == ([row[0] for row in batch.records], list(batch.documents))


def test_what_is_expected_is_asked_once() -> None:
    """The documents whose revisions a transaction has to know are named once each."""
    assert ["a", "b"] == expected([request(1, 0, "a"), request(1, 0, "b"), request(2, 1, "a"), request(1, name="c")])
