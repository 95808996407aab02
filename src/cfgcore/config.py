"""The configuration of one application: opened, read, explained, reloaded and closed.

This is the one place that knows all stages; :func:`cfgcore.open` makes one.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar, cast

from cfgcore.change.bridge import bridged, in_thread
from cfgcore.change.changeable import Changeable, without_store
from cfgcore.change.commit import Outcome, StoredChange
from cfgcore.change.current import Current
from cfgcore.change.draft import Draft
from cfgcore.change.engine import Engine
from cfgcore.change.event import Event
from cfgcore.change.exposure import NO_WRAP, Exposure, Exposures
from cfgcore.change.flag_difference import flag_changes
from cfgcore.change.flag_state import FlagState, state_of
from cfgcore.change.flags import Flags
from cfgcore.change.following import Step, steps
from cfgcore.change.forms import held_of, problems_of, unreadable
from cfgcore.change.layering import Layering
from cfgcore.change.ledger import Moment
from cfgcore.change.outside import take_in
from cfgcore.change.policies import setter
from cfgcore.change.request import requested
from cfgcore.change.restart import running, waits
from cfgcore.change.users import UserViews
from cfgcore.change.values import with_value
from cfgcore.check.constraining import Constraining
from cfgcore.check.judgement import Judge, Judgement
from cfgcore.check.result import ValidationResult
from cfgcore.declare.registry import Registry
from cfgcore.errors import CfgcoreError, ValidationFailed
from cfgcore.layer.override import setting_path
from cfgcore.layer.reading import Reader, Reading, Sources
from cfgcore.layer.tree import Contribution, Table
from cfgcore.overriding import active, join, leave
from cfgcore.plugins import Plugins
from cfgcore.store.document import FLAGS, SHARED, VERSIONS, Document, user_document, user_of
from cfgcore.store.fork import ThreadLock
from cfgcore.store.protocol import Snapshot, Store
from cfgcore.store.secret import key_in
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.origin import Origin, Path
from cfgcore.values.problem import Problem, once
from cfgcore.view.difference import Change, changes, same
from cfgcore.view.digest import digest_of
from cfgcore.view.explanation import Explanation, explain
from cfgcore.view.view import View, make_view, view_class
from cfgcore.watch import nesting
from cfgcore.watch.deciding import Deciding
from cfgcore.watch.listener import Listener
from cfgcore.watch.listeners import Listeners
from cfgcore.watch.receipt import Receipt
from cfgcore.watch.subscription import Listened

logger = logging.getLogger("cfgcore")

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class _Published:
    """What readers see, and what it was made of: `reading`, and above it `running`, what waits for a restart."""

    view: View
    judgement: Judgement
    reading: Reading
    warnings: tuple[Problem, ...]
    flags: FlagState
    stored: Snapshot | None = None
    running: tuple[Contribution, ...] = ()
    pending: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class _Watched:
    """The view of a user to whom somebody listens, and the document that it was made of."""

    document: Document
    view: View


#: How many receipts of commits are kept for those who made them, and may be about to ask.
_RECEIPTS = 1000


class Config(Changeable, Listened, Deciding):
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
        "_exposures",
        "_judge",
        "_layering",
        "_lock",
        "_reader",
        "_receipts",
        "_repair",
        "_user",
        "_users",
        "_view_class",
        "_watched",
        "current",
        "flags",
        "listeners",
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
        self._judge = Judge(registry, sources, Constraining(registry, plugins.constraints, self._setter))
        self._view_class = view_class(tuple(registry.sections))
        self._lock = ThreadLock()
        self._closed = False
        self._repair = repair
        self._user = user
        self.current = Current(self._view_of, user)
        self._users: UserViews[_Published] = UserViews(self._user_view)
        self._changes = (
            None if store is None else Engine(registry, store, self._judge_documents, self._repaired, self._ask)
        )
        self._layering = Layering(registry, self._judge, store, active)
        self._watched: dict[str, _Watched] = {}
        self._receipts: OrderedDict[int, Receipt] = OrderedDict()
        self.listeners = Listeners()
        for name, told in plugins.listening("cfgcore_changed", "event"):
            self.listeners.add(told, name=f"plugin {name!r}", user=user, is_plugin=True)
        self._exposures = Exposures(self._tell_exposure) if plugins.listens("cfgcore_exposure") else None
        published = self._candidate(self._reader.read(), self._stored())
        self.flags = Flags(self, store, published.flags, user)
        if user is not None:
            self._watched[user] = self._looked_at(user, published)
        self._publish(published)
        self._take_in()
        join(self, self.registry, self._refresh)
        for warning in self.warnings:
            logger.warning("%s", warning)

    @property
    def aio(self) -> Aio:
        """The same for event loops: ``await config.aio.update(...)``."""
        return Aio(self)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The warnings of the published configuration."""
        return self._published.warnings

    def __getitem__(self, section: type[T]) -> T:
        """Return the section that the class declares, with its type: ``config[DownloadConfig].max_retries``.

        Raises :class:`UnknownPath` for a class that none of the plugins brings.
        """
        found: Any = self.view
        for name in self.registry.path_of(section):
            found = getattr(found, name)
        return cast("T", found)

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
        names = SHARED if user is None else (*SHARED, user_document(user))
        ledger = self._ledger()
        then = {name: ledger.document_then(name, moment) for name in names}
        judgement = self._judge_documents(then, user)
        missing = self._missing(judgement, then)
        return make_view(self._view_class, judgement.sections, ledger.revision_at(moment), "", missing)

    def explain(self, path: str, *, user: str | Absent | None = ABSENT) -> Explanation:
        """Return the value of a setting, for everyone or a user: its origin, what every layer said, and what binds it.

        A user's own value is told where a policy changed it. Secrets show as dots. Raises :class:`UnknownPath` for a
        path that names no setting.
        """
        keys = setting_path(self.registry, path)
        whose = self._whose(user)
        published = self._published
        view, judgement = published.view, published.judgement
        if whose is not None:
            document = self._today(whose, self._document(whose), published)
            view = self._user_judged(whose, published, document, None)[0]
            judgement = self._of_user(whose, published, document)
        policies = [found.sentence for found in judgement.constraints.about(keys, whose)]
        tree, contributions = judgement.tree, judgement.contributions
        return explain(self.registry, keys, view, tree, self._judge.default_tree, contributions, policies)

    def validate(self, draft: Draft | None = None) -> ValidationResult:
        """Check what the sources say now, or what a draft would make of them, and return all problems.

        Nothing is published or stored.
        """
        if draft is not None:
            return self._validated(draft)
        reading, stored = self._reader.read(), self._stored()
        judgement = self._layering.judge(reading, _documents(stored), last=self._published.judgement)
        return ValidationResult((*self._standing(), *reading.problems, *judgement.problems, *_found_in(stored)))

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
            candidate = self._pinned(published, self._candidate(reading, self._stored()))
            users = {user: self._document(user) for user in self._watched}
            event, receipt = self._replace(candidate, users)
            self._keep(receipt, _commits_between(published.stored, candidate.stored, users))
        self._wait(receipt)
        return event

    def close(self) -> None:
        """Take no more changes, let listeners hear what waits for them, and tell the plugins.

        The view can still be read. Closing twice does nothing. Listeners have five seconds.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
        leave(self)
        self.listeners.close()
        if self._exposures is not None:
            self._exposures.close()
        self.plugins.tell("cfgcore_shutdown", config=self)
        if self._changes is not None:
            self._changes.close()

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
        return self._layering.judge(published.reading, documents, published.running, user, published.judgement)

    def _candidate(
        self, reading: Reading, stored: Snapshot | None, running: tuple[Contribution, ...] = ()
    ) -> _Published:
        published: _Published | None = self.__dict__.get("_published")
        last = None if published is None else published.judgement
        judgement = self._layering.judge(reading, _documents(stored), running, last=last)
        flags = self._flag_state(reading, stored)
        found = (*_found_in(stored), *flags.problems())
        problems = (*self._standing(), *reading.problems, *judgement.problems, *found)
        if any(problem.severity == "error" for problem in problems) and not self._repair:
            raise ValidationFailed(problems)
        digest = digest_of(self.registry, judgement.sections)
        missing = self._missing(judgement, _documents(stored))
        view = make_view(self._view_class, judgement.sections, _revision(stored), digest, missing)
        return _Published(view, judgement, reading, problems, flags, stored, running)

    def _flag_state(self, reading: Reading, stored: Snapshot | None) -> FlagState:
        wrap = NO_WRAP if self._exposures is None else self._exposures.wrapped
        document = _documents(stored).get(FLAGS, Document())
        layers = (*reading.contributions, *active(self.registry))
        before = self.__dict__.get("_published")
        return state_of(self.registry, layers, document, wrap, before.flags if before else None)

    def _missing(self, judgement: Judgement, documents: Mapping[str, Document]) -> Mapping[str, str]:
        """Return the sections that are not there, with the reasons that are known."""
        if len(judgement.sections) == len(self.registry.sections):
            return {}
        reasons = unreadable(documents)
        absent = [name for name in self.registry.sections if name not in judgement.sections]
        return {name: reasons.get(name, f"section {name!r} lacks a value that is required") for name in absent}

    def _stored(self) -> Snapshot | None:
        return None if self._changes is None else self._changes.read(SHARED)

    def _store_moved(self, published: _Published) -> bool:
        if self._changes is None or published.stored is None:
            return False
        known, head = published.stored.head, self._changes.store.head()
        return (known.incarnation, known.revision) != (head.incarnation, head.revision)

    def _setter(self, path: Path, origin: Origin | None) -> str:
        return setter(None if self._changes is None else self._changes.store, path, origin)

    def _whose(self, user: str | Absent | None) -> str | None:
        return self._user if user is ABSENT else user

    def _view_of(self, user: str | None) -> View:
        return self._published.view if user is None else self.for_user(user)

    def _preview(self, changes: Mapping[str, Any], user: str | None) -> View:
        judgement = self._preview_judged(changes, user)
        missing = self._missing(judgement, _documents(self._published.stored))
        return make_view(self._view_class, judgement.sections, 0, "", missing)

    def _preview_judged(self, changes: Mapping[str, Any], user: str | None) -> Judgement:
        request = requested(self.registry, changes, user)
        own = () if user is None else (user_document(user),)
        documents = dict(self._engine().read(own).documents)
        for name, changed in request.values.items():
            values = documents[name].values
            for path, value in changed.items():
                values = with_value(values, path, request.secrets.get(key_in(value) or "", value))
            documents[name] = replace(documents[name], values=values, revision=0)
        return self._judge_documents(documents, user)

    def _document(self, user: str) -> Document:
        name = user_document(user)
        return Document() if self._changes is None else self._changes.store.read([name]).documents[name]

    def _validated(self, draft: Draft) -> ValidationResult:
        found: list[Problem] = []
        values, user = self._wanted(draft, ABSENT)
        try:
            found += self.plan(draft).warnings
            found += self._preview_judged(values, user).problems
        except ValidationFailed as failed:
            found += failed.problems
        return ValidationResult(once(found))

    def _repaired(self, documents: Mapping[str, Document], user: str) -> Judgement:
        published = self._published
        return self._layering.repaired(published.reading, documents, published.running, user, published.judgement)

    def _of_user(self, user: str, published: _Published, document: Document) -> Judgement:
        documents = {**_documents(published.stored), user_document(user): document}
        return self._layering.repaired(published.reading, documents, published.running, user, published.judgement)

    def _today(self, user: str, document: Document, published: _Published) -> Document:
        changes = self._changes
        return document if changes is None else changes.today(user_document(user), document, published.stored)

    def _user_view(self, user: str, published: _Published, previous: View | None) -> View:
        return self._user_judged(user, published, self._document(user), previous)[0]

    def _user_judged(
        self, user: str, published: _Published, document: Document, previous: View | None
    ) -> tuple[View, Table]:
        document = self._today(user, document, published)
        is_new = document.values or held_of(document) or document.revision > published.view.revision
        if not is_new and user not in published.judgement.constraints.named:
            return published.view, published.judgement.tree
        documents = {**_documents(published.stored), user_document(user): document}
        judgement = self._of_user(user, published, document)
        sections = self._shared(published.view, judgement.sections)
        if previous is not None:
            sections |= {section: getattr(previous, section) for section in held_of(document) if section in previous}
        revision = max(document.revision, published.view.revision)
        missing = self._missing(judgement, documents)
        view = make_view(self._view_class, sections, revision, digest_of(self.registry, sections), missing)
        return view, judgement.tree

    def _looked_at(self, user: str, published: _Published) -> _Watched:
        document = self._document(user)
        return _Watched(document, self._user_judged(user, published, document, None)[0])

    def _shared(self, view: View, sections: Mapping[str, Any]) -> dict[str, Any]:
        known = {name: getattr(view, name) for name in view}
        return {name: known[name] if same(known.get(name), new) else new for name, new in sections.items()}

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

    def _before_change(self) -> None:
        self.listeners.refuse_change()

    def _tell_exposure(self, exposure: Exposure) -> None:
        self.plugins.tell("cfgcore_exposure", exposure=exposure)

    def _committed(self, outcome: Outcome) -> Outcome:
        users = self._concerned(outcome)
        named = [user for user in users if user is not None]
        self._users.drop(named)
        self.flags.drop(named)
        if None not in users and users.isdisjoint(self._watched):
            return outcome
        try:
            self._follow(users, outcome)
        except CfgcoreError as error:
            logger.error("revision %s is stored, but cannot be published yet: %s", outcome.revision, error)
        return self._decided(outcome, self._receipts.pop(outcome.revision, None))

    def _concerned(self, outcome: Outcome) -> set[str | None]:
        """Return for whom there is something to publish: what was changed, and what others changed that it built on."""
        users = {change.user for change in outcome.changes}
        stored = _documents(self._published.stored)
        for name, revision in (outcome.plan.expect if outcome.plan is not None else {}).items():
            user = user_of(name)
            if user is not None or (name in stored and stored[name].revision < revision):
                users.add(user)
        return users

    def _follow(self, users: set[str | None], outcome: Outcome) -> None:
        """Publish and tell what was committed for `users`, None being everyone, commit by commit."""
        with self._lock:
            assert self._changes is not None, "what was committed has a store"
            store = self._changes.store
            known = dict(_documents(self._published.stored)) if None in users else {}
            known |= {user_document(user): seen.document for user, seen in self._watched.items() if user in users}
            snapshot = store.read(tuple(known))
            for step in steps(store, known, snapshot.documents, outcome or None):
                today = self._changes.forms.snapshot(replace(snapshot, documents=step.documents))
                try:
                    self._advance(replace(step, documents=today.documents), snapshot)
                except ValidationFailed as error:  # valid where it was made, under other files; what follows may be
                    logger.error("revision %s is stored, but cannot be published here: %s", step.revision, error)

    def _advance(self, step: Step, snapshot: Snapshot) -> None:
        candidate, stored = self._published, self._published.stored
        shared = {name: step.documents[name] for name in SHARED if name in step.documents}
        if stored is not None and any(stored.documents[name].revision != shared[name].revision for name in shared):
            found = self._candidate(candidate.reading, Snapshot(snapshot.head, shared), candidate.running)
            candidate = replace(found, pending=candidate.pending)
        users = {user: step.documents[user_document(user)] for user in map(user_of, step.documents) if user is not None}
        _, receipt = self._replace(candidate, users, step)
        self._keep(receipt, [] if step.revision is None else [step.revision])

    def _keep(self, receipt: Receipt, commits: Iterable[int]) -> None:
        for revision in commits:
            self._receipts.setdefault(revision, receipt)
        while len(self._receipts) > _RECEIPTS:
            self._receipts.popitem(last=False)

    def _forgotten(self, user: str) -> None:
        self._users.forget(user)
        self.flags.drop([user])
        if user in self._watched:
            with self._lock:
                _, receipt = self._replace(self._published, {user: self._document(user)})
            self._wait(receipt)

    def _pinned(self, published: _Published, candidate: _Published) -> _Published:
        """Return the candidate with the running value of every setting that waits for a restart."""
        found = changes(self.registry, published.view, candidate.view, candidate.judgement.tree)
        pending = tuple(change for change in found if waits(self.registry, change))
        if not pending:
            return candidate
        kept = running(self.registry, published.judgement.tree, pending)
        return replace(self._candidate(candidate.reading, candidate.stored, kept), pending=pending)

    def _replace(
        self, candidate: _Published, users: Mapping[str, Document], step: Step | None = None
    ) -> tuple[Event, Receipt]:
        """Publish a candidate, and what `users` have now, and tell; return what readers see of it."""
        published = self._published
        new = candidate if candidate is published else self._sharing(published, candidate)
        seen: dict[str | None, tuple[View, View, Table]] = {}
        seen[None] = published.view, new.view, new.judgement.tree
        documents = {user: users.get(user, known.document) for user, known in self._listened_to().items()}
        for user in documents if new is not published else users.keys() & documents.keys():
            old = self._watched[user].view
            seen[user] = (old, *self._user_judged(user, new, documents[user], old))
        events: dict[str | None, Event] = {}
        views: dict[str | None, View] = {}
        commit, rollback_of = (step.revision, step.rollback_of) if step else (None, None)
        for whose, (old, view, tree) in seen.items():
            effective = changes(self.registry, old, view, tree)
            views[whose] = view if effective or view.revision != old.revision or {*view} != {*old} else old
            known = self._watched[whose].document if whose is not None else None
            flags = flag_changes(published.flags, new.flags, known, documents.get(whose) if whose is not None else None)
            events[whose] = Event((*effective, *flags), new.pending, new.warnings, commit, whose, rollback_of)
        self._watched |= {user: _Watched(documents[user], views[user]) for user in views if user is not None}
        self._publish(new if new is published else replace(new, view=views[None]))
        for warning in new.warnings:
            if warning not in published.warnings:
                logger.warning("%s", warning)
        return events.get(self._user, Event()), self.listeners.tell(events)

    def _sharing(self, published: _Published, candidate: _Published) -> _Published:
        sections = self._shared(published.view, candidate.judgement.sections)
        missing = self._missing(candidate.judgement, _documents(candidate.stored))
        view = make_view(self._view_class, sections, candidate.view.revision, candidate.view.digest, missing)
        return replace(candidate, view=view)

    def _listened_to(self) -> dict[str, _Watched]:
        """Return the views that somebody listens to; those of whom nobody does any more are dropped."""
        wanted = {*self.listeners.users, self._user}
        self._watched = {user: known for user, known in self._watched.items() if user in wanted}
        return self._watched

    def _listened(self, callback: Callable[[Event], object], path: Path, user: str | None, critical: bool) -> Listener:
        with self._lock:
            if user is not None and user not in self._watched:
                self._watched[user] = self._looked_at(user, self._published)
            return self.listeners.add(callback, path=path, user=user, critical=critical)

    def _publish(self, published: _Published) -> None:
        view = published.view if self._user is None else self._watched[self._user].view
        readable = {name: getattr(view, name) for name in view if name not in RESERVED}
        whole = len([*view]) == len(self.registry.sections)
        self.flags.publish(published.flags)
        object.__setattr__(self, "__class__", Config if whole else _Partial)
        object.__setattr__(self, "__dict__", {**readable, "view": view, "_published": published})

    def _refresh(self) -> None:
        with self._lock:
            published = self._published
            candidate = self._candidate(published.reading, published.stored, published.running)
            _, receipt = self._replace(replace(candidate, pending=published.pending), {})
        self._wait(receipt)

    @staticmethod
    def _wait(receipt: Receipt) -> None:
        if not nesting.path():
            receipt.wait()


class Aio:
    """A configuration on an event loop: ``await config.aio.update(...)``.

    Each method is that of the configuration, called on a thread, with the same arguments. A task that is cancelled ends
    when what it began is done or has failed. Reading needs none of this: ``config.download.max_retries`` never waits.
    """

    __slots__ = ("_config",)

    def __init__(self, config: Config) -> None:
        self._config = config

    apply = bridged(Config.apply)
    at = bridged(Config.at)
    backup = bridged(Config.backup)
    close = bridged(Config.close)
    compact = bridged(Config.compact)
    diff = bridged(Config.diff)
    draft = bridged(Config.draft)
    for_user = bridged(Config.for_user)
    forget = bridged(Config.forget)
    history = bridged(Config.history)
    plan = bridged(Config.plan)
    plan_rollback = bridged(Config.plan_rollback)
    reload = bridged(Config.reload)
    restore = bridged(Config.restore)
    rollback = bridged(Config.rollback)
    undo = bridged(Config.undo)
    unset = bridged(Config.unset)
    update = bridged(Config.update)
    validate = bridged(Config.validate)

    async def call(self, function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """Return what any other function returns: ``await config.aio.call(config.audit.verify)``."""
        return await in_thread(partial(function, *args, **named))


class _Partial(Config):
    """A configuration that lacks sections. Only such a one asks what became of a name, because that has its price."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name in self.registry.sections:
                return getattr(self.view, name)
            raise AttributeError(f"the configuration has no {name!r}")


def _found_in(stored: Snapshot | None) -> tuple[Problem, ...]:
    return tuple(problem for name, found in _documents(stored).items() for problem in problems_of(name, found))


def _documents(stored: Snapshot | None) -> Mapping[str, Document]:
    return {} if stored is None else stored.documents


def _commits_between(old: Snapshot | None, new: Snapshot | None, users: Mapping[str, Document]) -> range:
    """Return the revisions that were published together, as far as somebody may be about to ask for them."""
    if old is None or new is None:
        return range(0)
    last = max(new.head.revision, *(document.revision for document in users.values()), 0)
    return range(max(old.head.revision, last - _RECEIPTS) + 1, last + 1)


def _revision(stored: Snapshot | None) -> int:
    return max((found.revision for name, found in _documents(stored).items() if name != VERSIONS), default=0)


#: What Config has, or will have: a section of such a name is reached by ``config.view.<name>``.
RESERVED = frozenset(name for name in (*dir(Config), "view") if not name.startswith("_")) | {
    "erase",
    "open",
    "profiles",
    "upgrade",
}
