"""A change, step by step: normalise, check, ask, commit; a refused change changes nothing.

The engine knows stored documents and how to judge them; what is published, and who is told, is its owner's part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from cfgcore.change import recording
from cfgcore.change.checking import Checking, Documents, JudgeDocuments, edits_of
from cfgcore.change.commit import Outcome, Plan, StoredChange
from cfgcore.change.comparison import Side
from cfgcore.change.forms import Forms
from cfgcore.change.home import public_path
from cfgcore.change.policies import reports_enforced
from cfgcore.change.refusals import Refusals, refusal
from cfgcore.change.request import Request
from cfgcore.change.shared import Shared
from cfgcore.change.survey import Survey
from cfgcore.change.values import same, value_in, with_value
from cfgcore.change.writing import Writing
from cfgcore.check.judgement import Judgement
from cfgcore.declare.registry import Registry
from cfgcore.errors import CfgcoreError, Conflict, ValidationFailed
from cfgcore.store.document import POLICIES, VERSIONS, Document, user_document, user_of
from cfgcore.store.outside import EditableOutside
from cfgcore.store.protocol import Snapshot, Store
from cfgcore.store.record import Draft, Edit, Record
from cfgcore.store.secret import key_in, keys_in
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.frozen import FrozenDict
from cfgcore.values.origin import Path
from cfgcore.values.problem import REDACTED, Problem

#: How often a change is made again on a newer state before it is given up.
ATTEMPTS = 50

Repaired = Callable[[Documents, str], Judgement]
Ask = Callable[[Sequence[StoredChange]], "list[Problem]"]


class Engine:
    """Makes changes of stored documents.

    `judge` judges documents; `repaired` judges what a user has, as readers see it; `ask` lets plugins refuse.
    `editable` is the store where it is one whose file people edit.
    """

    def __init__(self, registry: Registry, store: Store, judge: JudgeDocuments, repaired: Repaired, ask: Ask) -> None:
        self.registry = registry
        self.store = store
        self.editable = store if isinstance(store, EditableOutside) else None
        self.forms = Forms(registry)
        self.refusals = Refusals(store)
        self._shared = Shared(store, self.forms)
        self._judge = judge
        self._checking = Checking(registry, judge)
        self._repaired = repaired
        self._ask = ask

    def read(self, names: Iterable[str]) -> Snapshot:
        """Return the named documents, and those that everyone shares, in today's form, all as of one revision."""
        return self._shared.read(names)

    def today(self, name: str, document: Document, shared: Snapshot | None) -> Document:
        """Return one document, as the store has it, in today's form; `shared` are those that everyone shares."""
        known = None if shared is None else shared.documents.get(VERSIONS)
        return self.forms.today(name, document, known.values if known is not None else {})

    def plan(
        self, request: Request, *, actor: str, reason: str, expected_revision: int | None = None, clamp: bool = False
    ) -> Plan:
        """Check a request against the documents of now. Raises :class:`ValidationFailed` or :class:`Conflict`.

        With `clamp`, what policies do not allow is brought within what they do, with a warning.
        """
        if request.refused:
            raise request.refusal(self.registry, self._found(replace(request, refused=()), actor, reason))
        snapshot = self.read(request.values)
        if expected_revision is not None:
            _refuse_unknown(expected_revision, snapshot.head.revision)
            _refuse_forgotten(request, snapshot, expected_revision)
        for name in request.values:
            self.refuse_held(snapshot, name, request.values[name])
            if expected_revision is not None and snapshot.documents[name].revision > expected_revision:
                raise Conflict(self._both_sides(request, name, snapshot.documents[name], expected_revision))
        targets = {name: self._asked(request, name, snapshot.documents[name].values) for name in request.values}
        within, warnings = self._checking.within(targets, snapshot, actor, request.secrets) if clamp else (targets, ())
        plan = self.planned(within, snapshot, "update", actor, reason, secrets=request.secrets)
        return replace(plan, warnings=(*warnings, *plan.warnings)) if warnings else plan

    def _found(self, request: Request, actor: str, reason: str) -> Sequence[Problem]:
        """Return what is wrong with a request, or worth a warning."""
        try:
            return self.plan(request, actor=actor, reason=reason).warnings
        except ValidationFailed as failed:
            return failed.problems
        except Conflict:
            return ()

    def _asked(self, request: Request, name: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what a document holds once a request is done."""
        for path, value in request.values[name].items():
            values = with_value(values, path, value)
        return values

    def planned(
        self,
        targets: Mapping[str, Mapping[str, Any]],
        snapshot: Snapshot,
        action: str,
        actor: str,
        reason: str,
        *,
        secrets: Mapping[str, Any] | None = None,
        reverts: int | None = None,
        lenient: bool = False,
    ) -> Plan:
        """Check that documents may take the values in `targets`, and return the plan that does it.

        Both `targets` and `snapshot` are in today's form, as :meth:`read` returns it. Of a `lenient` plan nobody judges
        what users have set: what is wrong with it is ignored until it is not.
        """
        secrets = secrets or {}
        targets, edits = self._differences(targets, snapshot, secrets)
        changes = tuple(self.stored_change(name, edit) for name in edits for edit in edits[name])
        candidate = dict(snapshot.documents)
        for name in edits:
            self.refuse_held(snapshot, name, (edit.path for edit in edits[name]))
            candidate[name] = replace(snapshot.documents[name], values=targets[name], revision=0)
        judged = {name: edits[name] for name in edits if user_of(name) is None} if lenient else edits
        warnings = self._checking.checked(snapshot, candidate, judged, secrets, actor)
        refusals = self._ask(changes) if changes else []
        if refusals:
            raise ValidationFailed(refusals)
        written = Writing(self.forms, snapshot, targets, edits)
        expect = {name: document.revision for name, document in snapshot.documents.items()}
        return Plan(
            changes,
            warnings,
            action,
            actor,
            reason,
            written.edits,
            written.writes,
            expect,
            _referred(secrets, edits),
            reverts,
            written.sides,
            partial(self._survey, snapshot, candidate) if self._is_shared(edits) else None,
        )

    @staticmethod
    def _is_shared(edits: Iterable[str]) -> bool:
        return any(user_of(name) is None for name in edits)

    def _survey(self, snapshot: Snapshot, after: Documents) -> Survey:
        is_of_policies = after[POLICIES] is not snapshot.documents[POLICIES]
        sides = [self._side(snapshot.documents), self._side(after)]
        if is_of_policies:
            sides += map(self._side, reports_enforced(after, sides[1].everyone.tree))
        return Survey(self.registry, self.store, partial(self.today, shared=snapshot), *sides)

    def _side(self, documents: Documents) -> Side:
        shared = {name: found for name, found in documents.items() if user_of(name) is None}
        return Side(
            self._judge(shared, None, False),
            lambda user, own: self._repaired({**shared, user_document(user): own}, user),
        )

    def commit(self, plan: Plan, write: Callable[..., Record] | None = None) -> Outcome:
        """Commit a plan exactly as it is; `write` stands in for the store's own commit.

        Raises :class:`Conflict` where something it read has changed since.
        """
        if not plan.edits:
            return Outcome(self.store.head().revision, (), plan.warnings, plan=plan)
        said = plan.action, plan.actor, plan.reason, recording.now()
        draft = Draft(*said, plan.edits, {}, plan.reverts, sides=plan.sides)
        record = (write or self.store.commit)(plan.writes, plan.expect, draft, plan.secrets)
        assert record.revision is not None, "a commit has a revision"
        self._shared.committed(record, plan.writes)
        return Outcome(record.revision, plan.changes, plan.warnings, committed=True, plan=plan)

    def retried(self, make: Callable[[], Plan]) -> Outcome:
        """Make a plan and commit it; where another change came between, make it again on the new state."""
        for attempt in range(ATTEMPTS):
            plan = make()
            try:
                return self.commit(plan)
            except Conflict:
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def stored_change(self, document: str, edit: Edit) -> StoredChange:
        """Return an edit as callers see it."""
        path = public_path(document, edit.path)
        place = self.registry.place(path)
        secret = place is not None and place.secret
        return StoredChange(".".join(path), user_of(document), _shown(edit.old, secret), _shown(edit.new, secret))

    def refused(self, paths: Sequence[str], user: str | None, actor: str, reason: str, error: CfgcoreError) -> None:
        """Record a refused attempt in the audit, without its values."""
        self.refusals.add(refusal(paths, user, actor, reason, error), type(error).__name__)

    def note(self, action: str, actor: str, reason: str) -> Draft:
        """Return the record of what is done to the store as a whole; of no document, so that it names no user."""
        return Draft(action, actor, reason, recording.now(), {}, {})

    def close(self) -> None:
        """Record what was counted, and close the store."""
        self.refusals.close()
        self.store.close()

    def _differences(
        self, targets: Mapping[str, Mapping[str, Any]], snapshot: Snapshot, secrets: Mapping[str, Any]
    ) -> tuple[Mapping[str, Mapping[str, Any]], dict[str, tuple[Edit, ...]]]:
        """Return `targets`, and the edits that lead to them; documents that stay as they are have none.

        A secret that stays what it is keeps the reference of now: that is no change.
        """
        kept, edits = dict(targets), {}
        for name, found in edits_of(targets, snapshot).items():
            changed = []
            for edit in found:
                if self.is_same_secret(edit, secrets):
                    kept[name] = with_value(kept[name], edit.path, edit.old)
                else:
                    changed.append(edit)
            if changed:
                edits[name] = tuple(changed)
        return kept, edits

    def is_same_secret(self, edit: Edit, secrets: Mapping[str, Any] = FrozenDict()) -> bool:
        """Return whether an edit puts a secret in the place of an equal one that was stored under another key.

        `secrets` are those that are not stored yet.
        """
        old, new = key_in(edit.old), key_in(edit.new)
        if old is None or new is None:
            return False
        known = {**self.store.read_secrets([old, new]), **secrets}
        return old in known and new in known and same(known[old], known[new])

    def refuse_held(self, snapshot: Snapshot, name: str, paths: Iterable[Path]) -> None:
        """Raise :class:`ValidationFailed` where one of the paths in a document lies in what cannot be written now."""
        paths = list(paths)
        held = self.forms.held(snapshot, name, {path[0] for path in paths})
        problems = [
            Problem("unreadable_section", ".".join(public_path(name, path)), f"it cannot be changed: {held[path[0]]}")
            for path in paths
            if path[0] in held
        ]
        if problems:
            raise ValidationFailed(problems)

    def _both_sides(self, request: Request, name: str, document: Document, expected: int) -> str:
        now_there = {
            ".".join(public_path(name, path)): value_in(document.values, path) for path in request.values[name]
        }
        shown = ", ".join(
            f"{dotted} is {'not set' if value is ABSENT else repr(_shown(value, self._is_secret(dotted)))}"
            for dotted, value in sorted(now_there.items())[:5]
        )
        return (
            f"{name} was expected at revision {expected} and is at {document.revision}: {shown}; "
            f"read it again and decide"
        )

    def _is_secret(self, dotted: str) -> bool:
        place = self.registry.place(tuple(dotted.split(".")))
        return place is not None and place.secret


def _referred(secrets: Mapping[str, Any], edits: Mapping[str, Sequence[Edit]]) -> Mapping[str, Any]:
    """Return the secrets that new values refer to: no other is stored."""
    keys = {key for found in edits.values() for edit in found for key in keys_in(edit.new)}
    return {key: value for key, value in secrets.items() if key in keys}


def _refuse_unknown(expected: object, last: int) -> None:
    if type(expected) is not int or expected < 0:
        raise ValidationFailed([Problem("refused", "expected_revision", f"{expected!r} is not a revision")])
    if expected > last:
        raise Conflict(
            f"revision {expected} was expected, and the last one is {last}: is it another store, or an older state "
            f"of it? read again and decide"
        )


def _refuse_forgotten(request: Request, snapshot: Snapshot, expected: int) -> None:
    for name in sorted(request.of_stored):
        if name in request.values and not snapshot.documents[name].revision:
            raise Conflict(
                f"{name} was expected at revision {expected}, and is there no more: the user was forgotten; "
                f"read it again and decide"
            )


def _shown(value: Any | Absent, secret: bool) -> Any:
    return REDACTED if value is not ABSENT and value is not None and (secret or key_in(value) is not None) else value
