"""What a journal adds up to: documents and a head, followed record by record."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cfgcore.errors import StoreError
from cfgcore.store.data import refuse_depth
from cfgcore.store.document import Document
from cfgcore.store.line import from_line, name_of, to_line
from cfgcore.store.protocol import Write
from cfgcore.store.record import Head, Record, advance, broken, from_data, to_data
from cfgcore.store.shape import refuse_odd_document, refuse_odd_head

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a journal, the documents it wrote, and when (seconds; even, as coarse as any file system keeps)."""

    record: Record
    saved: int
    writes: Mapping[str, Write]


@dataclass(slots=True)
class State:
    """Documents and head after the lines of a journal up to byte `offset`.

    The first line of a journal is a checkpoint: the documents of `base`. Records up to that are history only.
    `journal` is the checkpoint's digest, which names this journal among those that came before it.
    """

    journal: str
    base: Head
    head: Head
    documents: dict[str, Document]
    saved: int
    offset: int

    def document(self, name: str) -> Document:
        """Return a document that is the caller's own; an empty one where there is none."""
        found = self.documents.get(name)
        return Document() if found is None else Document(_copy(found.values), _copy(found.versions), found.revision)


def even_second() -> int:
    """Return the time, in seconds, as an entry is stamped with it."""
    return int(time.time()) // 2 * 2


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that does not belong where it stands: its number, where it ends, and why."""

    line: int
    end: int
    cause: str


def checkpoint_line(head: Head, documents: Mapping[str, Document], saved: int) -> bytes:
    """Return the first line of a journal that begins with these documents."""
    kept = {name: {"revision": d.revision, "values": d.values, "versions": d.versions} for name, d in documents.items()}
    return to_line({"checkpoint": {"format": FORMAT, "head": asdict(head), "saved": saved, "documents": kept}})


def entry_line(entry: Entry) -> bytes:
    """Return the line of one record. Raises ``ValueError`` or ``TypeError`` for what cannot be written."""
    for write in entry.writes.values():
        refuse_depth(write.values)
    data: dict[str, Any] = {"record": to_data(entry.record), "saved": entry.saved}
    if entry.writes:
        data["writes"] = {n: {"values": w.values, "versions": w.versions} for n, w in entry.writes.items()}
    return to_line(data)


def entry_in(line: bytes) -> Entry:
    """Return the record of a line. Raises ``ValueError`` when it is not what was written."""
    data = from_line(line)
    try:
        writes = {name: Write(write["values"], write["versions"]) for name, write in data.get("writes", {}).items()}
        for write in writes.values():
            refuse_odd_document(write.values, write.versions)
        if type(data["saved"]) is not int:
            raise ValueError("nobody knows when it was saved")
        return Entry(from_data(data["record"]), data["saved"], writes)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it holds no record: {error!r}") from error


def begin(line: bytes) -> State:
    """Return the state of a journal whose first line is `line`, before any record. Raises ``ValueError``.

    Raises ``StoreError`` for a journal that a newer cfgcore wrote.
    """
    data = from_line(line)
    try:
        checkpoint = data["checkpoint"]
        if checkpoint["format"] > FORMAT:
            raise StoreError(f"it was written by a newer cfgcore (format {checkpoint['format']}); upgrade cfgcore")
        refuse_odd_head(checkpoint["head"])
        base = Head(**checkpoint["head"])
        documents = {n: Document(d["values"], d["versions"], d["revision"]) for n, d in checkpoint["documents"].items()}
        for document in documents.values():
            refuse_odd_document(document.values, document.versions, document.revision)
        if type(checkpoint["saved"]) is not int:
            raise ValueError("nobody knows when it was saved")
        start = Head(base.incarnation, horizon=base.horizon)
        return State(name_of(line), base, start, documents, checkpoint["saved"], len(line))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it is no checkpoint: {error!r}") from error


def follow(state: State, lines: Iterable[tuple[int, bytes]]) -> Fault | None:
    """Move `state` along lines, each with the offset of its end, up to the first that does not belong there."""
    for end, line in lines:
        try:
            apply(state, entry_in(line), end)
        except ValueError as error:
            return Fault(state.head.sequence + 2, end, str(error))
    return None


def apply(state: State, entry: Entry, end: int) -> None:
    """Move `state` past one entry, which ends at byte `end`. Raises ``ValueError`` if it does not fit there."""
    record = entry.record
    after = advance(state.head, record)
    cause = broken((record,), after, start=state.head)
    if cause is not None:
        raise ValueError(cause)
    if record.sequence == state.base.sequence and after != state.base:
        raise ValueError(f"record {record.sequence} is not the one that the checkpoint was made after")
    if record.sequence > state.base.sequence:
        for name, write in entry.writes.items():
            state.documents[name] = Document(write.values, write.versions, after.revision)
    state.head, state.saved, state.offset = after, entry.saved, end


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
