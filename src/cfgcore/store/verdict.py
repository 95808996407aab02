"""What to think of the readable file: as it was written, behind the journal, damaged, or edited by hand."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from cfgcore.store.data import dumps
from cfgcore.store.document import Document
from cfgcore.store.outside import OutsideEdit
from cfgcore.store.projection import HEADER, Found, Header
from cfgcore.store.protocol import Write
from cfgcore.store.state import State

SECOND = 1_000_000_000


class Verdict(Enum):
    """What a file is, when nobody edited it."""

    CURRENT = "as the journal has it"
    STALE = "to be written anew: it says less than the journal, or the same in other words"
    DAMAGED = "not what was written, though nobody has touched it since"


def judge(found: Found, modified: int, state: State) -> Verdict | OutsideEdit:
    """Return what the file is that was last modified at `modified` (nanoseconds).

    A store sets the time of modification to what the file says of itself, in even seconds: any other time is
    somebody else's. Damage leaves the time as it was.
    """
    header = found.header
    ours = modified in _times(found, state)
    if found.intact and header is not None and ours and header.head.incarnation == state.head.incarnation:
        return Verdict.CURRENT if _at(header) == (state.journal, state.offset) else Verdict.STALE
    if not found.intact and ours:
        return Verdict.DAMAGED
    if found.problem is not None:
        return OutsideEdit(None, {}, problem=found.problem)
    if found.newer:
        return OutsideEdit(None, {}, problem=f"{HEADER}.format: a newer cfgcore writes that; upgrade cfgcore")
    if _content(found.documents) == _content(state.documents):
        lost = _own(found, state)
        return Verdict.STALE if lost is None else OutsideEdit(None, {}, problem=lost)
    base = header.head.revision if header is not None and header.head.incarnation == state.head.incarnation else None
    documents = {name: Write(document.values, document.versions) for name, document in found.documents.items()}
    return OutsideEdit(base, documents, copy=found.intact)


def _times(found: Found, state: State) -> set[int]:
    times = set() if found.intact else {state.saved * SECOND}
    if found.header is not None:
        times.add(found.header.saved * SECOND)
    return times


def _at(header: Header) -> tuple[str, int]:
    return header.journal, header.offset


def _own(found: Found, state: State) -> str | None:
    """Return what was edited that is the store's own, in a file that holds the same values; None for nothing."""
    header = found.header
    if found.intact or header is None or _at(header) != (state.journal, state.offset):
        return None
    if (header.head, header.saved) != (state.head, state.saved):
        return f"{HEADER!r} is the store's own"
    for name, document in found.documents.items():
        known = state.document(name)
        if (document.versions, document.revision) != (known.versions, known.revision):
            return f"{name}: its 'versions' and its 'revision' are the store's own"
    return None


def _content(documents: Mapping[str, Document]) -> dict[str, str]:
    return {name: dumps(document.values) for name, document in documents.items() if document.values}
