"""What a commit writes: documents in the store's form, and the storage versions where they rise by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cfgcore.change.forms import Forms
from cfgcore.change.today import raw_of
from cfgcore.change.values import edits_between
from cfgcore.store.document import VERSIONS, Document
from cfgcore.store.protocol import Snapshot, Write
from cfgcore.store.record import Edit, Sides


class Writing:
    """Writes, edits and versions, by document, by which the documents of `snapshot` come to hold `targets`.

    All is in today's form, `edits` too, which lead from the one to the other.
    Raises :class:`ValidationFailed` where the store's form cannot hold a value.
    """

    def __init__(
        self,
        forms: Forms,
        snapshot: Snapshot,
        targets: Mapping[str, Mapping[str, Any]],
        edits: Mapping[str, tuple[Edit, ...]],
    ) -> None:
        self.writes: dict[str, Write] = {}
        self.edits: dict[str, tuple[Edit, ...]] = {}
        self.sides: dict[str, Sides] = {}
        storage = snapshot.documents.get(VERSIONS, Document())
        rises: dict[str, int] = {}
        for name, found in edits.items():
            before = snapshot.documents[name]
            stored = forms.stored(name, before, targets[name], found, storage.values)
            rises |= stored.rises
            self._add(name, raw_of(before), stored.write, stored.edits)
        if rises and VERSIONS in snapshot.documents:
            raise_to = {**storage.values, **rises}
            self._add(VERSIONS, storage, Write(raise_to, {}), tuple(edits_between(storage.values, raise_to)))

    def _add(self, name: str, raw: Document, write: Write, edits: tuple[Edit, ...]) -> None:
        changed = any(write.versions.get(section) != version for section, version in raw.versions.items())
        self.writes[name], self.edits[name] = write, edits
        self.sides[name] = Sides(write.versions, raw.versions if changed else None)
