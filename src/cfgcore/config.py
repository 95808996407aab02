"""The configuration of one application: opened, read, explained, reloaded and closed.

This is the one place that knows all stages; :func:`cfgcore.open` makes one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from cfgcore.change.changeable import Changeable, without_store
from cfgcore.change.commit import Outcome, StoredChange
from cfgcore.change.current import Current
from cfgcore.change.engine import Engine
from cfgcore.change.event import Event
from cfgcore.change.layering import Layering
from cfgcore.change.ledger import Moment
from cfgcore.change.outside import take_in
from cfgcore.change.request import requested
from cfgcore.change.restart import running, waits
from cfgcore.change.users import UserViews
from cfgcore.change.values import with_value
from cfgcore.check.judgement import Judge, Judgement
from cfgcore.check.result import ValidationResult
from cfgcore.declare.registry import Registry
from cfgcore.errors import CfgcoreError, ValidationFailed
from cfgcore.layer.override import setting_path
from cfgcore.layer.reading import Reader, Reading, Sources
from cfgcore.layer.tree import Contribution, Table
from cfgcore.overriding import active, join, leave
from cfgcore.plugins import Plugins
from cfgcore.store.document import SHARED, SYSTEM, Document, user_document
from cfgcore.store.protocol import Snapshot, Store
from cfgcore.store.secret import key_in
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.problem import Problem
from cfgcore.view.difference import Change, changes, same
from cfgcore.view.digest import digest_of
from cfgcore.view.explanation import Explanation, explain
from cfgcore.view.view import View, make_view, view_class

logger = logging.getLogger("cfgcore")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Published:
    """What readers see, and what it was made of: `reading`, and above it `running`, what waits for a restart."""

    view: View
    judgement: Judgement
    reading: Reading
    warnings: tuple[Problem, ...]
    stored: Snapshot | None = None
    running: tuple[Contribution, ...] = ()
    pending: tuple[Change, ...] = ()


class Config(Changeable):
    """The configuration of one application.

    ``config.view`` is the effective configuration. Each section is an attribute as well: ``config.download`` is
    ``config.view.download``, unless the section bears one of the names in :data:`RESERVED`. A reload swaps all of them
    at once, so that a reader never waits and never sees a mixture; reads that must agree hold one view. Opened for one
    user, all of this is that user's.
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_changes",
        "_closed",
        "_judge",
        "_layering",
        "_lock",
        "_reader",
        "_repair",
        "_user",
        "_users",
        "_view_class",
        "current",
        "plugins",
        "registry",
    )

    view: View
    _published: _Published

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __init__(
        self,
        plugins: Plugins,
        registry: Registry,
        sources: Sources,
        store: Store | None = None,
        *,
        user: str | None = None,
        repair: bool = False,
    ) -> None:
        """Read, check and publish. Raises :class:`ValidationFailed` with all problems; use :func:`cfgcore.open`.

        With a `user`, all that is read is that user's. With `repair`, values that are refused give way to those below,
        so that a wrong stored value can be mended.
        """
        if user is not None:
            user_document(user)
        self.plugins = plugins
        self.registry = registry
        self._reader = Reader(registry, sources)
        self._judge = Judge(registry, sources)
        self._view_class = view_class(tuple(registry.sections))
        self._lock = threading.RLock()
        self._closed = False
        self._repair = repair
        self._user = user
        self.current = Current(self._view_of, user)
        self._users: UserViews[_Published] = UserViews(self._user_view)
        self._layering = Layering(registry, self._judge, store, active)
        self._changes = None if store is None else Engine(registry, store, self._judge_documents, self._ask)
        published = self._candidate(self._reader.read(), self._stored())
        self._publish(published, self._seen(published)[0])
        self._take_in()
        join(self, self.registry, self._refresh)
        for warning in self.warnings:
            logger.warning("%s", warning)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The warnings of the published configuration."""
        return self._published.warnings

    def __getitem__(self, section: type[T]) -> T:
        """Return the section that the class declares, with its type: ``config[DownloadConfig].max_retries``.

        Raises :class:`UnknownPath` for a class that none of the plugins brings.
        """
        found: T = getattr(self.view, self.registry.section_of(section).name)
        return found

    def get(self, path: str, default: Any | Absent = ABSENT) -> Any:
        """Return the value at a dotted path. Raises :class:`UnknownPath`, unless a `default` is given."""
        return self.view.get(path, default)

    def for_user(self, user: str) -> View:
        """Return the effective configuration of one user: everyone's, with what that user set.

        It is repaired, never fatal: an override that no longer goes with the rest is ignored, and stays stored. What
        another process stored is seen from the next reload on. Raises :class:`InvalidUser` for what is no user id.
        """
        user_document(user)
        return self.view if user == self._user else self._users.get(user, self._published)

    def at(self, moment: Moment, *, user: str | Absent | None = ABSENT) -> View:
        """Return the view of a revision or time, under today's files, variables and plugins; of everyone, or of a user.

        Raises :class:`CfgcoreError` where the history was compacted since.
        """
        user = self._whose(user)
        names = (SYSTEM,) if user is None else (SYSTEM, user_document(user))
        ledger = self._ledger()
        then = {name: Document(ledger.values_then(name, moment)) for name in names}
        judgement = self._judge_documents(then, user)
        return make_view(self._view_class, judgement.sections, ledger.revision_at(moment), "")

    def explain(self, path: str) -> Explanation:
        """Return the value of a setting, its origin, and what every layer said of it. Secrets show as dots.

        Raises :class:`UnknownPath` for a path that names no setting.
        """
        keys = setting_path(self.registry, path)
        published = self._published
        judgement = published.judgement
        return explain(
            self.registry, keys, published.view, judgement.tree, self._judge.default_tree, judgement.contributions
        )

    def validate(self) -> ValidationResult:
        """Check what the sources say now, and return all problems. Nothing is published."""
        reading = self._reader.read()
        judgement = self._layering.judge(reading, _documents(self._stored()))
        return ValidationResult((*self._standing(), *reading.problems, *judgement.problems))

    def reload(self) -> Event:
        """Read the sources and the store again and publish what they say, if it is valid; return what changed.

        Settings declared with ``restart=True`` keep the running value; such changes are ``pending`` in the event.
        Raises :class:`ValidationFailed` where it is not valid; the view stays as it was.
        """
        self._take_in()
        with self._lock:
            self._require_open()
            published = self._published
            unchanged = self._reader.unchanged(published.reading.signature)
            if unchanged and not self._store_moved(published):
                return Event(pending=published.pending, warnings=published.warnings)
            reading = published.reading if unchanged else self._reader.read()
            event = self._replace(published, self._pinned(published, self._candidate(reading, self._stored())))
        self._tell(event)
        return event

    def close(self) -> None:
        """Tell the plugins, and take no more changes. The view can still be read. Closing twice does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        leave(self)
        self.plugins.tell("cfgcore_shutdown", config=self)
        if self._changes is not None:
            self._changes.store.close()

    def __enter__(self) -> Config:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __setattr__(self, name: str, value: object) -> None:
        if name not in Config.__slots__ or name == "__dict__":
            self._refuse(name)
        object.__setattr__(self, name, value)

    def _refuse(self, name: str) -> NoReturn:
        raise AttributeError(f"a configuration cannot be assigned to; {name!r} stays as it is")

    __delattr__ = _refuse

    def __repr__(self) -> str:
        return f"Config({', '.join(self.registry.sections)})"

    def _require_open(self) -> None:
        if self._closed:
            raise CfgcoreError("the configuration is closed; open it again to change it")

    def _standing(self) -> tuple[Problem, ...]:
        return tuple(Problem("plugin", "", message, "warning") for message in self.plugins.unknown_disabled)

    def _judge_documents(self, documents: Mapping[str, Document], user: str | None, bare: bool = False) -> Judgement:
        published = self._published
        if bare:
            return self._layering.bare(published.reading, documents, user)
        return self._layering.judge(published.reading, documents, published.running, user)

    def _candidate(
        self, reading: Reading, stored: Snapshot | None, running: tuple[Contribution, ...] = ()
    ) -> _Published:
        judgement = self._layering.judge(reading, _documents(stored), running)
        problems = (*self._standing(), *reading.problems, *judgement.problems)
        if any(problem.severity == "error" for problem in problems) and not self._repair:
            raise ValidationFailed(problems)
        digest = digest_of(self.registry, judgement.sections)
        view = make_view(self._view_class, judgement.sections, _revision(stored), digest)
        return _Published(view, judgement, reading, problems, stored, running)

    def _stored(self) -> Snapshot | None:
        return None if self._changes is None else self._changes.store.read(SHARED)

    def _store_moved(self, published: _Published) -> bool:
        if self._changes is None or published.stored is None:
            return False
        known, head = published.stored.head, self._changes.store.head()
        return (known.incarnation, known.revision) != (head.incarnation, head.revision)

    def _whose(self, user: str | Absent | None) -> str | None:
        return self._user if user is ABSENT else user

    def _view_of(self, user: str | None) -> View:
        return self._published.view if user is None else self.for_user(user)

    def _preview(self, changes: Mapping[str, Any], user: str | None) -> View:
        request = requested(self.registry, changes, user)
        documents = dict(self._engine().store.read((*SHARED, request.document)).documents)
        values = documents[request.document].values
        for path, value in request.values.items():
            values = with_value(values, path, request.secrets.get(key_in(value) or "", value))
        documents[request.document] = replace(documents[request.document], values=values)
        judgement = self._judge_documents(documents, user)
        return make_view(self._view_class, judgement.sections, 0, "")

    def _seen(self, published: _Published) -> tuple[View, Table]:
        """Return what readers see, and the tree behind it: the view of everyone, or of the one user of a desktop."""
        if self._user is None:
            return published.view, published.judgement.tree
        return self._user_judged(self._user, published)

    def _user_view(self, user: str, published: _Published) -> View:
        return self._user_judged(user, published)[0]

    def _user_judged(self, user: str, published: _Published) -> tuple[View, Table]:
        if self._changes is None:
            return published.view, published.judgement.tree
        name = user_document(user)
        document = self._changes.store.read([name]).documents[name]
        if not document.values and document.revision <= published.view.revision:
            return published.view, published.judgement.tree
        documents = {**_documents(published.stored), name: document}
        judgement = self._layering.repaired(published.reading, documents, published.running, user)
        sections = self._shared(published.view, judgement.sections)
        revision = max(document.revision, published.view.revision)
        return make_view(self._view_class, sections, revision, digest_of(self.registry, sections)), judgement.tree

    def _shared(self, view: View, sections: Mapping[str, Any]) -> dict[str, Any]:
        return {name: old if same(old := getattr(view, name), new) else new for name, new in sections.items()}

    def _engine(self) -> Engine:
        self._require_open()
        if self._changes is None:
            raise without_store()
        self._take_in()
        return self._changes

    def _take_in(self) -> None:
        outcome = take_in(self._changes) if self._changes is not None and not self._closed else None
        if outcome is not None:
            self._committed(outcome)

    def _ask(self, changes: Sequence[StoredChange]) -> list[Problem]:
        return self.plugins.ask(changes)

    def _committed(self, outcome: Outcome) -> Outcome:
        if outcome:
            self._users.drop(change.user for change in outcome.changes if change.user is not None)
            if all(change.user not in (None, self._user) for change in outcome.changes):
                return outcome
            try:
                event = self._followed()
            except CfgcoreError as error:
                logger.error("revision %s is stored, but cannot be published yet: %s", outcome.revision, error)
                return outcome
            self._tell(replace(event, commit=outcome.revision))
        return outcome

    def _followed(self) -> Event:
        with self._lock:
            published = self._published
            candidate = self._candidate(published.reading, self._stored(), published.running)
            return self._replace(published, replace(candidate, pending=published.pending))

    def _forgotten(self, user: str) -> None:
        self._users.drop([user])
        if user == self._user:
            self._tell(self._followed())

    def _pinned(self, published: _Published, candidate: _Published) -> _Published:
        """Return the candidate with the running value of every setting that waits for a restart."""
        found = changes(self.registry, published.view, candidate.view, candidate.judgement.tree)
        pending = tuple(change for change in found if waits(self.registry, change))
        if not pending:
            return candidate
        kept = running(self.registry, published.judgement.tree, pending)
        return replace(self._candidate(candidate.reading, candidate.stored, kept), pending=pending)

    def _replace(self, published: _Published, candidate: _Published) -> Event:
        sections = self._shared(published.view, candidate.judgement.sections)
        view = make_view(self._view_class, sections, candidate.view.revision, candidate.view.digest)
        if view.revision == published.view.revision and all(
            getattr(view, name) is getattr(published.view, name) for name in view
        ):
            view = published.view
        new = replace(candidate, view=view)
        before, (after, tree) = self.view, self._seen(new)
        effective = changes(self.registry, before, after, tree)
        is_new = bool(effective) or after.revision != before.revision
        self._publish(new, after if is_new else before)
        for warning in candidate.warnings:
            if warning not in published.warnings:
                logger.warning("%s", warning)
        return Event(effective, candidate.pending, candidate.warnings)

    def _publish(self, published: _Published, view: View) -> None:
        readable = {name: getattr(view, name) for name in self.registry.sections if name not in RESERVED}
        object.__setattr__(self, "__dict__", {**readable, "view": view, "_published": published})

    def _refresh(self) -> None:
        with self._lock:
            published = self._published
            candidate = self._candidate(published.reading, published.stored, published.running)
            event = self._replace(published, replace(candidate, pending=published.pending))
        self._tell(event)

    def _tell(self, event: Event) -> None:
        if event:
            self.plugins.tell("cfgcore_changed", event=event)


def _documents(stored: Snapshot | None) -> Mapping[str, Document]:
    return {} if stored is None else stored.documents


def _revision(stored: Snapshot | None) -> int:
    return 0 if stored is None else max(document.revision for document in stored.documents.values())


#: What Config has, or will have: a section of such a name is reached by ``config.view.<name>``.
RESERVED = frozenset(name for name in (*dir(Config), "view") if not name.startswith("_")) | {
    "aio",
    "erase",
    "flags",
    "open",
    "policies",
    "profiles",
    "subscribe",
    "unsubscribe",
    "upgrade",
    "users",
}
