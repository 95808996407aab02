"""Documents rewritten for this release, a page at a time: what is older, and the commit that brings it up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cfgcore.change.commit import Plan
from cfgcore.change.engine import Engine
from cfgcore.change.forms import Forms
from cfgcore.change.past import UPGRADE
from cfgcore.change.today import held_of, raw_of
from cfgcore.change.writing import Writing
from cfgcore.errors import Conflict
from cfgcore.store.document import VERSIONS, Document
from cfgcore.store.protocol import Snapshot
from cfgcore.store.record import Head

Documents = Mapping[str, Document]


@dataclass(frozen=True, slots=True)
class Failure:
    """A section of a document that stays as it is, and why."""

    document: str
    section: str
    reason: str


@dataclass(frozen=True, slots=True)
class Older:
    """What is older in a page of documents: how they are to be written, which of them, and what cannot be."""

    written: Writing
    names: tuple[str, ...]
    failures: tuple[Failure, ...]


def older(forms: Forms, documents: Documents, versions: Document, goal: Mapping[str, Any]) -> Older:
    """Return what of `documents`, as the store has them with its `versions`, is older than the versions in `goal`."""
    page = {name: found for name, found in documents.items() if name != VERSIONS}
    snapshot = forms.snapshot(Snapshot(Head(""), {VERSIONS: versions, **page}))
    raised = {name: snapshot.documents[name] for name in page}
    targets = {name: found.values for name, found in raised.items() if raw_of(found) is not found}
    wanted = Snapshot(snapshot.head, {**raised, VERSIONS: replace(versions, values=goal)})
    written = Writing(forms, wanted, targets, dict.fromkeys(targets, ()))
    names = tuple(name for name in targets if _differs(written, raw_of(raised[name]), name))
    return Older(written, names, tuple(_failures(raised)))


class Rewriting:
    """Rewrites documents as the store's versions, which are this release's by now, want them.

    A commit takes the older documents of a page, each at the revision at which it was read. Those that somebody else
    wrote meanwhile are left out of it, and come one by one.
    """

    def __init__(self, engine: Engine, actor: str, reason: str) -> None:
        self._engine = engine
        self._actor = actor
        self._reason = reason
        self._versions = self._read(()).documents[VERSIONS]

    def page(self, documents: Documents) -> tuple[int, tuple[Failure, ...]]:
        """Rewrite documents, as the store has them; return how many were older, and what stays as it is."""
        waiting, moved = dict(documents), dict[str, Document]()
        while True:
            found = older(self._engine.forms, waiting, self._versions, self._versions.values)
            try:
                self._engine.commit(self._plan(found, waiting))
                break
            except Conflict:
                fresh = self._read(waiting).documents
                self._versions = fresh[VERSIONS]
                moved |= {name: fresh[name] for name in waiting if fresh[name].revision != waiting[name].revision}
                waiting = {name: document for name, document in waiting.items() if name not in moved}
        counts = [(len(found.names), found.failures), *map(self._alone, moved)]
        return sum(count for count, _ in counts), tuple(one for _, failures in counts for one in failures)

    def _alone(self, name: str) -> tuple[int, tuple[Failure, ...]]:
        found: Older

        def make() -> Plan:
            nonlocal found
            documents = dict(self._read((name,)).documents)
            self._versions = documents.pop(VERSIONS)
            found = older(self._engine.forms, documents, self._versions, self._versions.values)
            return self._plan(found, documents)

        self._engine.retried(make)
        return len(found.names), found.failures

    def _read(self, names: Documents | tuple[str, ...]) -> Snapshot:
        return self._engine.store.read((VERSIONS, *(name for name in names if name != VERSIONS)))

    def _plan(self, found: Older, documents: Documents) -> Plan:
        written = found.written
        return Plan(
            (),
            (),
            UPGRADE,
            self._actor,
            self._reason,
            {name: written.edits[name] for name in found.names},
            {name: written.writes[name] for name in found.names},
            {VERSIONS: self._versions.revision, **{name: documents[name].revision for name in found.names}},
            {},
            None,
            {name: written.sides[name] for name in found.names},
        )


def _differs(written: Writing, raw: Document, name: str) -> bool:
    return bool(written.edits[name]) or dict(written.sides[name].after) != dict(raw.versions)


def _failures(raised: Documents) -> Iterator[Failure]:
    for name, document in raised.items():
        for section, reason in held_of(document).items():
            yield Failure(name, section, reason)
