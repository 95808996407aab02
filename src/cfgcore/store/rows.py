"""Documents and records as rows of a database: what every store that speaks SQL writes and reads alike."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cfgcore.errors import StoreDamaged
from cfgcore.store.data import dumps, loads
from cfgcore.store.document import Document
from cfgcore.store.line import from_line, to_line
from cfgcore.store.protocol import Write
from cfgcore.store.record import Head, Record, erased, from_data, to_data
from cfgcore.store.secret import keys_in, keys_of
from cfgcore.store.shape import refuse_odd_document

FORMAT = 1
PAGE = 200  # a record of an upgrade speaks of hundreds of documents
LAST = 2**62

DocumentRow = tuple[str, int, str, str]  # name, revision, content, digest
RecordRow = tuple[int, int | None, str]  # sequence, revision, record
LogRow = tuple[int, str]  # sequence, record


def head_digest(head: Head) -> str:
    """Return the digest that stands beside a head."""
    fields = (head.incarnation, head.sequence, head.revision, head.chain, head.horizon)  # astuple() copies deeply
    return hashlib.sha256("\n".join(map(str, fields)).encode()).hexdigest()


def document_row(name: str, revision: int, write: Write) -> DocumentRow:
    """Return the row of a document that is written."""
    content = dumps({"values": write.values, "versions": write.versions})
    return name, revision, content, _digest(name, revision, content)


def document_of(row: DocumentRow) -> Document:
    """Return the document of a row. Raises ``StoreDamaged`` where it is not what was written."""
    name = intact_name(row)
    try:
        data = loads(row[2])
        refuse_odd_document(data["values"], data["versions"], row[1])
    except (ValueError, TypeError, KeyError) as error:
        raise StoreDamaged(f"document {name!r} cannot be read: {error}; restore a backup") from error
    return Document(data["values"], data["versions"], row[1])


def intact_name(row: DocumentRow) -> str:
    """Return the name in a row. Raises ``StoreDamaged`` where the row is not what was written."""
    name, revision, content, digest = row
    if not _is_intact(name, revision, content, digest):
        raise StoreDamaged(f"document {name!r} is not what was written to it; restore a backup")
    return name


def names_in(rows: Iterable[DocumentRow], prefix: str) -> list[str]:
    """Return the names in rows, in their order, as long as they begin with `prefix`. Raises ``StoreDamaged``."""
    return list(itertools.takewhile(lambda name: name.startswith(prefix), map(intact_name, rows)))


def documents_in(rows: Iterable[DocumentRow], prefix: str) -> dict[str, Document]:
    """Return the documents in rows, in their order, as long as their names begin with `prefix`."""
    return {row[0]: document_of(row) for row in itertools.takewhile(lambda row: row[0].startswith(prefix), rows)}


def record_text(record: Record) -> str:
    """Return a record as text that carries its own digest. Raises ``ValueError`` for what is no text."""
    return to_line(to_data(record)).decode()


def record_of(row: LogRow) -> Record:
    """Return the record of a row. Raises ``StoreDamaged`` where it is not what was written."""
    sequence, text = row
    try:
        record = from_data(from_line(text.encode()))
        if record.sequence != sequence:
            raise ValueError(f"it holds record {record.sequence}")
    except (ValueError, TypeError, AttributeError) as error:
        raise StoreDamaged(f"record {sequence} of the log cannot be read: {error}; restore a backup") from error
    return record


def secret_text(key: str, value: Any) -> str:
    """Return a secret as text that carries its own digest, and the key it belongs to."""
    return to_line({"key": key, "value": value}).decode()


def secret_of(key: str, text: str) -> Any:
    """Return the secret that :func:`secret_text` wrote. Raises ``StoreDamaged`` where it is not what was written."""
    try:
        data = from_line(text.encode())
        if data["key"] != key:
            raise ValueError("it belongs to another key")
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise StoreDamaged(f"a stored secret cannot be read: {error}; restore a backup, or set it again") from error
    return data["value"]


def unused_secrets(
    keys: Iterable[str], documents: Callable[[str], list[DocumentRow]], records: Callable[[int], list[LogRow]]
) -> set[str]:
    """Return those of the keys that no document and no record refers to.

    `documents(after)` and `records(after)` return the rows that come next.
    """
    left, name, sequence = set(keys), "", 0
    while left and (page := documents(name)):
        for document in map(document_of, page):
            left.difference_update(keys_in(document.values))
        name = page[-1][0]
    while left and (rows := records(sequence)):
        for record in map(record_of, rows):
            left.difference_update(keys_of(record))
        sequence = rows[-1][0]
    return left


def take_payloads(
    page: Callable[[int, int], list[LogRow]],
    write: Callable[[list[tuple[str, int]]], object],
    document: str | None = None,
) -> int:
    """Take the payloads that speak of `document`, or all, from records; return how many records lost one.

    `page(after, size)` returns the rows of the records that come next, `write` replaces texts of records, each given
    with its sequence number; no more than a page of them is held.
    """
    after = count = 0
    while rows := page(after, PAGE):
        texts = _without_payloads(rows, document)
        write(texts)
        after, count = rows[-1][0], count + len(texts)
    return count


def _without_payloads(rows: Iterable[LogRow], document: str | None) -> list[tuple[str, int]]:
    found = []
    for record in map(record_of, rows):
        without = erased(record, document)
        if without != record:
            found.append((record_text(without), record.sequence))
    return found


def forward(page: Callable[[int, int], list[LogRow]], after: int, limit: int | None) -> Iterator[Record]:
    """Yield at most `limit` records after a sequence number; `page(after, size)` returns the rows that come next."""
    left = limit
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        rows = page(after, size)
        for row in rows:
            after += 1
            _refuse_gap(row[0], after)
            yield record_of(row)
        if len(rows) < size:
            return
        left = None if left is None else left - len(rows)


def backward(page: Callable[[int, int], list[LogRow]], before: int | None, document: str | None) -> Iterator[Record]:
    """Yield the records before a sequence number; `page(before, size)` returns the rows that come next.

    Where a `document` is named, those are the rows that mention it, and only what still speaks of it is yielded.
    """
    after = None
    while rows := page(LAST if before is None else before, PAGE):
        for row in rows:
            before = row[0]
            if document is None and after is not None:
                _refuse_gap(before, after - 1)
            after, record = before, record_of(row)
            if document is None or document in record.edits():
                yield record
    if document is None and after is not None:
        _refuse_gap(1, after)


def _refuse_gap(found: int, wanted: int) -> None:
    if found != wanted:
        raise StoreDamaged(f"record {wanted} of the log is missing; restore a backup")


def _is_intact(name: str, revision: int, content: str, digest: str) -> bool:
    return digest == _digest(name, revision, content)


def _digest(name: str, revision: int, content: str) -> str:
    return hashlib.sha256(f"{name}\n{revision}\n{content}".encode()).hexdigest()
