"""The documents that everyone shares: read again only where somebody may have changed them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cfgcore.change.forms import Forms
from cfgcore.store.document import SHARED, VERSIONS
from cfgcore.store.protocol import Snapshot, Store
from cfgcore.store.record import Record, advance


class Shared:
    """Reads documents with those that everyone shares.

    Most changes are of one user, and the digest that chains the log proves that nothing else happened since the shared
    documents were read, or that all that happened was told to :meth:`committed`. Then they are not read again.
    """

    def __init__(self, store: Store, forms: Forms) -> None:
        self._store = store
        self._forms = forms
        self._last: Snapshot | None = None  # replaced whole: a thread sees one head with the documents of then

    def read(self, names: Iterable[str]) -> Snapshot:
        """Return the named documents, and the shared ones, in today's form, all as of one revision."""
        own, last = [name for name in dict.fromkeys(names) if name not in SHARED], self._last
        if own and last is not None:
            found = self._store.read(own)
            if found.head == last.head:
                versions = last.documents[VERSIONS].values
                today = {name: self._forms.today(name, one, versions) for name, one in found.documents.items()}
                return Snapshot(found.head, {**last.documents, **today})
        found = self._forms.snapshot(self._store.read((*SHARED, *own)))
        self._last = Snapshot(found.head, {name: found.documents[name] for name in SHARED})
        return found

    def committed(self, record: Record, written: Mapping[str, object]) -> None:
        """Know what a commit of this process did: where it wrote no shared document, they are as they were."""
        last = self._last
        if last is not None and record.sequence == last.head.sequence + 1 and written.keys().isdisjoint(SHARED):
            self._last = Snapshot(advance(last.head, record), last.documents)
