"""The history of stored changes: read, compared, and returned to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cfgcore.change.commit import Commit, Plan, StoredChange
from cfgcore.change.engine import Engine
from cfgcore.change.home import home_of, public_path
from cfgcore.change.past import document_at, in_the_way, records_since, revision_at, touched, undone, within
from cfgcore.change.retelling import Retelling, differing
from cfgcore.change.today import held_of, raw_of
from cfgcore.change.values import same, value_in, with_value
from cfgcore.errors import CfgcoreError, Conflict, HistoryErased, ValidationFailed
from cfgcore.store.document import FLAGS, POLICIES, SHARED, SYSTEM, VERSIONS, Document, user_document, user_of
from cfgcore.store.protocol import Store, pages
from cfgcore.store.record import Edit, Record
from cfgcore.store.secret import keys_in
from cfgcore.values.absent import ABSENT
from cfgcore.values.origin import Path
from cfgcore.values.problem import Problem

Moment = int | str | datetime
Edits = Mapping[str, tuple[Edit, ...]]

_SCOPES = {"system": SYSTEM, "policies": POLICIES, "flags": FLAGS}


class Ledger:
    """Reads the log of a store, and plans ways back: each is a new commit, checked like any change."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._store = engine.store
        self._registry = engine.registry

    def history(
        self, path: str | None, user: str | None, actor: str | None, since: Moment | None, limit: int | None
    ) -> list[Commit]:
        """Return commits, newest first, of a path (and what lies below it), a user, an actor, after a moment."""
        if limit is not None and (type(limit) is not int or limit < 0):
            raise CfgcoreError(f"limit: {limit!r} is no number of commits; give a whole number, or None for all")
        keys = self._registry.require(path) if path is not None else None
        after = revision_at(self._store, since) if since is not None else 0
        document = user_document(user) if user is not None else None
        found: list[Commit] = []
        retelling = self._retelling()
        for record in records_since(self._store, after, document):
            if limit is not None and len(found) >= limit:
                break
            if actor is None or record.actor == actor:
                edits = retelling.edits(record)
                if keys is None or _concerns(edits, document, keys):
                    found.append(self.commit_of(record, edits))
        return found

    def commit_of(self, record: Record, edits: Edits) -> Commit:
        """Return a record, whose edits are given in today's terms, as callers see it."""
        changes = tuple(self._engine.stored_change(name, edit) for name in edits for edit in edits[name])
        revision = record.revision or 0
        return Commit(revision, record.time, record.actor, record.reason, record.action, changes, record.reverts)

    def difference(self, old: Moment, new: Moment) -> tuple[StoredChange, ...]:
        """Return what stored values differ between two moments, in whatever order they are named."""
        first, last = revision_at(self._store, old), revision_at(self._store, new)
        names = sorted(touched(records_since(self._store, min(first, last))))
        documents = self._store.read(names).documents
        return tuple(
            self._engine.stored_change(name, edit)
            for name in names
            for edit in differing(
                self._then(name, documents[name], first),
                self._then(name, documents[name], last),
            )
            if not self._engine.is_same_secret(edit)
        )

    def document_then(self, name: str, moment: Moment) -> Document:
        """Return a document as it was at a moment, in today's form."""
        document = self._store.read([name]).documents[name]
        return self._then(name, document, revision_at(self._store, moment))

    def rollback(self, to: Moment, scope: str | None, paths: Iterable[str], actor: str, reason: str) -> Plan:
        """Plan the return to a moment, of a scope: system, policies, flags, ``user:<id>`` or everything; or of paths.

        Raises :class:`CfgcoreError` without a scope or paths, because returning to a moment undoes what others did.
        """
        revision = revision_at(self._store, to)
        keys = [self._registry.require(path) for path in paths]
        names = self._in_scope(scope, revision, keys)
        snapshot = self._engine.read(names)
        targets = {}
        for name in names:
            now = snapshot.documents[name]
            then = self._then(name, raw_of(now), revision)
            targets[name] = returned(now, then) if not keys else _with_paths(now.values, then, _inner(name, keys))
        return self._engine.planned(targets, snapshot, "rollback", actor, reason, reverts=revision)

    def undo(
        self,
        records: list[Record],
        paths: Iterable[str],
        actor: str,
        reason: str,
        *,
        force: bool,
        action: str = "undo",
    ) -> Plan:
        """Plan to take back commits, or only some paths of them.

        Raises :class:`Conflict` naming the later change that stands in the way, unless `force`.
        """
        keys = [self._registry.require(path) for path in paths]
        retelling = self._retelling()
        newest_first = sorted(records, key=lambda found: found.sequence, reverse=True)
        told = [(record, retelling.edits(_with_payload(record))) for record in newest_first]
        names = {name for _, documents in told for name in documents}
        snapshot = self._engine.read(names)
        targets = {name: snapshot.documents[name].values for name in names}
        for record, documents in told:
            for name, edits in documents.items():
                chosen = [edit for edit in edits if not keys or within(edit, _inner(name, keys))]
                self._engine.refuse_held(snapshot, name, (edit.path for edit in chosen))
                obstacles = in_the_way(targets[name], chosen)
                if obstacles and not force:
                    raise Conflict(self._obstacle(name, obstacles[0], record))
                targets[name] = undone(targets[name], chosen)
        reverts = records[0].revision if len(records) == 1 else None
        return self._engine.planned(targets, snapshot, action, actor, reason, reverts=reverts)

    def commits(self, revision: int | None, actor: str | None, since: Moment | None) -> list[Record]:
        """Return the commits to undo: the one of a revision, or those of an actor since a moment, newest first.

        Raises :class:`CfgcoreError` where neither is named, or both are, or nothing is found.
        """
        if revision is not None and since is not None:
            raise CfgcoreError(
                f"revision {revision} and since={since!r} are two questions: name the revision to undo, or the actor "
                f"whose changes since a moment are to be undone"
            )
        if revision is not None:
            if type(revision) is not int:
                raise CfgcoreError(f"{revision!r} is no revision; give the number of the commit to undo")
            found = next((r for r in records_since(self._store, revision - 1) if r.revision == revision), None)
            if found is None:
                raise CfgcoreError(f"there is no revision {revision}; the last one is {self._store.head().revision}")
            return [found]
        if actor is None or since is None:
            raise CfgcoreError("name a revision to undo, or the actor whose changes since a moment are to be undone")
        records = [r for r in records_since(self._store, revision_at(self._store, since)) if r.actor == actor]
        if not records:
            raise CfgcoreError(f"{actor!r} has changed nothing since {since}")
        return records

    def restore(self, backup: Store, actor: str, reason: str) -> Plan:
        """Plan to make every document what it is in `backup`; documents that it does not hold become empty.

        What is the same in both is not held in memory.
        """
        names = _differing(backup, self._store)
        there = self._engine.forms.snapshot(backup.read(tuple(dict.fromkeys((*SHARED, *names))))).documents
        snapshot = self._engine.read(names)
        secrets = secrets_of(backup, there)
        targets = {name: returned(snapshot.documents[name], there[name]) for name in names}
        return self._engine.planned(targets, snapshot, "restore", actor, reason, secrets=secrets)

    def revision_at(self, moment: Moment) -> int:
        """Return the last revision at a moment."""
        return revision_at(self._store, moment)

    def _in_scope(self, scope: str | None, revision: int, keys: Iterable[Path]) -> list[str]:
        if scope in _SCOPES:
            return [_SCOPES[scope]]
        if scope is not None and scope.startswith("user:"):
            return [user_document(scope[5:])]
        if scope == "everything":
            return sorted(touched(records_since(self._store, revision)))
        if scope is None and keys:
            return sorted({home_of(path)[0] for path in keys})
        known = ", ".join((*_SCOPES, "user:<id>", "everything"))
        given = "" if scope is None else f"; {scope!r} is none"
        raise CfgcoreError(f"a rollback needs a scope ({known}), or paths of everyone's values{given}")

    def _retelling(self) -> Retelling:
        return Retelling(self._store, self._engine.forms)

    def _then(self, name: str, document: Document, revision: int) -> Document:
        return self._engine.forms.today(name, document_at(self._store, name, document, revision))

    def _last_of(self, name: str, path: Path) -> Record | None:
        """Return the last commit that changed `path` of a document, or something in it or around it."""
        retelling = self._retelling()
        for record in records_since(self._store, 0, name):
            if _concerns(retelling.edits(record), name, public_path(name, path)):
                return record
        return None

    def _obstacle(self, name: str, edit: Edit, record: Record) -> str:
        later = self._last_of(name, edit.path)
        who = f"revision {later.revision} by {later.actor!r}" if later is not None else "a later change"
        whose = f" of user {user!r}" if (user := user_of(name)) else ""
        path = ".".join(public_path(name, edit.path))
        return (
            f"revision {record.revision} cannot be undone: {who} changed {path}{whose} since; "
            f"undo that one first, leave the path out, or use force"
        )


def returned(now: Document, then: Document) -> Mapping[str, Any]:
    """Return the values that make a document what it was `then`; both are in today's form.

    Raises :class:`ValidationFailed` where a section that cannot be read is not the same in both.
    """
    held = {**held_of(then), **held_of(now)}
    problems = [
        Problem("unreadable_section", section, f"it cannot be returned to: {reason}")
        for section, reason in held.items()
        if not same(raw_of(now).values.get(section), raw_of(then).values.get(section))
    ]
    if problems:
        raise ValidationFailed(problems)
    return {**then.values, **{section: now.values[section] for section in held if section in now.values}}


def _with_payload(record: Record) -> Record:
    if any(part.payload is None for part in record.parts):
        raise HistoryErased(f"revision {record.revision} was compacted or erased; it can no longer be undone")
    return record


def _with_paths(values: Mapping[str, Any], then: Document, paths: Iterable[Path]) -> Mapping[str, Any]:
    for path in paths:
        if path[0] in held_of(then):
            message = f"it cannot be returned to: {held_of(then)[path[0]]}"
            raise ValidationFailed([Problem("unreadable_section", ".".join(path), message)])
        old = value_in(then.values, path)
        values = with_value(values, path, ABSENT)
        values = values if old is ABSENT else with_value(values, path, old)
    return values


def _concerns(edits: Edits, document: str | None, path: Path) -> bool:
    """Return whether one of the edits, by document, lies at, in or around what callers know by `path`."""
    return any(
        changed[: len(path)] == path or path[: len(changed)] == changed
        for name, found in edits.items()
        if document is None or name == document
        for changed in (public_path(name, edit.path) for edit in found)
    )


def _inner(document: str, paths: Iterable[Path]) -> list[Path]:
    """Return the paths, in a document, of what callers know by `paths`; those that lie elsewhere are left out."""
    homes = [home_of(path, user_of(document)) for path in paths]
    return [inner for home, inner in homes if home == document]


def _differing(one: Store, other: Store) -> list[str]:
    """Return the names of the documents that are not the same in both, holding no more than a page of them."""
    found: set[str] = set()
    for store in (one, other):
        for names in pages(store):
            here, there = one.read(names).documents, other.read(names).documents
            found.update(name for name in names if not is_same_document(here[name], there[name]))
    return sorted(found - {VERSIONS})


def is_same_document(one: Document, other: Document) -> bool:
    """Return whether two documents, as stores have them, hold the same, written at the same versions."""
    return same(dict(one.values), dict(other.values)) and (not one.values or one.versions == other.versions)


def secrets_of(backup: Store, documents: Mapping[str, Document]) -> Mapping[str, Any]:
    """Return the secrets to which documents of a store refer, by key."""
    return backup.read_secrets([key for document in documents.values() for key in keys_in(document.values)])
