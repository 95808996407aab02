"""Names of documents."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfgcore.errors import CfgcoreError, InvalidUser
from cfgcore.store.document import SHARED, Document, user_document, user_of


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=256))
def test_a_user_id_comes_back_exactly(user: str) -> None:
    """Any printable text of up to 256 characters is a user id, and no two users share a document."""
    assert user == user_of(user_document(user))


def test_shared_documents_are_nobodys() -> None:
    """A user called like a shared document has another one."""
    for name in SHARED:
        assert user_of(name) is None
        assert name != user_document(name)


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        ("", "is not empty"),
        ("x" * 257, "at most 256 characters, not 257"),
        ("x" * 10_000, "not 10000"),
        ("a\0b", r"'a\x00b' holds control characters"),
        ("a\nb", "control characters"),
        ("a\u2028b", "control characters"),
        ("\x85", "control characters"),
        ("\ud83d", "lone surrogates"),
        (5, "not int"),
        (None, "not NoneType"),
        (b"alice", "not bytes"),
    ],
)
def test_what_cannot_be_a_user_id_is_refused(user: Any, reason: str) -> None:
    """Empty, long and unprintable ids, and what is no text, are refused with the reason."""
    with pytest.raises(InvalidUser) as caught:
        user_document(user)
    assert reason in str(caught.value)
    assert isinstance(caught.value, (CfgcoreError, ValueError))


def test_an_empty_document_was_never_written() -> None:
    """Without arguments a document is empty, and of revision 0."""
    assert ({}, {}, 0) == (Document().values, Document().versions, Document().revision)
