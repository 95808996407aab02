"""What a configuration with a store can do besides being read: be changed, looked back on, and returned to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path as File
from typing import TYPE_CHECKING, Any, TypeAlias

from cfgcore.change.recording import NOBODY, author, legible
from cfgcore.errors import CfgcoreError, Conflict, InvalidUser, UnknownPath, ValidationFailed
from cfgcore.store.document import user_document
from cfgcore.values.absent import ABSENT, Absent

if TYPE_CHECKING:
    from cfgcore.change.audit import Audit
    from cfgcore.change.commit import Commit, Outcome, Plan, StoredChange
    from cfgcore.change.draft import Draft
    from cfgcore.change.engine import Engine
    from cfgcore.change.ledger import Ledger, Moment
    from cfgcore.change.request import Request
    from cfgcore.change.roster import StoredUser
    from cfgcore.change.upgrade import Upgrade
    from cfgcore.declare.registry import Registry
    from cfgcore.store.protocol import Store
    from cfgcore.view.view import View

#: Who is recorded where a user is forgotten by that user: the audit does not name whom it forgets.
THEMSELF = "themself"


#: Values by dotted path, and for whom.
Wanted: TypeAlias = "tuple[Mapping[str, Any], str | None]"


class Changeable:
    """Stored changes. All of them raise :class:`CfgcoreError` where the configuration was opened without a store.

    A `user` of None is everyone. Where none is given, it is the user that the configuration was opened for, if any.
    """

    __slots__ = ()

    registry: Registry

    def draft(self, user: str | Absent | None = ABSENT) -> Draft:
        """Return an editable copy of a view, which :meth:`update` commits: of a user, or of everyone.

        Without a store it can be edited and validated, and not be committed.
        """
        from cfgcore.change.draft import Draft, based_on_stored

        self._require_open()
        whose = self._whose(user)
        view = self._view_of(whose)
        draft = Draft(self, whose, view)
        is_of_stored = whose is not None and view is not self._view_of(None) and self._has_stored(whose)
        return based_on_stored(draft) if is_of_stored else draft

    def update(
        self,
        changes: Mapping[str, Any] | Draft | Sequence[Draft],
        *,
        user: str | Absent | None = ABSENT,
        actor: str | None = None,
        reason: str = "",
        expected_revision: int | None = None,
        clamp: bool = False,
    ) -> Outcome:
        """Set values by dotted path, for a user or for everyone, in one commit: all of them, or none.

        A draft is set as far as it differs from the view that it was made of; then it goes on from the new one. Several
        drafts, such as one of policies and one of a user, are one commit.
        `actor` and `reason` are recorded. With `expected_revision`, raises :class:`Conflict` where the values of that
        user (or of everyone) were changed after it; without it, changes of different paths both survive, unless a rule
        over both would break. What policies do not allow is refused, or with `clamp` brought within what they do, with
        a warning. Raises :class:`ValidationFailed` with all problems; then nothing is written.
        """
        wanted = self._wanted(changes, user)
        paths = [path for values, _ in wanted for path in values]
        make = partial(self._requested, wanted, changes)
        outcome = self._asked(make, paths, _of_all(wanted), actor, reason, expected_revision, clamp)
        if not isinstance(changes, Mapping):
            _begin_anew(_drafts(changes), [self._view_of(whose) for _, whose in wanted], outcome)
        return outcome

    def unset(
        self,
        paths: Iterable[str],
        *,
        user: str | Absent | None = ABSENT,
        actor: str | None = None,
        reason: str = "",
        expected_revision: int | None = None,
    ) -> Outcome:
        """Remove stored values, so that the layers below say again what holds."""
        from cfgcore.change.request import removal

        named = [paths] if isinstance(paths, str) else list(paths)
        whose = self._whose(user)
        make = partial(removal, self.registry, named, whose)
        return self._asked(make, named, whose, actor, reason, expected_revision)

    def plan(
        self,
        changes: Mapping[str, Any] | Draft | Sequence[Draft],
        *,
        user: str | Absent | None = ABSENT,
        actor: str | None = None,
        reason: str = "",
        expected_revision: int | None = None,
        clamp: bool = False,
    ) -> Plan:
        """Check a change like :meth:`update` and return what it would do; nothing is committed.

        A value of ``ABSENT`` unsets.
        """
        wanted = self._wanted(changes, user)
        request = self._requested(wanted, changes)
        who = author(actor or legible(_of_all(wanted) or NOBODY), reason)
        engine = self._engine()
        return engine.plan(request, actor=who, reason=reason, expected_revision=expected_revision, clamp=clamp)

    def apply(self, plan: Plan) -> Outcome:
        """Commit exactly what a plan shows. Raises :class:`Conflict` where something it was based on has changed."""
        self._before_change()
        engine = self._engine()
        try:
            outcome = engine.commit(plan)
        except Conflict as error:
            user = plan.changes[0].user
            engine.refused([change.path for change in plan.changes], user, plan.actor, plan.reason, error)
            raise
        return self._committed(outcome)

    def history(
        self,
        path: str | None = None,
        *,
        user: str | None = None,
        actor: str | None = None,
        since: Moment | None = None,
        limit: int | None = 50,
    ) -> list[Commit]:
        """Return commits, newest first: those of a path, of a user, by an actor, after a revision or a time."""
        return self._ledger().history(path, user, actor, since, limit)

    def diff(self, old: Moment, new: Moment) -> tuple[StoredChange, ...]:
        """Return what stored values differ between two revisions or times."""
        return self._ledger().difference(old, new)

    def rollback(
        self,
        to: Moment,
        *,
        scope: str | None = None,
        paths: Iterable[str] = (),
        actor: str | None = None,
        reason: str = "",
    ) -> Outcome:
        """Return stored values to what they were at a revision or a time, in a new commit.

        `scope` is "system" (the values of everyone), "policies", "flags", "user:<id>" or "everything"; `paths` limit it
        to some settings. What was then must pass today's checks: raises :class:`ValidationFailed` naming the path.
        """
        who, named, ledger = author(actor, reason), list(paths), self._ledger()
        return self._going_back(lambda: ledger.rollback(to, scope, named, who, reason), who, reason)

    def plan_rollback(
        self,
        to: Moment,
        *,
        scope: str | None = None,
        paths: Iterable[str] = (),
        actor: str | None = None,
        reason: str = "",
    ) -> Plan:
        """Check a rollback like :meth:`rollback` and return what it would do; nothing is committed."""
        return self._ledger().rollback(to, scope, list(paths), author(actor, reason), reason)

    def undo(
        self,
        revision: int | None = None,
        *,
        paths: Iterable[str] = (),
        actor: str | None = None,
        since: Moment | None = None,
        by: str | None = None,
        reason: str = "",
        force: bool = False,
    ) -> Outcome:
        """Take back one commit, some paths of it, or (without a revision) all that `actor` did `since` a moment.

        `by` is recorded as the one who took it back; where it is not given, `actor` is.
        Raises :class:`Conflict`, naming it, where a later change of the same setting stands in the way, unless `force`.
        """
        who, named, ledger = author(by or actor, reason), list(paths), self._ledger()
        records = ledger.commits(revision, actor, since)
        return self._going_back(lambda: ledger.undo(records, named, who, reason, force=force), who, reason)

    def users(self, *, after: str = "", limit: int = 1000) -> list[StoredUser]:
        """Return users who have stored something, in the order of their ids: at most `limit` that follow `after`."""
        from cfgcore.change.roster import stored_users

        return stored_users(self._store(), after, limit)

    def forget(self, user: str, *, actor: str | None = None, reason: str = "") -> int:
        """Erase a user: the stored values, and what the history says of them; the audit still verifies.

        Returns how many commits lost a part. That it was done, and by whom, is in the audit; about whom is not: where
        `actor` is the user, "themself" is recorded. A `reason` should not name the user either.
        """
        document, engine = user_document(user), self._engine()
        engine.refusals.flush()
        who = author(THEMSELF if actor == user else actor, reason)
        count = engine.store.erase(document, engine.note("forget", who, reason))
        self._forgotten(user)
        return count

    def compact(self, *, before: Moment, actor: str | None = None, reason: str = "") -> int:
        """Erase what commits before a revision or a time changed; that they happened stays, and the audit verifies.

        Returns how many commits lost their content. Nothing before that moment can be returned to any more.
        """
        engine, who, revision = self._engine(), author(actor, reason), self._ledger().revision_at(before)
        return engine.store.compact(revision, engine.note("compact", who, reason))

    def backup(self, target: str | File) -> int:
        """Write a copy of the store, history and secrets included, to a new file; return the revision it holds."""
        return self._store().backup(File(target)).revision

    def restore(self, source: str | File, *, actor: str | None = None, reason: str = "") -> Outcome:
        """Make all stored values those of a backup, in a new commit. The history goes on; revisions are never reused.

        Raises :class:`StoreError` for what is no backup, :class:`ValidationFailed` where today's checks refuse it.
        """
        from cfgcore.store.opening import open_backup

        who = author(actor, reason)
        with closing(open_backup(File(source))) as backup:
            return self._going_back(lambda: self._ledger().restore(backup, who, reason), who, reason)

    @property
    def upgrade(self) -> Upgrade:
        """The end of an upgrade: ``config.upgrade.plan()`` and ``config.upgrade.finish()``."""
        from cfgcore.change.upgrade import Upgrade

        return Upgrade(self._engine())

    @property
    def audit(self) -> Audit:
        """The audit of the store: ``config.audit.verify()``."""
        from cfgcore.change.audit import Audit

        engine = self._engine()
        engine.refusals.flush()
        return Audit(engine.store)

    def _asked(
        self,
        make: Callable[[], Request],
        paths: list[str],
        user: str | None,
        actor: str | None,
        reason: str,
        expected: int | None,
        clamp: bool = False,
    ) -> Outcome:
        self._before_change()
        engine, who = self._engine(), author(actor or legible(user or NOBODY), reason)
        try:
            request = make()
            outcome = engine.retried(
                lambda: engine.plan(request, actor=who, reason=reason, expected_revision=expected, clamp=clamp)
            )
        except (ValidationFailed, Conflict, UnknownPath, InvalidUser) as error:
            from cfgcore.change.policies import is_recorded

            if is_recorded(self._view_of(None), paths, user):
                engine.refused(paths, user, who, reason, error)
            raise
        return self._committed(outcome)

    def _wanted(self, changes: Mapping[str, Any] | Draft | Sequence[Draft], user: str | Absent | None) -> list[Wanted]:
        if isinstance(changes, Mapping):
            return [(changes, self._whose(user))]
        from cfgcore.change.draft import changes_of

        return [changes_of(draft, self, user) for draft in _drafts(changes)]

    def _requested(self, wanted: Sequence[Wanted], changes: Mapping[str, Any] | Draft | Sequence[Draft]) -> Request:
        from cfgcore.change.request import requested, together

        request = together([requested(self.registry, values, whose) for values, whose in wanted])
        if isinstance(changes, Mapping):
            return request
        from cfgcore.change.draft import is_of_stored

        pairs = zip(_drafts(changes), wanted, strict=True)
        stored = [user_document(user) for draft, (_, user) in pairs if user is not None and is_of_stored(draft)]
        return replace(request, of_stored=frozenset(stored))

    def _going_back(self, make: Callable[[], Plan], actor: str, reason: str) -> Outcome:
        self._before_change()
        engine = self._engine()
        try:
            outcome = engine.retried(make)
        except (ValidationFailed, Conflict) as error:
            engine.refused([], None, actor, reason or "a way back", error)
            raise
        return self._committed(outcome)

    def _ledger(self) -> Ledger:
        from cfgcore.change.ledger import Ledger

        return Ledger(self._engine())

    def _store(self) -> Store:
        return self._engine().store

    def _engine(self) -> Engine:
        raise NotImplementedError

    def _require_open(self) -> None:
        raise NotImplementedError

    def _before_change(self) -> None:
        raise NotImplementedError

    def _whose(self, user: str | Absent | None) -> str | None:
        raise NotImplementedError

    def _view_of(self, user: str | None) -> View:
        raise NotImplementedError

    def _has_stored(self, user: str) -> bool:
        raise NotImplementedError

    def _preview(self, changes: Mapping[str, Any], user: str | None) -> View:
        raise NotImplementedError

    def _committed(self, outcome: Outcome) -> Outcome:
        raise NotImplementedError

    def _forgotten(self, user: str) -> None:
        raise NotImplementedError


def _begin_anew(drafts: Sequence[Draft], views: Sequence[View], outcome: Outcome) -> None:
    from cfgcore.change.draft import begin_anew

    changed = {change.user for change in outcome.changes} if outcome else set()
    for draft, view in zip(drafts, views, strict=True):
        begin_anew(draft, view, changed)


def _drafts(changes: Draft | Sequence[Draft]) -> Sequence[Draft]:
    from cfgcore.change.draft import Draft

    is_several = isinstance(changes, Iterable) and not isinstance(changes, Draft)
    found: list[Any] = list(changes) if is_several else [changes]
    for one in found:
        if not isinstance(one, Draft):
            raise CfgcoreError(f"{one!r} is no draft; give values by dotted path, a draft, or several drafts")
    return found


def _of_all(wanted: Sequence[Wanted]) -> str | None:
    """Return the user that all changes are of, or None."""
    first = wanted[0][1] if wanted else None  # what a caller took for a user may be anything
    return first if all(whose == first for _, whose in wanted) else None


def without_store() -> CfgcoreError:
    """Return the error of a change where there is no store."""
    return CfgcoreError("this configuration keeps nothing: open it with store=, such as store='config.json' or a URL")
