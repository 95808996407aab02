"""All documents of a store, in the order of their names: a page of them after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cfgcore.store.document import Document
from cfgcore.store.protocol import Scannable, Store
from cfgcore.store.record import Head

PAGE = 1000


def documents(store: Store, prefix: str = "", size: int = PAGE) -> Iterator[Mapping[str, Document]]:
    """Yield the documents whose names begin with `prefix`, at most `size` together, each page as of one revision."""
    after = ""
    while page := _page(store, prefix, after, size):
        yield page
        after = next(reversed(page))


def count_of(store: Store, prefix: str = "") -> int:
    """Return how many documents have names that begin with `prefix`."""
    if isinstance(store, Scannable):
        return store.count(prefix)
    return sum(map(len, documents(store, prefix)))


def is_beginning(head: Head, store: Store) -> bool:
    """Return whether a log that ends at `head` is the beginning of that of `store`."""
    if not head.sequence:
        return True
    last = next(store.log(after=head.sequence - 1, limit=1), None)
    return last is not None and last.chain == head.chain


def _page(store: Store, prefix: str, after: str, size: int) -> dict[str, Document]:
    if isinstance(store, Scannable):
        return store.page(prefix, after, size)
    names = store.names(prefix, after, size)
    return dict(store.read(names).documents) if names else {}
