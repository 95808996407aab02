"""The log in today's terms: what a commit changed, as if sections and settings had always been what they are now."""

from __future__ import annotations

from collections.abc import Mapping

from cfgcore.change.forms import Forms
from cfgcore.change.past import UPGRADE, before
from cfgcore.change.today import held_of, raw_of
from cfgcore.change.values import edits_between
from cfgcore.store.document import VERSIONS, Document
from cfgcore.store.protocol import Store
from cfgcore.store.record import Edit, Record


class Retelling:
    """Tells what records changed, newest first.

    A record of an older form is understood by making both of its sides in full and bringing each to today's form; the
    documents on the way are kept, so that going back along the log undoes each record once.
    """

    def __init__(self, store: Store, forms: Forms) -> None:
        self._store = store
        self._forms = forms
        self._reached: dict[str, tuple[int, Document]] = {}

    def edits(self, record: Record) -> dict[str, tuple[Edit, ...]]:
        """Return the edits of a record by document, in today's terms."""
        if record.action == UPGRADE:
            return {}
        found, sides = {}, record.sides()
        for name, edits in record.edits().items():
            if name != VERSIONS:
                plain = record.revision is None or self._forms.is_plain(name, edits, sides[name])
                found[name] = edits if plain else self._retold(record, name)
        return found

    def _retold(self, record: Record, name: str) -> tuple[Edit, ...]:
        earlier, later = self._around(record, name)
        return differing(self._forms.today(name, earlier), self._forms.today(name, later))

    def _around(self, record: Record, name: str) -> tuple[Document, Document]:
        """Return a document before and after a record, as the store had it."""
        known = self._reached.get(name)
        limit, document = known if known is not None else (None, self._store.read([name]).documents[name])
        last = document.revision if limit is None else None  # what came after it was read is not in it
        for later in self._store.log_back(limit, document=name):
            if later.sequence <= record.sequence:
                break
            if later.revision is not None and (last is None or later.revision <= last):
                document = before(document, later, name)
        earlier = before(document, record, name)
        self._reached[name] = record.sequence, earlier
        return earlier, document


def differing(old: Document, new: Document) -> tuple[Edit, ...]:
    """Return what differs between two documents in today's form; of sections that cannot be read, as they are."""
    held = {*held_of(old), *held_of(new)}
    return tuple(edits_between(_with_held(old, held), _with_held(new, held)))


def _with_held(document: Document, held: set[str]) -> Mapping[str, object]:
    raw = raw_of(document).values
    readable = {name: content for name, content in document.values.items() if name not in held}
    return {**readable, **{name: raw[name] for name in held if name in raw}}
