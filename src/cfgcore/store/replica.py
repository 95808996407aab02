"""A journal in memory: loaded once, then kept up with what any process appends to the file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from cfgcore.errors import StoreDamaged, StoreError
from cfgcore.store.journal import Journal
from cfgcore.store.projection import Found, Header
from cfgcore.store.record import Head, Record
from cfgcore.store.state import Entry, Fault, State, apply, begin, entry_in, follow

_logger = logging.getLogger("cfgcore.store")


class Replica:
    """The state that a journal adds up to. One thread at a time; whoever loads, cuts or appends holds the lock."""

    def __init__(self, journal: Journal, advice: Callable[[], str]) -> None:
        self.journal = journal
        self.state = State("", Head(""), Head(""), {}, 0, 0)
        self._advice = advice
        self._signature: tuple[int, int, int] | None = None
        self._still = False

    def stand_still(self, state: State) -> None:
        """Hold `state`, of a store that has no journal and cannot be written."""
        self.state = state
        self._still = True

    def refresh(self) -> bool:
        """Read what was appended; return False where the journal was replaced or cut, and is to be loaded anew."""
        if self._still:
            return True
        signature = self.journal.signature()
        known = self._signature
        if signature == known:
            return True
        if known is None or signature[1] <= self.state.offset:
            return False
        while signature[0] == known[0]:
            if follow(self.state, self.journal.lines(self.state.offset)) is not None:
                return False
            if self.state.offset <= signature[1]:
                self._signature = signature
                return True
            signature = self.journal.signature()  # of before what was just read: others go on writing
        return False

    def catch_up(self) -> None:
        """Be at the end of the journal, whatever has happened to it. Raises ``StoreDamaged``."""
        if not self.refresh():
            self.load(None)

    def load(self, found: Found | None) -> None:
        """Read the journal: from where the readable file stands if that is whole, else from the start."""
        self.journal.forget()
        signature = self.journal.signature()
        state = self._resume(found, signature[1])
        if state is None:
            lines = self.journal.lines()
            state = self._begin(lines)
        else:
            lines = self.journal.lines(state.offset)
        fault = follow(state, lines)
        if fault is not None:
            self._refuse_damage(fault, state)
        elif state.head.sequence < state.base.sequence:
            raise StoreDamaged(f"{self.journal.file}: it ends too early; {self._advice()}")
        self.state, self._signature = state, signature

    def settle(self) -> None:
        """Remove a torn last line: a write that was never acknowledged."""
        left = self.journal.signature()[1] - self.state.offset
        if left > 0:
            self.journal.cut(self.state.offset)
            self._signature = self.journal.signature()
            _logger.warning(
                "%s: its last %d bytes were a write that was cut short and never acknowledged; they are removed",
                self.journal.file,
                left,
            )

    def append(self, line: bytes) -> Record:
        """Make the entry of `line` durable, and move past it. Raises ``StoreError``, and then nothing has changed."""
        entry = entry_in(line)
        self.journal.append(line, self.state.offset)
        apply(self.state, entry, self.state.offset + len(line))
        self._signature = self.journal.signature()
        return entry.record

    def entries(self, first: int, last: int) -> list[Entry]:
        """Return the entries number `first` to `last`, as far as there are any. Raises ``StoreDamaged``."""
        if self._still:
            return []
        found = []
        for number, line in enumerate(self.journal.records(first, last, self.state.offset), first):
            try:
                entry = entry_in(line)
                if entry.record.sequence != number:
                    raise ValueError(f"it holds record {entry.record.sequence}")
            except ValueError as error:
                raise self._damaged(number + 1, str(error)) from error
            found.append(entry)
        if len(found) < min(last, self.state.head.sequence) - first + 1:
            raise self._damaged(first + len(found) + 1, "it is missing")
        return found

    def _resume(self, found: Found | None, length: int) -> State | None:
        header = found.header if found is not None and found.intact and not found.newer else None
        if found is None or header is None or header.journal != self.journal.name():
            return None
        if length < header.offset or not _belongs(self.journal.line_before(header.offset), header):
            raise StoreDamaged(
                f"{self.journal.file}: acknowledged records are missing: it holds {length} bytes, and held "
                f"{header.offset} when the document was written; {self.remedy()}"
            )
        head = header.head
        return State(header.journal, head, head, dict(found.documents), header.saved, header.offset)

    def remedy(self) -> str:
        """Return what to do where the journal has lost records, and the document that knew them is whole."""
        begins = f"the document itself is whole: move {self.journal.file.name} away to go on with it, without history"
        return f"{begins}; or {self._advice()}"

    def _begin(self, lines: Iterator[tuple[int, bytes]]) -> State:
        _, first = next(lines, (0, b""))
        try:
            return begin(first)
        except ValueError as error:
            raise self._damaged(1, str(error) if first else "it is missing") from error
        except StoreError as error:
            raise StoreError(f"{self.journal.file}: {error}") from error

    def _refuse_damage(self, fault: Fault, state: State) -> None:
        """Raise for a bad line, unless it is the last: that one was never acknowledged, or the document has it."""
        if state.head.sequence < state.base.sequence or next(self.journal.lines(fault.end), None) is not None:
            raise self._damaged(fault.line, fault.cause)

    def _damaged(self, line: int, cause: str) -> StoreDamaged:
        return StoreDamaged(f"{self.journal.file}:{line}: {cause}; {self._advice()}")


def _belongs(line: bytes, header: Header) -> bool:
    """Return whether `line` can be the last one that the document knew: rotten bits may be, another record may not."""
    try:
        record = entry_in(line).record
    except ValueError:
        return line.endswith(b"\n")
    return (record.sequence, record.chain) == (header.head.sequence, header.head.chain)
