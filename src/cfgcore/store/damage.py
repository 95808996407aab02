"""Looking through all rows of a database for what is not as it was written, or is not there any more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cfgcore.errors import StoreDamaged
from cfgcore.store.data import dumps
from cfgcore.store.line import check_line
from cfgcore.store.record import Head
from cfgcore.store.rows import DocumentRow, LogRow, intact_name, record_of, secret_of

#: Of how many mentions, the oldest first, one has to be a commit's: refusals mention documents that never were.
MENTIONS = 1000

#: Whether a commit, as a document's mentions tell, wrote the document named by the parameter.
WRITTEN = (
    "SELECT 1 FROM (SELECT sequence FROM {0}mentions WHERE document = {1} ORDER BY sequence LIMIT "
    f"{MENTIONS}) AS oldest JOIN {{0}}records USING (sequence) WHERE revision IS NOT NULL"
)

#: The documents that commits wrote, and that are not there.
LOST = (
    "SELECT document FROM {0}mentions JOIN {0}records USING (sequence) LEFT JOIN {0}documents ON name = document"
    " WHERE records.revision IS NOT NULL AND name IS NULL LIMIT 1"
)

#: What is mentioned, with the record that speaks of it.
MENTIONED = "SELECT document, record FROM {0}mentions LEFT JOIN {0}records USING (sequence)"

#: Takes the mentions of records up to a number, except those by which a document is known to have been written.
UNMENTION = (
    "DELETE FROM {0}mentions WHERE {1} AND NOT EXISTS (SELECT 1 FROM {0}documents JOIN {0}records USING (revision)"
    " WHERE name = mentions.document AND records.sequence = mentions.sequence)"
)

_NO_DOCUMENT = ('"payload":null', '"document":""')


def lost(name: str) -> StoreDamaged:
    """Return the error of a document that a commit wrote, and that is not found under its name."""
    return StoreDamaged(f"document {name!r} was written, and is not found; restore a backup")


def refuse_documents(rows: Iterable[DocumentRow]) -> None:
    """Raise ``StoreDamaged`` where a document is not what was written to it."""
    for row in rows:
        intact_name(row)


def refuse_records(rows: Iterable[LogRow], head: Head) -> None:
    """Raise ``StoreDamaged`` where a record is not what was written, or the log does not have all of them."""
    count = 0
    for sequence, text in rows:
        count += 1
        try:
            check_line(text.encode())
        except (ValueError, AttributeError) as error:
            raise StoreDamaged(f"record {sequence} of the log cannot be read: {error}; restore a backup") from error
    if count != head.sequence:
        raise StoreDamaged(f"the log holds {count} records, and should hold {head.sequence}; restore a backup")


def refuse_secrets(rows: Iterable[tuple[str, str]]) -> None:
    """Raise ``StoreDamaged`` where a secret is not what was written."""
    for key, value in rows:
        secret_of(key, value)


def refuse_mentions(rows: Iterable[tuple[Any, Any]]) -> int:
    """Raise ``StoreDamaged`` where a record does not speak of what it should; return how many do, by a payload."""
    count = 0
    for document, record in rows:
        if not isinstance(document, str) or not isinstance(record, str):
            raise _unmentioned()
        if dumps(document) in record:
            count += 1
        elif not any(text in record for text in _NO_DOCUMENT):
            raise _unmentioned()
    return count


def refuse_unmentioned(rows: Iterable[LogRow], count: int) -> None:
    """Raise ``StoreDamaged`` where records speak of more than the `count` documents that mention them."""
    if count != sum(len(record_of(row).edits().keys() - {""}) for row in rows):
        raise _unmentioned()


def refuse_lost(rows: Iterable[tuple[str]]) -> None:
    """Raise ``StoreDamaged`` for the first document that was written and is not there."""
    for (name,) in rows:
        raise lost(name)


def _unmentioned() -> StoreDamaged:
    return StoreDamaged("the log does not speak of the documents that it should; restore a backup")
