"""The users who have stored something."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cfgcore.change.values import edits_between
from cfgcore.store.document import USER_PREFIX, user_of
from cfgcore.store.protocol import Store


@dataclass(frozen=True, slots=True)
class StoredUser:
    """A user with stored values: the id, the revision that wrote them last, and the paths that are set."""

    user: str
    revision: int
    paths: tuple[str, ...]


def stored_users(store: Store, after: str, limit: int) -> list[StoredUser]:
    """Return at most `limit` users whose ids follow `after`, in order; those who have taken all back are left out."""
    found: list[StoredUser] = []
    last = f"{USER_PREFIX}{after}"
    while len(found) < limit and (names := store.names(USER_PREFIX, last, min(limit - len(found), 1000))):
        last = names[-1]
        found += _among(store, names)
    return found


def _among(store: Store, names: list[str]) -> Iterator[StoredUser]:
    documents = store.read(names).documents
    for name in names:
        user, document = user_of(name), documents[name]
        if user is not None and document.values:
            paths = tuple(".".join(edit.path) for edit in edits_between({}, document.values))
            yield StoredUser(user, document.revision, paths)
