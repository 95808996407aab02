"""Stored documents as they were, and what happened since; read from the log, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from cfgcore.change.values import same, value_in, with_value
from cfgcore.errors import CfgcoreError
from cfgcore.store.document import VERSIONS, Document
from cfgcore.store.protocol import Store
from cfgcore.store.record import Edit, Record
from cfgcore.values.origin import Path

#: The action of a commit that rewrites documents for this release: in today's terms it changes nothing.
UPGRADE = "upgrade"


def revision_at(store: Store, moment: int | str | datetime) -> int:
    """Return the revision that was the last one at `moment`: a revision, an ISO 8601 text or a datetime (UTC if naive).

    Raises :class:`CfgcoreError` for a revision that does not exist and for text that is no time.
    """
    head = store.head().revision
    if isinstance(moment, int) and not isinstance(moment, bool):
        if not 0 <= moment <= head:
            raise CfgcoreError(f"there is no revision {moment}; the last one is {head}")
        return moment
    try:
        time = moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment).replace("Z", "+00:00"))
    except ValueError:
        raise CfgcoreError(f"{moment!r} is neither a revision nor a time (2026-01-31T12:00:00Z)") from None
    limit = (time if time.tzinfo else time.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    for record in store.log_back():
        if record.revision is not None and datetime.fromisoformat(record.time.replace("Z", "+00:00")) <= limit:
            return record.revision
    return 0


def records_since(store: Store, revision: int, document: str | None = None) -> Iterator[Record]:
    """Yield the commits after `revision`, newest first; only those that speak of `document`."""
    for record in store.log_back(document=document):
        if record.revision is None:
            continue
        if record.revision <= revision:
            return
        yield record


def touched(records: Iterable[Record]) -> set[str]:
    """Return the documents that `records` changed, the storage versions aside; those of erased users are not there."""
    changing = (record for record in records if record.action != UPGRADE)
    return {name for record in changing for name in record.edits()} - {VERSIONS}


def document_at(store: Store, name: str, document: Document, revision: int) -> Document:
    """Return a document, as the store has it now, as it was at `revision`, by undoing its edits one after the other.

    Raises :class:`CfgcoreError` where the log was compacted in between.
    """
    horizon = store.head().horizon
    if revision < horizon:
        raise CfgcoreError(f"the history up to revision {horizon} was compacted; nothing before it can be returned to")
    for record in records_since(store, revision, name):
        document = before(document, record, name)
    return document


def before(document: Document, record: Record, name: str) -> Document:
    """Return a document, as it was after `record`, as it was before it: its values, and the versions of its sections.

    A record that names no versions before it left them as they were.
    """
    values = undone(document.values, record.edits().get(name, ()))
    sides = record.sides().get(name)
    if sides is None:
        return Document(values, document.versions)
    return Document(values, {**sides.after, **document.versions} if sides.before is None else sides.before)


def undone(values: Mapping[str, Any], edits: Iterable[Edit]) -> dict[str, Any]:
    """Return `values` with `edits` taken back."""
    result = dict(values)
    for edit in reversed(list(edits)):
        result = with_value(result, edit.path, edit.old)
    return result


def in_the_way(values: Mapping[str, Any], edits: Iterable[Edit]) -> list[Edit]:
    """Return the edits whose value is no longer the one they set: a later change stands in the way of undoing them."""
    return [edit for edit in edits if not same(value_in(values, edit.path), edit.new)]


def within(edit: Edit, paths: Iterable[Path]) -> bool:
    """Return whether `edit` lies at or below one of `paths`."""
    return any(edit.path[: len(path)] == path for path in paths)
