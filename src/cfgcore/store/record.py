"""The log of a store: sealed records in one chain, of which nobody can edit, drop or reorder one unseen.

The chain hashes salted digests of the payloads, not the payloads: one can be erased, and the chain still verifies.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cfgcore.errors import StoreError
from cfgcore.store.document import VERSIONS
from cfgcore.store.shape import refuse_odd_record
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.frozen import FrozenDict
from cfgcore.values.origin import Path

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Edit:
    """One stored value that changed: where in its document, what it was, and what it is; ``ABSENT`` is no value."""

    path: Path
    old: Any | Absent
    new: Any | Absent


@dataclass(frozen=True, slots=True)
class Part:
    """What a record says of one document. `payload` is None once it was erased or compacted; the digest stays."""

    digest: str
    salt: str
    payload: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Sides:
    """The versions of a document's sections after a commit, and `before` it where those were others."""

    after: Mapping[str, int]
    before: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A record before a store has sealed it: what was done, by whom, why, when, and to which documents.

    `time` is ISO 8601 in UTC. `reverts` names the revision that is undone or rolled back to. `count` is for how many
    attempts a refusal stands. `sealed` are the parts of a record that is copied as it is, erased ones too. `versions`
    are those of the sections in every document that `sides` does not tell apart.
    """

    action: str
    actor: str
    reason: str
    time: str
    edits: Mapping[str, Sequence[Edit]]
    versions: Mapping[str, int]
    reverts: int | None = None
    count: int = 1
    sealed: tuple[Part, ...] = ()
    sides: Mapping[str, Sides] = field(default_factory=FrozenDict)


@dataclass(frozen=True, slots=True)
class Record:
    """A sealed record. `revision` is None for one that changed nothing, such as a refusal.

    `sequence` counts all records; `previous` is the revision before; `chain` is the digest of everything up to here.
    """

    sequence: int
    revision: int | None
    previous: int
    time: str
    action: str
    reverts: int | None
    parts: tuple[Part, ...]
    chain: str

    @property
    def actor(self) -> str | None:
        """Who did it, or None where that has been erased."""
        return self._said("actor")

    @property
    def reason(self) -> str | None:
        """Why, or None where that has been erased."""
        return self._said("reason")

    @property
    def count(self) -> int:
        """For how many attempts this stands: more than one where refusals came in floods, or 1 where it was erased."""
        return next((int(part.payload.get("count", 1)) for part in self.parts if part.payload is not None), 1)

    @property
    def versions(self) -> Mapping[str, int]:
        """The schema versions of the sections when this was written."""
        return next((part.payload["versions"] for part in self.parts if part.payload is not None), {})

    def _said(self, what: str) -> str | None:
        return next((str(p.payload[what]) for p in self.parts if p.payload is not None and what in p.payload), None)

    def sides(self) -> dict[str, Sides]:
        """Return the versions of each document's sections; a document whose part was erased is not there."""
        return {
            str(part.payload["document"]): Sides(part.payload["versions"], part.payload.get("before"))
            for part in self.parts
            if part.payload is not None
        }

    def edits(self) -> dict[str, tuple[Edit, ...]]:
        """Return the edits by document; a document whose part was erased is not there."""
        return {
            str(part.payload["document"]): tuple(_edit(data) for data in part.payload["edits"])
            for part in self.parts
            if part.payload is not None
        }


@dataclass(frozen=True, slots=True)
class Head:
    """Where a store's log ends: the count of records, the last revision, the chain; and which store this is.

    `incarnation` is new when a store is restored elsewhere, so that equal numbers are not taken for equal states.
    Revisions up to `horizon` were compacted: what they changed is no longer known.
    """

    incarnation: str
    sequence: int = 0
    revision: int = 0
    chain: str = GENESIS
    horizon: int = 0


def seal(head: Head, draft: Draft, *, commits: bool) -> Record:
    """Return `draft` as the record that follows `head`; one that `commits` takes the next revision.

    Raises ``StoreError`` for a draft that could not be read again.
    """
    for name in ("action", "actor", "reason", "time"):
        if not isinstance(getattr(draft, name), str):
            raise StoreError(f"nothing is written: the {name} of the change is {getattr(draft, name)!r}, and no text")
    made = (_part(name, edits, draft) for name, edits in draft.edits.items())
    parts = draft.sealed or tuple(made) or (_part("", (), draft),)
    record = Record(
        sequence=head.sequence + 1,
        revision=head.revision + 1 if commits else None,
        previous=head.revision,
        time=draft.time,
        action=draft.action,
        reverts=draft.reverts,
        parts=parts,
        chain="",
    )
    return replace(record, chain=link(head.chain, record))


def advance(head: Head, record: Record) -> Head:
    """Return the head after `record`."""
    revision = head.revision if record.revision is None else record.revision
    return Head(head.incarnation, record.sequence, revision, record.chain, head.horizon)


def link(chain: str, record: Record) -> str:
    """Return the chain's digest (SHA-256, hexadecimal) after `record`, given the one before it."""
    header = [
        chain,
        record.sequence,
        record.revision,
        record.previous,
        record.time,
        record.action,
        record.reverts,
        [part.digest for part in record.parts],
    ]
    return hashlib.sha256(canonical(header)).hexdigest()


def broken(records: Iterable[Record], head: Head, *, start: Head | None = None) -> str | None:
    """Return where the chain of `records` breaks, or None when it is whole and ends at `head`."""
    expected = start or Head(head.incarnation)
    for record in records:
        if record.sequence != expected.sequence + 1:
            return f"record {expected.sequence + 1} is missing: the next one is {record.sequence}"
        if record.previous != expected.revision or record.revision not in (None, expected.revision + 1):
            return f"record {record.sequence} does not follow revision {expected.revision}"
        if record.chain != link(expected.chain, record):
            return f"record {record.sequence} was changed, or does not follow the one before it"
        for part in record.parts:
            if part.payload is not None and part.digest != digest(part.salt, part.payload):
                return f"record {record.sequence}: its payload was changed"
        expected = advance(expected, record)
    if (expected.sequence, expected.revision, expected.chain) != (head.sequence, head.revision, head.chain):
        return f"the log ends at record {expected.sequence}, but the store was at {head.sequence}"
    return None


def digest(salt: str, payload: Mapping[str, Any]) -> str:
    """Return the salted digest of a payload (SHA-256, hexadecimal)."""
    return hashlib.sha256(salt.encode() + canonical(payload)).hexdigest()


def canonical(data: Any) -> bytes:
    """Return the one JSON form of `data` that is hashed: sorted keys, no spaces, ASCII."""
    return _ENCODER.encode(data).encode()


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def erased(record: Record, document: str | None = None) -> Record:
    """Return `record` without the payloads that speak of `document`, or without any."""
    parts = tuple(
        replace(part, payload=None, salt="")
        if part.payload is not None and (document is None or part.payload["document"] == document)
        else part
        for part in record.parts
    )
    return replace(record, parts=parts)


def to_data(record: Record) -> dict[str, Any]:
    """Return a record as plain data, the way stores write it."""
    return {
        "sequence": record.sequence,
        "revision": record.revision,
        "previous": record.previous,
        "time": record.time,
        "action": record.action,
        "reverts": record.reverts,
        "parts": [{"digest": p.digest, "salt": p.salt, "payload": p.payload} for p in record.parts],
        "chain": record.chain,
    }


def from_data(data: Mapping[str, Any]) -> Record:
    """Return the record that :func:`to_data` wrote. Raises ``ValueError`` for anything else."""
    try:
        refuse_odd_record(data)
    except ValueError as error:
        raise ValueError(f"not a record: {error}") from None
    return Record(
        sequence=data["sequence"],
        revision=data["revision"],
        previous=data["previous"],
        time=data["time"],
        action=data["action"],
        reverts=data["reverts"],
        parts=tuple(Part(part["digest"], part["salt"], part["payload"]) for part in data["parts"]),
        chain=data["chain"],
    )


def _part(document: str, edits: Sequence[Edit], draft: Draft) -> Part:
    sides = draft.sides.get(document) or Sides(draft.versions)
    payload: dict[str, Any] = {
        "document": document,
        "versions": dict(sides.after),
        "edits": [_data(edit) for edit in edits],
    }
    if document != VERSIONS or len(draft.edits) == 1:  # else it would tell who, when the part that says so is erased
        payload |= {"actor": draft.actor, "reason": draft.reason}
    if sides.before is not None:
        payload["before"] = dict(sides.before)
    if draft.count > 1:
        payload["count"] = draft.count
    salt = secrets.token_hex(16)
    return Part(digest(salt, payload), salt, payload)


def _data(edit: Edit) -> dict[str, Any]:
    data: dict[str, Any] = {"path": list(edit.path)}
    if edit.old is not ABSENT:
        data["old"] = edit.old
    if edit.new is not ABSENT:
        data["new"] = edit.new
    return data


def _edit(data: Mapping[str, Any]) -> Edit:
    return Edit(tuple(data["path"]), data.get("old", ABSENT), data.get("new", ABSENT))
