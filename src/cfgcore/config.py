"""The configuration of one application: opened, read, explained, reloaded and closed.

This is the one place that knows all stages; :func:`cfgcore.open` makes one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar, cast

from cfgcore.change.bridge import bridged, in_thread
from cfgcore.change.changeable import Changeable, without_store
from cfgcore.change.current import Current
from cfgcore.change.flags import Flags
from cfgcore.change.layering import Layering, lost_at
from cfgcore.change.today import unread_of
from cfgcore.change.users import UserViews
from cfgcore.check.constraining import Constraining
from cfgcore.check.judgement import Judge, Judgement
from cfgcore.errors import CfgcoreError, ValidationFailed
from cfgcore.layer.override import setting_path
from cfgcore.layer.reading import Reader, Sources
from cfgcore.overriding import active, join, leave
from cfgcore.publish.expiry import Expiry
from cfgcore.publish.published import Published, documents_in, problems_in
from cfgcore.publish.publisher import Publisher
from cfgcore.publish.views import Views
from cfgcore.store.document import SHARED, Document, user_document
from cfgcore.store.fork import ThreadLock
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.problem import Problem, once
from cfgcore.watch import nesting
from cfgcore.watch.deciding import Deciding
from cfgcore.watch.listeners import Listeners
from cfgcore.watch.subscription import Listened

if TYPE_CHECKING:
    from cfgcore.change.commit import Outcome, StoredChange
    from cfgcore.change.draft import Draft
    from cfgcore.change.engine import Engine
    from cfgcore.change.event import Event
    from cfgcore.change.exposure import Exposure, Exposures
    from cfgcore.change.ledger import Moment
    from cfgcore.check.result import ValidationResult
    from cfgcore.declare.registry import Registry
    from cfgcore.plugins import Plugins
    from cfgcore.store.protocol import Snapshot, Store
    from cfgcore.values.origin import Origin, Path
    from cfgcore.view.explanation import Explanation
    from cfgcore.view.view import View
    from cfgcore.watch.listener import Listener
    from cfgcore.watch.receipt import Receipt

logger = logging.getLogger("cfgcore")

T = TypeVar("T")
P = ParamSpec("P")


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
        "_expiry",
        "_exposures",
        "_judge",
        "_lock",
        "_publisher",
        "_reader",
        "_user",
        "_users",
        "_views",
        "current",
        "flags",
        "listeners",
        "plugins",
        "registry",
    )

    view: View
    _published: Published

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
        self._lock = ThreadLock()
        self._expiry = Expiry(self._expired)
        self._closed = False
        self._user = user
        self._changes = None if store is None else self._engine_on(store)
        layering = Layering(registry, self._judge, store, active)
        self._views = Views(registry, layering, self._today)
        self._users: UserViews[Published] = UserViews(self._user_view)
        self.current = Current(self._view_of, user)
        self.listeners = Listeners()
        for name, told in plugins.listening("cfgcore_changed", "event"):
            self.listeners.add(told, name=f"plugin {name!r}", user=user, is_plugin=True)
        self._exposures = self._exposing() if plugins.listens("cfgcore_exposure") else None
        self._publisher = Publisher(
            registry,
            self._views,
            layering,
            active,
            self.listeners,
            self._exposures,
            self._publish,
            engine=self._changes,
            standing=self._standing(),
            repair=repair,
            user=user,
        )
        published = self._publisher.candidate(self._reader.read(), self._stored())
        self.flags = Flags(self, store, published.flags, user)
        self._publisher.begin(published)
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
        known = self._users.known(user, self._published)
        if known is not None:
            return known
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
        return self._views.made(self._judge_documents(then, user), then, ledger.revision_at(moment))

    def explain(self, path: str, *, user: str | Absent | None = ABSENT) -> Explanation:
        """Return the value of a setting, for everyone or a user: its origin, what every layer said, and what binds it.

        A user's own value is told where a policy changed it. Secrets show as dots. Raises :class:`UnknownPath` for a
        path that names no setting.
        """
        from cfgcore.view.explanation import explain

        keys = setting_path(self.registry, path)
        whose = self._whose(user)
        published = self._published
        view, judgement, documents = published.view, published.judgement, published.documents
        if whose is not None:
            document = self._publisher.document(whose)
            view, judgement = self._views.of_user(published, whose, document, self._users.last(whose))
            documents = self._views.documents(published, whose, document)
        about = judgement.constraints.about(keys, whose)
        policies = [found.sentence for found in about if not found.constraint.reports]
        reports = [found.sentence for found in about if found.constraint.reports]
        unread = [*unread_of(documents, keys[0]), *lost_at(judgement, keys)]
        default, said = self._judge.default_tree, judgement.contributions
        found = explain(self.registry, keys, view, judgement.tree, default, said, policies, reports, unread)
        if self._changes is None:
            return found
        from cfgcore.change.attribution import attributed

        return attributed(found, self._changes.store, keys, whose)

    def validate(self, draft: Draft | None = None) -> ValidationResult:
        """Check what the sources say now, or what a draft would make of them, and return all problems.

        Nothing is published or stored.
        """
        from cfgcore.check.result import ValidationResult

        if draft is not None:
            return ValidationResult(once(self._problems_of(draft)))
        reading, stored = self._reader.read(), self._stored()
        published = replace(self._published, reading=reading, running=())
        judgement = self._views.judged(published, documents_in(stored), None)
        return ValidationResult((*self._standing(), *reading.problems, *judgement.problems, *problems_in(stored)))

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
                from cfgcore.change.event import Event

                return Event(pending=published.pending, warnings=published.warnings)
            reading = published.reading if unchanged else self._reader.read()
            event, receipt = self._publisher.reread(reading, self._stored())
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
        self._expiry.watch(None)
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
        return self._views.judged(self._published, documents, user, bare)

    def _repaired(self, documents: Mapping[str, Document], user: str) -> Judgement:
        return self._views.repaired(self._published, documents, user)

    def _stored(self) -> Snapshot | None:
        return None if self._changes is None else self._changes.read(SHARED)

    def _store_moved(self, published: Published) -> bool:
        if self._changes is None or published.stored is None:
            return False
        known, head = published.stored.head, self._changes.store.head()
        return (known.incarnation, known.revision) != (head.incarnation, head.revision)

    def _setter(self, path: Path, origin: Origin | None) -> str:
        from cfgcore.change.attribution import setter

        return setter(None if self._changes is None else self._changes.store, path, origin)

    def _whose(self, user: str | Absent | None) -> str | None:
        return self._user if user is ABSENT else user

    def _view_of(self, user: str | None) -> View:
        return self._published.view if user is None else self.for_user(user)

    def _preview(self, changes: Mapping[str, Any], user: str | None) -> View:
        return self._views.made(self._preview_judged(changes, user), self._published.documents, 0)

    def _preview_judged(self, changes: Mapping[str, Any], user: str | None) -> Judgement:
        from cfgcore.change.request import requested

        request = requested(self.registry, changes, user)
        own = () if user is None else (user_document(user),)
        self._require_open()
        documents: Mapping[str, Document] = dict.fromkeys((*SHARED, *own), Document())
        if self._changes is not None:
            documents = self._engine().read(own).documents
        return self._views.asked_for(self._published, request, documents, user)

    def _problems_of(self, draft: Draft) -> list[Problem]:
        found: list[Problem] = []
        try:
            ((values, user),) = self._wanted(draft, ABSENT)
            found += self.plan(draft).warnings if self._changes is not None else ()
            found += self._preview_judged(values, user).problems
        except ValidationFailed as failed:
            found += failed.problems
        return found

    def _has_stored(self, user: str) -> bool:
        return self._publisher.document(user).revision > 0

    def _today(self, name: str, document: Document, shared: Snapshot | None) -> Document:
        return document if self._changes is None else self._changes.today(name, document, shared)

    def _user_view(self, user: str, published: Published, previous: View | None) -> View:
        return self._views.personal(published, user, self._publisher.document(user), previous)

    def _engine_on(self, store: Store) -> Engine:
        from cfgcore.change.engine import Engine

        return Engine(self.registry, store, self._judge_documents, self._repaired, self._ask)

    def _engine(self) -> Engine:
        self._require_open()
        if self._changes is None:
            raise without_store()
        self._take_in()
        return self._changes

    def _take_in(self) -> None:
        if self._changes is None or self._changes.editable is None or self._closed:
            return
        from cfgcore.change.outside import take_in

        outcome = take_in(self._changes)
        if outcome is not None:
            self._committed(outcome)

    def _ask(self, changes: Sequence[StoredChange]) -> list[Problem]:
        return self.plugins.ask(changes)

    def _before_change(self) -> None:
        self.listeners.refuse_change()

    def _exposing(self) -> Exposures:
        from cfgcore.change.exposure import Exposures

        return Exposures(self._tell_exposure)

    def _tell_exposure(self, exposure: Exposure) -> None:
        self.plugins.tell("cfgcore_exposure", exposure=exposure)

    def _committed(self, outcome: Outcome) -> Outcome:
        publisher = self._publisher
        users = publisher.concerned(outcome)
        named = [user for user in users if user is not None]
        self._users.drop(named)
        self.flags.drop(named)
        if None not in users and users.isdisjoint(publisher.watched):
            return outcome
        try:
            with self._lock:
                publisher.follow(users, outcome)
        except CfgcoreError as error:
            logger.error("revision %s is stored, but cannot be published yet: %s", outcome.revision, error)
        return self._decided(outcome, publisher.receipt(outcome.revision))

    def _forgotten(self, user: str) -> None:
        self._users.forget(user)
        self.flags.drop([user])
        with self._lock:
            receipt = self._publisher.forgotten(user)
        if receipt is not None:
            self._wait(receipt)

    def _listened(self, callback: Callable[[Event], object], path: Path, user: str | None, critical: bool) -> Listener:
        with self._lock:
            if user is not None and user not in self._publisher.watched:
                self._publisher.watch(user)
            return self.listeners.add(callback, path=path, user=user, critical=critical)

    def _publish(self, published: Published, own: View | None) -> None:
        """Show what is published, in one step; `own` is the view of the user that this was opened for."""
        view = published.view if own is None else own
        readable = {name: getattr(view, name) for name in view if name not in RESERVED}
        whole = len([*view]) == len(self.registry.sections)
        self.flags.publish(published.flags)
        self._expiry.watch(published.judgement.constraints.ends)
        object.__setattr__(self, "__class__", Config if whole else _Partial)
        object.__setattr__(self, "__dict__", {**readable, "view": view, "_published": published})

    def _refresh(self) -> None:
        with self._lock:
            receipt = self._publisher.judge_again()
        self._wait(receipt)

    def _expired(self) -> None:
        """Publish what holds now that a rule among policies has come to its end."""
        try:
            if not self._closed:
                self._refresh()
        except CfgcoreError as error:
            logger.error("a policy has ended, and what holds without it cannot be published: %s", error)

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


#: What Config has, or will have: a section of such a name is reached by ``config.view.<name>``.
RESERVED = frozenset(name for name in (*dir(Config), "view") if not name.startswith("_")) | {
    "erase",
    "open",
    "profiles",
    "upgrade",
}
