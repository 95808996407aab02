"""Pieces put into documents as far as they are valid; what is refused is told, and never replaced by a default."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cfgcore.change.commit import Plan
from cfgcore.change.values import same, value_in, with_value
from cfgcore.errors import ValidationFailed
from cfgcore.installing.piece import Cutter, Piece
from cfgcore.installing.report import Entry
from cfgcore.installing.trial import Trial
from cfgcore.store.document import SHARED, SYSTEM, Document, user_of
from cfgcore.store.protocol import Snapshot
from cfgcore.store.secret import key_in, new_key, reference
from cfgcore.values.absent import ABSENT
from cfgcore.values.origin import Path
from cfgcore.values.problem import Problem

Try = Callable[[Sequence[Piece]], Plan]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The plan of what is valid, the pieces that it takes over, and an entry for each that it does not."""

    plan: Plan
    pieces: tuple[Piece, ...]
    refused: tuple[Entry, ...]


class Fitter:
    """Fits pieces into the documents of a store, as it is at one snapshot.

    Everyone's values are checked together. A user's are checked among those, by the policies of before: what policies
    of the same source allow less of is clamped when it is read, and comes back when they allow it again.
    """

    def __init__(self, trial: Trial, cutter: Cutter, by: str, why: str) -> None:
        self._trial = trial
        self._cutter = cutter
        self._by = by
        self._why = why

    def fit(self, pieces: Sequence[Piece]) -> Fitted:
        """Return what can be taken over. Raises ``ValidationFailed`` where what the store holds already is wrong."""
        single, refused = self._without_contradictions(pieces)
        users = dict.fromkeys(piece.document for piece in single if piece.user is not None)
        snapshot = self._trial.engine.store.read(tuple(dict.fromkeys((*SHARED, *users))))
        shared = [piece for piece in single if piece.user is None]
        plan, taken, gone = self._accepted(lambda kept: self._planned(kept, snapshot), shared)
        refused += gone
        own = [piece for piece in single if piece.user is not None]
        if own:
            among = _with_system(snapshot, plan)
            own_plan, own_taken, gone = self._of_users(own, among)
            plan, taken, refused = _joined(plan, own_plan, snapshot), taken + own_taken, refused + gone
        return Fitted(plan, tuple(taken), tuple(refused))

    def _of_users(self, pieces: Sequence[Piece], snapshot: Snapshot) -> tuple[Plan, list[Piece], list[Entry]]:
        """Check all users at once; where one of them has something wrong, each by itself."""
        try:
            return self._planned(pieces, snapshot), list(pieces), []
        except ValidationFailed:
            taken: list[Piece] = []
            refused: list[Entry] = []
            for document in dict.fromkeys(piece.document for piece in pieces):
                own = [piece for piece in pieces if piece.document == document]
                _, kept, gone = self._accepted(lambda some: self._planned(some, snapshot), own)
                taken += kept
                refused += gone
            return self._planned(taken, snapshot), taken, refused

    def _planned(self, pieces: Sequence[Piece], snapshot: Snapshot) -> Plan:
        targets: dict[str, Mapping[str, Any]] = {}
        secrets: dict[str, Any] = {}
        for piece in pieces:
            values = targets.get(piece.document, snapshot.documents[piece.document].values)
            stored = self._stored(piece, value_in(values, piece.inner), secrets)
            targets[piece.document] = with_value(values, piece.inner, stored)
        return self._trial.planned(targets, snapshot, secrets, self._by, self._why)

    def _stored(self, piece: Piece, there: Any, secrets: dict[str, Any]) -> Any:
        """Return what stands in the document: of a secret a reference, the one that is there if it is the same."""
        if not piece.secret:
            return piece.value
        known = key_in(there)
        if known is not None and same(self._trial.engine.store.read_secrets([known]).get(known), piece.value):
            return there
        key = new_key(piece.document)
        secrets[key] = piece.value
        return reference(key)

    def _accepted(self, attempt: Try, pieces: Sequence[Piece]) -> tuple[Plan, list[Piece], list[Entry]]:
        """Leave out what is refused until the rest is accepted."""
        left, refused = list(pieces), list[Entry]()
        while True:
            try:
                return attempt(left), left, refused
            except ValidationFailed as error:
                left, gone = self._without(left, error.errors)
                if not gone:
                    raise
                refused += gone

    def _without(self, pieces: list[Piece], problems: Sequence[Problem]) -> tuple[list[Piece], list[Entry]]:
        """Return `pieces` without those that the problems name; of a rule, one that it concerns, its yields first."""
        refused: list[Entry] = []
        for problem in problems:
            for path in self._concerned(problem):
                found = next((p for p in pieces if path[: len(p.path)] == p.path or p.path[: len(path)] == path), None)
                if found is not None:
                    rest, gone = self._cut(found, path, problem)
                    index = pieces.index(found)
                    pieces = [*pieces[:index], *rest, *pieces[index + 1 :]]
                    refused += gone
                    break
            if refused and self._is_rule(problem):
                break
        return pieces, refused

    def _cut(self, piece: Piece, path: Path, problem: Problem) -> tuple[list[Piece], list[Entry]]:
        """Return what is left of a piece, a list without its wrong items, and the entries of what is not."""
        wrong = _wrong_items(piece, path, problem)
        items = piece.items or ()
        if not wrong or len(wrong) == len(items):
            return [], [self._cutter.refused(piece, None, problem.message, problem.suggested)]
        kept = [index for index in range(len(items)) if index not in wrong]
        rest = replace(piece, value=[piece.value[i] for i in kept], items=tuple(items[i] for i in kept))
        return [rest], [self._cutter.refused(piece, items[i], problem.message, ABSENT) for i in wrong]

    def _concerned(self, problem: Problem) -> Iterator[Path]:
        yield tuple(problem.path.split("."))
        for _, rule in self._trial.registry.rules:
            if rule.code == problem.code:
                yield from (tuple(dotted.split(".")) for dotted in (rule.yields, *rule.paths))

    def _is_rule(self, problem: Problem) -> bool:
        return any(rule.code == problem.code for _, rule in self._trial.registry.rules)

    def _without_contradictions(self, pieces: Iterable[Piece]) -> tuple[list[Piece], list[Entry]]:
        """Return the pieces, of two for one place the first, and entries of those that say something else."""
        found: dict[tuple[str, Path], Piece] = {}
        refused: list[Entry] = []
        for piece in pieces:
            first = found.setdefault((piece.document, piece.inner), piece)
            if first is not piece:
                where = ".".join(first.mapped.source)
                if same(first.value, piece.value):
                    refused.append(self._cutter.repeated(piece, f"as {where} says"))
                else:
                    why = f"{where} says something else, and that is taken"
                    refused.append(self._cutter.refused(piece, None, why, ABSENT))
        return list(found.values()), refused


def _wrong_items(piece: Piece, path: Path, problem: Problem) -> list[int]:
    """Return the items of a list that a problem is about: the one it names, or those that its suggestion leaves out."""
    if piece.items is None:
        return []
    within = path[len(piece.path) :]
    if within and within[0].isdecimal() and int(within[0]) < len(piece.value):
        return [int(within[0])]
    if isinstance(problem.suggested, (list, tuple)) and all(item in piece.value for item in problem.suggested):
        return [index for index, item in enumerate(piece.value) if item not in problem.suggested]
    return []


def _with_system(snapshot: Snapshot, plan: Plan) -> Snapshot:
    write = plan.writes.get(SYSTEM)
    if write is None:
        return snapshot
    system = Document(write.values, write.versions, snapshot.documents[SYSTEM].revision)
    return replace(snapshot, documents={**snapshot.documents, SYSTEM: system})


def _joined(shared: Plan, own: Plan, snapshot: Snapshot) -> Plan:
    """Return the plan that does both: one commit."""
    users = {name: edits for name, edits in own.edits.items() if user_of(name) is not None}
    return replace(
        shared,
        changes=(*shared.changes, *own.changes),
        warnings=tuple(dict.fromkeys((*shared.warnings, *own.warnings))),
        edits={**shared.edits, **users},
        writes={**shared.writes, **{name: own.writes[name] for name in users}},
        expect={name: document.revision for name, document in snapshot.documents.items()},
        secrets={**shared.secrets, **own.secrets},
    )
