"""One store copied into another of any kind, history and secrets included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cfgcore.change.past import values_at
from cfgcore.change.values import same, with_value
from cfgcore.errors import StoreDamaged, StoreError
from cfgcore.store.document import Document
from cfgcore.store.protocol import Store, Write
from cfgcore.store.record import Draft, Head, Record
from cfgcore.store.secret import keys_in

Values = dict[str, Mapping[str, Any]]


def copy(source: Store, target: Store) -> Head:
    """Copy every record of `source` into `target`, which must be empty, and return the head of the copy.

    Revisions, times, actors and reasons stay; the chain is sealed anew. What was compacted stays compacted.
    Raises ``StoreError`` where the target is not empty, and ``StoreDamaged`` where the source's log does not lead to
    its documents.
    """
    if target.head().sequence:
        raise StoreError(f"{target.url}: it is not empty; copy into a new store")
    documents = _documents(source)
    horizon = source.head().horizon
    state: Values = {name: values_at(source, name, document.values, horizon) for name, document in documents.items()}
    state = {name: values for name, values in state.items() if values}
    compaction = _last_compaction(source) if horizon else 0
    for record in source.log():
        if record.sequence == compaction:
            target.compact(horizon + 1, _draft(record))
        else:
            _replay(source, target, record, state, horizon)
    _verify(documents, state)
    return target.head()


def _replay(source: Store, target: Store, record: Record, state: Values, horizon: int) -> None:
    edits, draft = record.edits(), _draft(record)
    if record.revision is None:
        target.append_audit(draft)
        return
    if record.revision > horizon:
        for name, changes in edits.items():
            values = state.get(name, {})
            for edit in changes:
                values = with_value(values, edit.path, edit.new)
            state[name] = values
        written = {name: state[name] for name in edits}
    else:
        written = dict(state) if record.revision == horizon else {}
    writes = {name: Write(values, _versions(record, values)) for name, values in written.items()}
    secrets = source.read_secrets([key for values in written.values() for key in keys_in(values)])
    target.commit(writes, {}, draft, secrets)


def _draft(record: Record) -> Draft:
    actor, reason = record.actor or "", record.reason or ""
    return Draft(
        record.action, actor, reason, record.time, record.edits(), record.versions, record.reverts, record.count
    )


def _last_compaction(source: Store) -> int:
    """Return the sequence number of the record by which the copy is compacted too; every one before it is covered."""
    return next((record.sequence for record in source.log_back() if record.action == "compact"), 0)


def _versions(record: Record, values: Mapping[str, Any]) -> dict[str, int]:
    return {section: record.versions.get(section, 1) for section in values}


def _documents(store: Store) -> dict[str, Document]:
    names = list(_names(store))
    return dict(store.read(names).documents)


def _names(store: Store) -> Iterator[str]:
    after = ""
    while page := store.names(after=after):
        yield from page
        after = page[-1]


def _verify(documents: Mapping[str, Document], state: Values) -> None:
    for name, document in documents.items():
        if not same(dict(document.values), dict(state.get(name, {}))):
            raise StoreDamaged(f"document {name!r} is not what its history leads to; throw the copy away")
