"""One store copied into another of any kind, history and secrets included, in memory that does not grow with it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from cfgcore.change.home import public_path
from cfgcore.change.past import document_at
from cfgcore.change.recording import now
from cfgcore.change.values import same, with_value
from cfgcore.errors import StoreDamaged, StoreError
from cfgcore.store.document import VERSIONS, Document
from cfgcore.store.protocol import Manifold, Request, Store, Write, pages
from cfgcore.store.record import Draft, Edit, Head, Record
from cfgcore.store.secret import keys_in

#: How many records are written to the new store at once, where it can do that.
BATCH = 500


def copy(source: Store, target: Store) -> Head:
    """Copy every record of `source` into `target`, which must be empty, and return the head of the copy.

    Every record stays as it is, its digest in the chain included; what was erased or compacted stays so.
    Raises ``StoreError`` where the target is not empty, and ``StoreDamaged`` where the source's log does not lead to
    its documents.
    """
    if target.head().sequence:
        raise StoreError(f"{target.url}: it is not empty; copy into a new store")
    horizon = source.head().horizon
    compaction = _last_compaction(source) if horizon else 0
    with closing(_Old(source, horizon)) as old:
        copying = _Copying(source, target, old)
        for record in source.log():
            if record.sequence == compaction:
                copying.flush()
                target.compact(horizon + 1, _draft(record))
            else:
                copying.add(record)
        copying.flush()
    if target.head().horizon < horizon:
        target.compact(horizon + 1, Draft("compact", "", "the copied store was compacted", now(), {}, {}))
    _verify(source, target)
    return target.head()


class _Old:
    """The documents of a compacted store that were last written at or before its horizon, by revision, on the disk."""

    def __init__(self, store: Store, horizon: int) -> None:
        self.horizon = horizon
        self._names = sqlite3.connect("", isolation_level=None)  # a temporary file, which SQLite removes
        self._names.execute("CREATE TABLE names (revision INTEGER, name TEXT, PRIMARY KEY (revision, name))")
        self._names.execute("BEGIN")
        for names in pages(store) if horizon else ():
            documents = store.read(names).documents
            rows = [(found.revision, name) for name, found in documents.items() if found.revision <= horizon]
            self._names.executemany("INSERT INTO names VALUES (?, ?)", rows)
        self._names.execute("COMMIT")

    def written_at(self, revision: int) -> list[str]:
        """Return the names of those that were last written at a revision."""
        return [name for (name,) in self._names.execute("SELECT name FROM names WHERE revision = ?", (revision,))]

    def close(self) -> None:
        """Remove what was kept on the disk."""
        self._names.close()


class _Copying:
    """Replays records; the documents that wait to be written, and those alone, are in memory."""

    def __init__(self, source: Store, target: Store, old: _Old) -> None:
        self._source = source
        self._target = target
        self._old = old
        self._waiting: list[Request] = []
        self._documents: dict[str, Document] = {}

    def add(self, record: Record) -> None:
        """Take in the next record of the source."""
        commits = record.revision is not None
        writes = self._writes(record) if commits else {}
        values: list[Any] = [write.values for write in writes.values()]
        values += [value for edits in record.edits().values() for edit in edits for value in (edit.old, edit.new)]
        keys = list(dict.fromkeys(key for value in values for key in keys_in(value)))
        secrets = self._source.read_secrets(keys) if keys else {}
        self._waiting.append(Request(writes, {}, _draft(record), secrets, commits=commits))
        for name, write in writes.items():
            self._documents[name] = Document(write.values, write.versions, record.revision or 0)
        if len(self._waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if isinstance(self._target, Manifold):
            self._target.commit_all(self._waiting)
        else:
            for request in self._waiting:
                if request.commits:
                    self._target.commit(request.writes, request.expect, request.draft, request.secrets)
                else:
                    self._target.append_audit(request.draft)
        self._waiting = []
        self._documents = {}

    def _writes(self, record: Record) -> dict[str, Write]:
        if record.revision is not None and record.revision <= self._old.horizon:
            documents = self._source.read(self._old.written_at(record.revision)).documents
            return {name: Write(found.values, found.versions) for name, found in documents.items()}
        return {name: self._replayed(record, name) for name in _edits(record)}

    def _replayed(self, record: Record, name: str) -> Write:
        before = self._before(name)
        values = before.values
        for edit in record.edits()[name]:
            values = with_value(values, edit.path, edit.new)
        if name == VERSIONS:
            return Write(values, {})
        after = record.sides()[name].after
        written = {key: after.get(key, after.get(".".join(public_path(name, (key,))))) for key in values}
        return Write(values, {key: found or before.versions.get(key, 1) for key, found in written.items()})

    def _before(self, name: str) -> Document:
        known = self._documents.get(name) or self._target.read([name]).documents[name]
        if known.revision or not self._old.horizon:
            return known
        today = self._source.read([name]).documents[name]
        return document_at(self._source, name, today, self._old.horizon)


def _draft(record: Record) -> Draft:
    said = record.action, record.actor or "", record.reason or ""
    return Draft(*said, record.time, _edits(record), record.versions, record.reverts, record.count, record.parts)


def _edits(record: Record) -> dict[str, tuple[Edit, ...]]:
    return {name: edits for name, edits in record.edits().items() if name}


def _last_compaction(source: Store) -> int:
    """Return the sequence number of the record by which the copy is compacted too; every one before it is covered."""
    return next((record.sequence for record in source.log_back() if record.action == "compact"), 0)


def _verify(source: Store, target: Store) -> None:
    for names in pages(source):
        there, here = source.read(names).documents, target.read(names).documents
        for name in names:
            if not same(dict(there[name].values), dict(here[name].values)):
                raise StoreDamaged(f"document {name!r} is not what its history leads to; throw the copy away")
