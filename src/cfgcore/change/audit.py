"""The audit of a store: one chain of all commits and refusals, which proves itself whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cfgcore.errors import StoreDamaged
from cfgcore.store.protocol import Checkable, Store
from cfgcore.store.record import Record, broken
from cfgcore.store.scanning import documents
from cfgcore.store.secret import missing, missing_in


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the chain is whole: how many records it has, and where it breaks. True when it is whole."""

    count: int
    break_at: str | None = None

    def __bool__(self) -> bool:
        return self.break_at is None


class Audit:
    """The records of a store: commits, and attempts that were refused."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def verify(self) -> Verification:
        """Go through the whole chain; editing, dropping, reordering or cutting off any record breaks it.

        A store that is opened without being read is looked through as well: every document, every secret. So is
        every document for secrets that are missing.
        """
        head = self._store.head()
        try:
            fault = broken(self._store.log(limit=head.sequence), head)
            if fault is None and isinstance(self._store, Checkable):
                self._store.check()
            return Verification(head.sequence, fault or self._lost())
        except StoreDamaged as error:
            return Verification(head.sequence, str(error))

    def _lost(self) -> str | None:
        """Return which secret is missing that a document refers to, if one is."""
        for page in documents(self._store):
            for name, document in page.items():
                for path in missing(document.values, self._store):
                    return f"{name}: {'.'.join(path)}: {missing_in(self._store)}"
        return None

    def __iter__(self) -> Iterator[Record]:
        """Iterate over all records, newest first."""
        return self._store.log_back()
