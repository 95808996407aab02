"""The end of an upgrade: the store wants every section at the version of this release, and every document has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cfgcore.change.commit import Plan
from cfgcore.change.engine import Engine
from cfgcore.change.past import UPGRADE
from cfgcore.change.processes import Process, processes_of, refuse_older
from cfgcore.change.recording import author
from cfgcore.change.rewriting import Documents, Failure, Rewriting, older
from cfgcore.change.values import edits_between
from cfgcore.errors import CfgcoreError
from cfgcore.store.document import VERSIONS
from cfgcore.store.presence import this_process
from cfgcore.store.protocol import Ephemeral, Write
from cfgcore.store.scanning import count_of
from cfgcore.store.scanning import documents as scanned

#: How many documents are looked at, and at most rewritten, in one commit.
BATCH = 200

#: How many failures are told in full.
SHOWN = 100

Progress = Callable[[int], None]

#: How many documents were older, and what stays as it is.
Looked = tuple[int, tuple[Failure, ...]]


@dataclass(frozen=True, slots=True)
class Standing:
    """One section: the version that the store wants written (None: it says none), and that of the code."""

    section: str
    stored: int | None
    code: int


@dataclass(frozen=True, slots=True)
class Upgraded:
    """How a store stands, or what an upgrade did: the sections, and the documents in it.

    `outdated` documents are to be rewritten, or were; `failed` counts the sections that stay as they are, of which
    `failures` are the first. `processes` have the store open, as far as it can tell; of an older release are those with
    something in ``older``.
    """

    sections: tuple[Standing, ...]
    documents: int
    outdated: int
    failed: int
    failures: tuple[Failure, ...]
    processes: tuple[Process, ...] = ()

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        return not self.outdated and not self.failed and all(s.stored in (None, s.code) for s in self.sections)


class Upgrade:
    """Ends the time in which processes of an older release can read what is stored.

    Call :meth:`finish` when you will not go back to the older release: processes of it would keep what they have, and
    could change the sections concerned no more.
    """

    def __init__(self, engine: Engine, batch: int = BATCH) -> None:
        self._engine = engine
        self._batch = batch

    def plan(self, progress: Progress | None = None) -> Upgraded:
        """Return how the store stands: nothing is written. `progress` is told how many documents were looked at."""
        versions = self._engine.read(()).documents[VERSIONS]
        goal = {**versions.values, **self._engine.forms.versions()}

        def look(documents: Documents) -> Looked:
            found = older(self._engine.forms, documents, versions, goal)
            return len(found.names), found.failures

        return self._through(progress, look)

    @property
    def sees_processes(self) -> bool:
        """Whether the store can tell which processes have it open."""
        return isinstance(self._engine.store, Ephemeral)

    def announce(self) -> None:
        """Let others see that this process has the store open, and what it knows; :func:`cfgcore.open` does so."""
        store = self._engine.store
        if isinstance(store, Ephemeral):
            store.announce(this_process(self._engine.forms.versions()))

    def processes(self) -> tuple[Process, ...]:
        """Return the processes that have the store open, as far as it can tell, and of what they are older."""
        return processes_of(self._engine.store, self._engine.forms.versions())

    def finish(
        self, *, actor: str = "unknown", reason: str = "", force: bool = False, progress: Progress | None = None
    ) -> Upgraded:
        """Raise what the store wants to the versions of this release, and rewrite every document that is older.

        Documents go in batches, each one commit in the audit. Interrupted at any point, it goes on where it was when
        it is called again; readers never wait. A section that a step cannot bring along stays as it is, and is told.
        Raises :class:`CfgcoreError` where the store holds a section that is newer than this release, and, unless
        `force`, where a process that has the store open knows only an older version of one that rises.
        """
        who = author(actor, reason)
        if not force:
            refuse_older(self.processes(), {one.section: one.code for one in self.rising()})
        self._engine.retried(lambda: self._raising(who, reason))
        return self._through(progress, Rewriting(self._engine, who, reason).page)

    def count(self) -> int:
        """Return how many documents there are."""
        own = self._engine.store.read((VERSIONS,)).documents[VERSIONS].revision > 0
        return count_of(self._engine.store) - own

    def _through(self, progress: Progress | None, look: Callable[[Documents], Looked]) -> Upgraded:
        documents = outdated = failed = 0
        failures: list[Failure] = []
        for page in scanned(self._engine.store, size=self._batch):
            count, found = look(page)
            outdated, failed = outdated + count, failed + len(found)
            failures += found[: SHOWN - len(failures)]
            documents += len(page) - (VERSIONS in page)
            if progress is not None:
                progress(documents)
        return Upgraded(self.standings(), documents, outdated, failed, tuple(failures), self.processes())

    def rising(self) -> tuple[Standing, ...]:
        """Return the sections that older processes can read, and could not any more."""
        return tuple(one for one in self.standings() if (one.stored or 1) < one.code)

    def standings(self) -> tuple[Standing, ...]:
        """Return the version that the store wants of each section, and that of the code.

        A section that has no older version, and of which nothing was ever stored, is left out.
        """
        versions = self._engine.read(()).documents[VERSIONS].values
        found = (Standing(key, _number(versions, key), code) for key, code in self._engine.forms.versions().items())
        return tuple(one for one in found if one.stored is not None or one.code > 1)

    def _raising(self, actor: str, reason: str) -> Plan:
        snapshot = self._engine.read(())
        known = snapshot.documents[VERSIONS]
        found = {key: (_number(known.values, key), code) for key, code in self._engine.forms.versions().items()}
        newer = {key: pair for key, pair in found.items() if pair[0] is not None and pair[0] > pair[1]}
        if newer:
            told = ", ".join(f"{key} (stored for version {old}, known {code})" for key, (old, code) in newer.items())
            raise CfgcoreError(f"the store was upgraded by a newer release: {told}; upgrade this one first")
        raised = {key: code for key, (old, code) in found.items() if (old or 1) < code}
        values = {**known.values, **raised}
        edits = tuple(edits_between(known.values, values))
        why = reason or ", ".join(f"{key} {found[key][0] or 1} -> {code}" for key, code in raised.items())
        writes = {VERSIONS: Write(values, {})} if edits else {}
        expect = {VERSIONS: known.revision}
        return Plan((), (), UPGRADE, actor, why[:1000], {VERSIONS: edits} if edits else {}, writes, expect, {})


def _number(versions: Mapping[str, Any], key: str) -> int | None:
    found = versions.get(key)
    return found if type(found) is int else None
