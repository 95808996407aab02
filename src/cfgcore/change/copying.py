"""One store copied into another of any kind, history and secrets included, in memory that does not grow with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from cfgcore.change.home import public_path
from cfgcore.change.past import document_at
from cfgcore.change.recording import now
from cfgcore.change.values import same, with_value
from cfgcore.errors import StoreDamaged, StoreError
from cfgcore.store.document import VERSIONS, Document
from cfgcore.store.protocol import Manifold, Request, Store, Write
from cfgcore.store.record import Draft, Edit, Head, Record
from cfgcore.store.scanning import documents, is_beginning
from cfgcore.store.secret import keys_in

#: Of how many documents records speak that are written to the new store at once, where it can do that.
BATCH = 500

Progress = Callable[[int], None]
Edits = Mapping[str, tuple[Edit, ...]]


def copy(source: Store, target: Store, *, resume: bool = False, progress: Progress | None = None) -> Head:
    """Copy every record of `source` into `target`, which must be empty, and return the head of the copy.

    Every record stays as it is, its digest in the chain included; what was erased or compacted stays so. With `resume`,
    a target that is the beginning of such a copy is gone on with. `progress` is told how many records are done.
    Raises ``StoreError`` where the target is not empty, and ``StoreDamaged`` where the source's log does not lead to
    its documents.
    """
    there = target.head()
    if there.sequence and not (resume and is_beginning(there, source)):
        raise StoreError(f"{target.url}: it is not empty; copy into a new store")
    horizon = source.head().horizon
    compaction = _last_compaction(source) if horizon else 0
    with closing(_Old(source, horizon)) as old:
        copying = _Copying(source, target, old)
        for records in _pages(source, there.sequence, compaction):
            if records[0].sequence == compaction:
                target.compact(horizon + 1, _draft(records[0], _edits(records[0])))
            else:
                copying.page(records)
            if progress is not None:
                progress(records[-1].sequence)
    if target.head().horizon < horizon:
        target.compact(horizon + 1, Draft("compact", "", "the copied store was compacted", now(), {}, {}))
    _verify(source, target)
    return target.head()


def _pages(source: Store, after: int, alone: int) -> Iterator[list[Record]]:
    """Yield the records after a sequence number, some at a time; the one numbered `alone` comes by itself."""
    page: list[Record] = []
    size = 0
    for record in source.log(after):
        if page and (size >= BATCH or alone in (record.sequence, page[0].sequence)):
            yield page
            page, size = [], 0
        page.append(record)
        size += len(record.parts)
    if page:
        yield page


class _Old:
    """The documents of a compacted store that were last written at or before its horizon, by revision, on the disk."""

    def __init__(self, store: Store, horizon: int) -> None:
        self.horizon = horizon
        self._names = sqlite3.connect("", isolation_level=None)  # a temporary file, which SQLite removes
        self._names.execute("CREATE TABLE names (revision INTEGER, name TEXT, PRIMARY KEY (revision, name))")
        self._names.execute("BEGIN")
        for page in documents(store) if horizon else ():
            rows = [(found.revision, name) for name, found in page.items() if found.revision <= horizon]
            self._names.executemany("INSERT INTO names VALUES (?, ?)", rows)
        self._names.execute("COMMIT")

    def written_at(self, revision: int) -> list[str]:
        """Return the names of those that were last written at a revision."""
        return [name for (name,) in self._names.execute("SELECT name FROM names WHERE revision = ?", (revision,))]

    def close(self) -> None:
        """Remove what was kept on the disk."""
        self._names.close()


class _Copying:
    """Replays records; the documents that a page of them writes, and those alone, are in memory."""

    def __init__(self, source: Store, target: Store, old: _Old) -> None:
        self._source = source
        self._target = target
        self._old = old

    def page(self, records: Sequence[Record]) -> None:
        """Write the next records of the source."""
        edits = [_edits(record) for record in records]
        documents = self._before(records, edits)
        requests = []
        for record, own in zip(records, edits, strict=True):
            commits = record.revision is not None
            writes = self._writes(record, own, documents) if commits else {}
            for name, write in writes.items():
                documents[name] = Document(write.values, write.versions, record.revision or 0)
            requests.append(Request(writes, {}, _draft(record, own), self._secrets(writes, own), commits=commits))
        self._write(requests)

    def _before(self, records: Sequence[Record], edits: Sequence[Edits]) -> dict[str, Document]:
        """Return the documents that records write, as they are before the first of them."""
        replayed = [own for record, own in zip(records, edits, strict=True) if not self._is_old(record)]
        names = list(dict.fromkeys(name for own in replayed for name in own))
        found = dict(self._target.read(names).documents) if names else {}
        if self._old.horizon:
            for name in [name for name, document in found.items() if not document.revision]:
                today = self._source.read([name]).documents[name]
                found[name] = document_at(self._source, name, today, self._old.horizon)
        return found

    def _is_old(self, record: Record) -> bool:
        return record.revision is None or record.revision <= self._old.horizon

    def _writes(self, record: Record, edits: Edits, documents: Mapping[str, Document]) -> dict[str, Write]:
        if record.revision is not None and self._is_old(record):
            found = self._source.read(self._old.written_at(record.revision)).documents
            return {name: Write(document.values, document.versions) for name, document in found.items()}
        sides = record.sides()
        return {name: _replayed(name, documents[name], own, sides[name].after) for name, own in edits.items()}

    def _secrets(self, writes: Mapping[str, Write], edits: Edits) -> Mapping[str, Any]:
        values: list[Any] = [write.values for write in writes.values()]
        values += [value for own in edits.values() for edit in own for value in (edit.old, edit.new)]
        keys = list(dict.fromkeys(key for value in values for key in keys_in(value)))
        return self._source.read_secrets(keys) if keys else {}

    def _write(self, requests: Sequence[Request]) -> None:
        if isinstance(self._target, Manifold):
            self._target.commit_all(requests)
            return
        for request in requests:
            if request.commits:
                self._target.commit(request.writes, request.expect, request.draft, request.secrets)
            else:
                self._target.append_audit(request.draft)


def _replayed(name: str, before: Document, edits: Sequence[Edit], after: Mapping[str, int]) -> Write:
    values = before.values
    for edit in edits:
        values = with_value(values, edit.path, edit.new)
    if name == VERSIONS:
        return Write(values, {})
    written = {key: after.get(key, after.get(".".join(public_path(name, (key,))))) for key in values}
    return Write(values, {key: found or before.versions.get(key, 1) for key, found in written.items()})


def _draft(record: Record, edits: Edits) -> Draft:
    said = record.action, record.actor or "", record.reason or ""
    return Draft(*said, record.time, edits, record.versions, record.reverts, record.count, record.parts)


def _edits(record: Record) -> Edits:
    return {name: edits for name, edits in record.edits().items() if name}


def _last_compaction(source: Store) -> int:
    """Return the sequence number of the record by which the copy is compacted too; every one before it is covered."""
    return next((record.sequence for record in source.log_back() if record.action == "compact"), 0)


def _verify(source: Store, target: Store) -> None:
    """Compare all documents, but for those that were written after the copy was made."""
    last = target.head().revision
    for there in documents(source):
        here = target.read(list(there)).documents
        for name, document in there.items():
            if document.revision <= last and not same(dict(document.values), dict(here[name].values)):
                raise StoreDamaged(f"document {name!r} is not what its history leads to; throw the copy away")
