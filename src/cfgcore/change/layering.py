"""Stored documents judged among the other layers, for everyone and for one user."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cfgcore.change.home import public_path
from cfgcore.change.ruling import Ruling
from cfgcore.change.today import unreadable
from cfgcore.check.repair import repaired
from cfgcore.declare.registry import Registry
from cfgcore.layer.order import LAYERS
from cfgcore.layer.stored import stored_contribution
from cfgcore.layer.tree import Contribution
from cfgcore.store.document import POLICIES, SYSTEM, Document, user_document, user_of
from cfgcore.store.secret import key_in, missing, missing_in
from cfgcore.values.absent import ABSENT
from cfgcore.values.origin import Origin
from cfgcore.values.problem import Problem

if TYPE_CHECKING:
    from cfgcore.check.judgement import Judge, Judgement, LastGood
    from cfgcore.layer.reading import Reading
    from cfgcore.store.protocol import Store
    from cfgcore.values.origin import Path

#: The documents whose values everyone has.
_EVERYONE = (SYSTEM, POLICIES)

#: What no store has: policies that lie above all layers, to see what would follow from them.
ENFORCED = "policies enforced"

#: The code of the warning that a stored secret is missing.
MISSING = "missing_secret"

Documents = Mapping[str, Document]
Overrides = Callable[[Registry], Sequence[Contribution]]


class Layering:
    """Puts documents into their layers between what was read, and judges the whole.

    `overrides` gives what tests put above everything; `store` knows the secrets that documents refer to.
    """

    def __init__(self, registry: Registry, judge: Judge, store: Store | None, overrides: Overrides) -> None:
        self._registry = registry
        ruling = Ruling()
        self._deciding = judge.asking(ruling.in_time)
        self._reading = judge.asking(ruling.at_once)
        self._store = store
        self._overrides = overrides

    @property
    def computes(self) -> bool:
        """Whether values may be templates, which depend on others."""
        return self._deciding.computes

    def judge(
        self,
        reading: Reading,
        documents: Documents,
        running: Sequence[Contribution] = (),
        user: str | None = None,
        last: Judgement | None = None,
    ) -> Judgement:
        """Judge what was read, the documents of everyone and of `user`, and the values that wait for a restart.

        Sections that everyone's document holds and this code cannot read are what they were in the `last` judgement.
        """
        own = [] if user is None else [self._contribution(user_document(user), documents)]
        return self._whole(self._deciding, reading, documents, running, own, last, user)

    def bare(self, reading: Reading, documents: Documents, user: str | None) -> Judgement:
        """Judge the documents without the layers above them, to see the values that those hide."""
        layer = LAYERS.index("stored" if user is None else "user")
        below = [found for found in reading.contributions if LAYERS.index(found.layer) < layer]
        stored = [self._contribution(name, documents) for name in _EVERYONE if name in documents]
        own = [] if user is None else [self._contribution(user_document(user), documents)]
        unreadable = _unreadable(documents, None)
        return self._deciding.judge((*below, *stored, *own), complete=False, unreadable=unreadable, user=user)

    def repaired(
        self,
        reading: Reading,
        documents: Documents,
        running: Sequence[Contribution],
        user: str,
        last: Judgement | None = None,
    ) -> Judgement:
        """Judge like :meth:`judge`, ignoring what the user set where it does not go with the rest."""
        own = self._contribution(user_document(user), documents)
        return repaired(
            self._registry,
            lambda found, muted: self._whole(self._reading, reading, documents, running, [found], last, user, muted),
            own,
        )

    def _whole(
        self,
        judge: Judge,
        reading: Reading,
        documents: Documents,
        running: Sequence[Contribution],
        own: Sequence[Contribution],
        last: Judgement | None,
        user: str | None,
        muted: Collection[Path] = (),
    ) -> Judgement:
        shared = [self._contribution(name, documents) for name in _EVERYONE if _says(documents.get(name))]
        ranked = sorted((*reading.contributions, *shared, *own), key=lambda found: LAYERS.index(found.layer))
        judgement = judge.judge(
            (*ranked, *running, *self._overrides(self._registry), *self._enforced(documents)),
            reading.problems,
            complete=reading.complete,
            unreadable=_unreadable(documents, last),
            user=user,
            muted=muted,
            sound={} if last is None else last.sound,
        )
        lost = [*self._lost(documents, user)]
        return replace(judgement, problems=(*judgement.problems, *lost)) if lost else judgement

    def _lost(self, documents: Documents, user: str | None) -> Iterator[Problem]:
        """Yield a warning for each secret that a document of everyone, or of `user`, refers to and nobody has."""
        if self._store is None:
            return
        for name in _EVERYONE if user is None else (*_EVERYONE, user_document(user)):
            document = documents.get(name)
            for inner in missing(document.values, self._store) if document is not None else ():
                path = public_path(name, inner)
                if self._registry.place(path) is not None:
                    layer = "stored" if user_of(name) is None else "user"
                    origin = Origin(layer, "stored", f"{user_of(name) or 'everyone'}")
                    yield Problem(MISSING, ".".join(path), missing_in(self._store), "warning", origin)

    def _enforced(self, documents: Documents) -> Sequence[Contribution]:
        found = documents.get(ENFORCED)
        values = {POLICIES: found.values} if found is not None else {}
        return [stored_contribution(self._registry, "stored", None, values, self.reveal, 1)] if values else ()

    def _contribution(self, name: str, documents: Documents) -> Contribution:
        document, user = documents.get(name, Document()), user_of(name)
        layer = "stored" if user is None else "user"
        values = {POLICIES: document.values} if name == POLICIES else document.values
        return stored_contribution(self._registry, layer, user, values, self.reveal, document.revision)

    def reveal(self, value: Any) -> Any:
        """Return a stored value with the secrets that it refers to; ``ABSENT`` for one that is not known."""
        key = key_in(value)
        if key is not None:
            return ABSENT if self._store is None else self._store.read_secrets([key]).get(key, ABSENT)
        return {name: self.reveal(below) for name, below in value.items()} if isinstance(value, Mapping) else value


def _says(document: Document | None) -> bool:
    return document is not None and bool(document.values)


def lost_at(judgement: Judgement, path: Path) -> list[str]:
    """Return what is to be said of the secrets at `path`, or below it, that are stored and missing."""
    dotted = ".".join(path)
    return [
        f"{problem.path}: {problem.message}"
        for problem in judgement.problems
        if problem.code == MISSING and f"{problem.path}.".startswith(f"{dotted}.")
    ]


def _unreadable(documents: Documents, last: Judgement | None) -> Mapping[str, LastGood | None]:
    return {section: last.last(section) if last is not None else None for section in unreadable(documents)}
