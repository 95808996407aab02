"""The readable file of a JSON store: today's documents, as the journal has them, in an order that never changes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from cfgcore.store.data import dumps, loads, refuse_depth, refuse_number
from cfgcore.store.document import SHARED, USER_PREFIX, Document, user_document, user_of
from cfgcore.store.record import Head
from cfgcore.store.state import FORMAT, State

HEADER = "cfgcore"
USERS = "users"
OTHERS = "documents"

#: How many users a file may hold that is edited by hand, how many tables and lists, and how large it may be (bytes);
#: one that a store wrote may be more.
EDITED_LIMIT = 10_000
EDITED_HOLDERS = 10 * EDITED_LIMIT
EDITED_SIZE = 32 << 20

#: What the file says of itself, and what it says of a document.
HEADER_KEYS = (
    "format",
    "incarnation",
    "revision",
    "sequence",
    "chain",
    "horizon",
    "journal",
    "offset",
    "saved",
    "digest",
)
DOCUMENT_KEYS = ("revision", "values", "versions")

_EMPTY_DIGEST = '"digest": ""'
_DIGEST = re.compile(rb'"digest": "([0-9a-f]{64})"')
_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.S)


@dataclass(frozen=True, slots=True)
class Header:
    """What the file says of itself: where in which journal it stands, and when it was saved (seconds)."""

    head: Head
    journal: str
    offset: int
    saved: int


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it was found. `intact` means to the last bit what a store wrote; `problem`, why it cannot be read."""

    intact: bool
    header: Header | None
    documents: Mapping[str, Document]
    problem: str | None = None
    newer: bool = False


class Projection:
    """Writes states as text. The text of a document is kept, so that only what changed is written anew."""

    def __init__(self) -> None:
        self._texts: dict[str, tuple[Document, str]] = {}

    def render(self, state: State) -> bytes:
        """Return the file for `state`."""
        if len(self._texts) > len(state.documents):
            self._texts = {name: text for name, text in self._texts.items() if name in state.documents}
        texts = self._texts
        groups: dict[str, list[str]] = {USERS: [], OTHERS: []}
        parts: dict[str, str] = {}
        for name in sorted(state.documents):
            known = texts.get(name)
            if known is None or known[0] is not state.documents[name]:
                known = texts[name] = (state.documents[name], document_text(name, state.documents[name]))
            if name in SHARED:
                parts[name] = known[1]
            else:
                groups[USERS if name.startswith(USER_PREFIX) else OTHERS].append(known[1])
        for group, members in groups.items():
            if members:
                parts[group] = f'  "{group}": {{\n' + ",\n".join(members) + "\n  }"
        head = "{\n" + _entry(HEADER, _header_data(state), 2)
        body = "".join(f",\n{parts[name]}" for name in sorted(parts)) + "\n}\n"
        digest = hashlib.sha256((head + body).encode()).hexdigest()
        return (head.replace(_EMPTY_DIGEST, f'"digest": "{digest}"') + body).encode()


def document_text(name: str, document: Document) -> str:
    """Return a document as it stands in the file."""
    data = {"revision": document.revision, "values": document.values, "versions": document.versions}
    user = user_of(name)
    key = name if user is None else user
    return _entry(key, data, 2 if name in SHARED else 4)


def read(data: bytes) -> Found:
    """Return what a file holds, whoever wrote it last."""
    intact = _is_intact(data)
    try:
        if not intact:
            _refuse_mass(data)
        tree = loads(data)
        if not isinstance(tree, dict):
            raise ValueError("it is not a JSON object")
        header, newer = _header(tree.get(HEADER))
        if not intact and not newer:
            _refuse_unknown(HEADER, tree.get(HEADER), HEADER_KEYS)
        return Found(intact, header, _documents(tree, intact), newer=newer)
    except (ValueError, RecursionError) as error:
        return Found(False, None, {}, "it is empty" if not data.strip(b"\0 \r\n\t") else str(error))


def _refuse_unknown(place: str, data: Any, known: Collection[str]) -> None:
    """Raise ``ValueError`` for what somebody wrote where it says nothing, and would be lost."""
    unknown = sorted(set(data) - set(known)) if isinstance(data, dict) else []
    if unknown:
        raise ValueError(f"{place}: {unknown[0]!r} is none of {', '.join(sorted(known))}")


def _entry(key: str, data: Mapping[str, Any], indent: int) -> str:
    text = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    space = " " * indent
    return f"{space}{json.dumps(key, ensure_ascii=False)}: " + text.replace("\n", "\n" + space)


def _header_data(state: State) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "incarnation": state.head.incarnation,
        "revision": state.head.revision,
        "sequence": state.head.sequence,
        "chain": state.head.chain,
        "horizon": state.head.horizon,
        "journal": state.journal,
        "offset": state.offset,
        "saved": state.saved,
        "digest": "",
    }


def _header(data: Any) -> tuple[Header | None, bool]:
    try:
        incarnation, chain, journal = (_name(data[key]) for key in ("incarnation", "chain", "journal"))
        head = Head(incarnation, int(data["sequence"]), int(data["revision"]), chain, int(data["horizon"]))
        header = Header(head, journal, int(data["offset"]), int(data["saved"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        header = None
    found = data.get("format") if isinstance(data, dict) else None
    return header, type(found) is int and found > FORMAT


def _name(value: Any) -> str:
    """Return what names a store, a journal or a record in it. Raises ``ValueError`` for anything that never does."""
    if not isinstance(value, str) or not value.isascii():
        raise ValueError(f"{value!r} is no name")
    return value


def _is_intact(data: bytes) -> bool:
    found = _DIGEST.search(data, 0, 2000)
    if found is None:
        return False
    without = hashlib.sha256(data[: found.start(1)])
    without.update(data[found.end(1) :])
    return without.hexdigest() == found[1].decode()


def _refuse_mass(data: bytes) -> None:
    """Raise ``ValueError`` for what would take noticeable time to read before anybody could see what it is."""
    if len(data) > EDITED_SIZE:
        raise ValueError(f"it is larger than {EDITED_SIZE >> 20} MiB, too large to be edited by hand")
    if _holders(data) > EDITED_HOLDERS and _holders(_TEXT.sub(b"", data)) > EDITED_HOLDERS:
        raise ValueError(f"it holds more than {EDITED_HOLDERS:,} tables and lists, too many to be edited by hand")


def _holders(data: bytes) -> int:
    return data.count(b"{") + data.count(b"[")


def _documents(tree: Mapping[str, Any], intact: bool) -> dict[str, Document]:
    documents: dict[str, Document] = {}
    for key, data in tree.items():
        if not intact and isinstance(data, dict) and len(data) > EDITED_LIMIT:
            raise ValueError(f"{key}: it holds more than {EDITED_LIMIT:,} documents, too many to be edited by hand")
        if key in SHARED:
            documents[key] = _document(key, data, intact)
        elif key in (USERS, OTHERS):
            if not isinstance(data, dict):
                raise ValueError(f"{key}: it is not a JSON object")
            for name, inner in data.items():
                full = name if key == OTHERS else USER_PREFIX + name if intact else user_document(name)
                documents[full] = _document(f"{key}.{name}", inner, intact)
        elif key != HEADER:
            raise ValueError(f"{key!r} is none of {', '.join((HEADER, OTHERS, *SHARED, USERS))}")
    return documents


def _document(place: str, data: Any, intact: bool) -> Document:
    if not isinstance(data, dict) or not isinstance(data.get("values"), dict):
        raise ValueError(f"{place}: it has no 'values' with the settings by section")
    if not intact:
        _refuse_unknown(place, data, DOCUMENT_KEYS)
    versions, revision = data.get("versions", {}), data.get("revision", 0)
    if not isinstance(versions, dict) or not all(type(version) is int for version in versions.values()):
        raise ValueError(f"{place}: its 'versions' are not whole numbers by section")
    if type(revision) is not int or revision < 0:
        raise ValueError(f"{place}: its 'revision' is not a whole number")
    try:
        if not intact:  # what a store wrote has kept the limits of changes
            refuse_number(data["values"])
        dumps(data["values"]).encode()
        refuse_depth(data["values"])
    except (RecursionError, ValueError) as error:
        raise ValueError(f"{place}: {error}") from None
    return Document(data["values"], versions, revision)
