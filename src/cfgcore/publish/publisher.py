"""What is published: replaced by what sources and commits make of it, and told to who listens."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cfgcore.change.flag_difference import flag_changes
from cfgcore.change.flag_state import FlagState, state_of, unwrapped
from cfgcore.change.restart import running, waits
from cfgcore.declare.registry import Registry
from cfgcore.errors import ValidationFailed
from cfgcore.layer.tree import Contribution, Table
from cfgcore.publish.published import Published, Watched, documents_in, problems_in, revision_of
from cfgcore.publish.views import Views, shared
from cfgcore.store.document import FLAGS, SHARED, Document, user_document, user_of
from cfgcore.view.difference import changes

if TYPE_CHECKING:
    from cfgcore.change.commit import Outcome
    from cfgcore.change.engine import Engine
    from cfgcore.change.event import Event
    from cfgcore.change.exposure import Exposures
    from cfgcore.change.following import Step
    from cfgcore.change.layering import Layering
    from cfgcore.layer.reading import Reading
    from cfgcore.store.protocol import Snapshot
    from cfgcore.values.problem import Problem
    from cfgcore.view.view import View
    from cfgcore.watch.listeners import Listeners
    from cfgcore.watch.receipt import Receipt

logger = logging.getLogger("cfgcore")

#: How many receipts of commits are kept for those who made them, and may be about to ask.
RECEIPTS = 1000

Overrides = Callable[[Registry], Sequence[Contribution]]
Show = Callable[[Published, "View | None"], None]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A view before and after, the tree of the latter; of a user also the documents that they were made of."""

    old: View
    view: View
    tree: Table
    was: Document | None = None
    document: Document | None = None


class Publisher:
    """Holds what is published, and replaces it.

    `standing` are problems that nothing changes; `overrides` gives what tests put above everything. With `repair`, what
    is wrong keeps nothing from being published. `show` is called with what readers are to see, and the view of `user`,
    where the configuration was opened for one. Whoever replaces something holds the configuration's lock.
    """

    published: Published

    def __init__(
        self,
        registry: Registry,
        views: Views,
        layering: Layering,
        overrides: Overrides,
        listeners: Listeners,
        exposures: Exposures | None,
        show: Show,
        *,
        engine: Engine | None,
        standing: tuple[Problem, ...],
        repair: bool,
        user: str | None,
    ) -> None:
        self.views = views
        self.listeners = listeners
        self.watched: dict[str, Watched] = {}
        self._engine = engine
        self._registry = registry
        self._layering = layering
        self._overrides = overrides
        self._wrap = unwrapped if exposures is None else exposures.wrapped
        self._show = show
        self._standing = standing
        self._repair = repair
        self._user = user
        self._receipts: OrderedDict[int, Receipt] = OrderedDict()

    @property
    def _before(self) -> Published | None:
        return getattr(self, "published", None)

    def candidate(self, reading: Reading, stored: Snapshot | None, running: tuple[Contribution, ...] = ()) -> Published:
        """Return what sources and the store say, checked. Raises :class:`ValidationFailed` with all problems."""
        before, documents = self._before, documents_in(stored)
        last = None if before is None else before.judgement
        judgement = self._layering.judge(reading, documents, running, last=last)
        flags = self._flags(reading, documents.get(FLAGS, Document()))
        found = (*problems_in(stored), *flags.problems())
        problems = (*self._standing, *reading.problems, *judgement.problems, *found)
        if any(problem.severity == "error" for problem in problems) and not self._repair:
            raise ValidationFailed(problems)
        view = self.views.made(judgement, documents, revision_of(stored))
        return Published(view, judgement, reading, problems, flags, stored, running)

    def _flags(self, reading: Reading, document: Document) -> FlagState:
        layers, before = (*reading.contributions, *self._overrides(self._registry)), self._before
        return state_of(self._registry, layers, document, self._wrap, before.flags if before else None)

    def begin(self, published: Published) -> None:
        """Publish for the first time."""
        if self._user is not None:
            self.watch(self._user, published)
        self._publish(published)

    def watch(self, user: str, published: Published | None = None) -> None:
        """Know the view of a user from now on, so that what changes in it can be told."""
        document = self.document(user)
        self.watched[user] = Watched(document, self.views.of_user(published or self.published, user, document)[0])

    def document(self, user: str) -> Document:
        """Return the document of a user, as the store has it now."""
        name = user_document(user)
        return Document() if self._engine is None else self._engine.store.read([name]).documents[name]

    def reread(self, reading: Reading, stored: Snapshot | None) -> tuple[Event, Receipt]:
        """Publish what the sources and the store say now; settings that wait for a restart keep their value."""
        candidate = self._pinned(self.candidate(reading, stored))
        before, users = self.published.stored, {user: self.document(user) for user in self.watched}
        event, receipt = self.replace(candidate, users)
        self._keep(receipt, _commits_between(before, candidate.stored, users))
        return event, receipt

    def judge_again(self) -> Receipt:
        """Publish the same again, under the overrides that hold now."""
        published = self.published
        candidate = self.candidate(published.reading, published.stored, published.running)
        return self.replace(replace(candidate, pending=published.pending), {})[1]

    def forgotten(self, user: str) -> Receipt | None:
        """Publish what is left of a user who was erased, where somebody listens."""
        return self.replace(self.published, {user: self.document(user)})[1] if user in self.watched else None

    def concerned(self, outcome: Outcome) -> set[str | None]:
        """Return for whom there is something to publish: what was changed, and what others changed that it built on."""
        users = {change.user for change in outcome.changes}
        known = self.published.documents
        for name, revision in (outcome.plan.expect if outcome.plan is not None else {}).items():
            user = user_of(name)
            if user is not None or (name in known and known[name].revision < revision):
                users.add(user)
        return users

    def follow(self, users: set[str | None], outcome: Outcome) -> None:
        """Publish and tell what was committed for `users`, None being everyone, commit by commit."""
        assert self._engine is not None, "what was committed has a store"
        from cfgcore.change.following import steps

        store = self._engine.store
        known = dict(self.published.documents) if None in users else {}
        known |= {user_document(user): seen.document for user, seen in self.watched.items() if user in users}
        snapshot = store.read(tuple(known))
        for step in steps(store, known, snapshot.documents, outcome or None):
            today = self._engine.forms.snapshot(replace(snapshot, documents=step.documents))
            try:
                self._advance(replace(step, documents=today.documents), snapshot)
            except ValidationFailed as error:  # valid where it was made, under other files; what follows may be
                logger.error("revision %s is stored, but cannot be published here: %s", step.revision, error)

    def receipt(self, revision: int) -> Receipt | None:
        """Return, once, the receipt of a commit that was published and told."""
        return self._receipts.pop(revision, None)

    def replace(
        self, candidate: Published, users: Mapping[str, Document], step: Step | None = None
    ) -> tuple[Event, Receipt]:
        """Publish a candidate, and what `users` have now, and tell; return what readers see of it."""
        from cfgcore.change.event import Event

        published = self.published
        new = candidate if candidate is published else self._sharing(candidate)
        commit, rollback_of = (step.revision, step.rollback_of) if step else (None, None)
        events: dict[str | None, Event] = {}
        views: dict[str | None, View] = {}
        for whose, seen in self._seen(new, users).items():
            effective = changes(self._registry, seen.old, seen.view, seen.tree)
            views[whose] = seen.view if effective or not _is_alike(seen.old, seen.view) else seen.old
            flags = flag_changes(published.flags, new.flags, seen.was, seen.document)
            events[whose] = Event((*effective, *flags), new.pending, new.warnings, commit, whose, rollback_of)
            if whose is not None and seen.document is not None:
                self.watched[whose] = Watched(seen.document, views[whose])
        self._publish(new if new is published else replace(new, view=views[None]))
        for warning in new.warnings:
            if warning not in published.warnings:
                logger.warning("%s", warning)
        return events.get(self._user, Event()), self.listeners.tell(events)

    def _seen(self, new: Published, users: Mapping[str, Document]) -> dict[str | None, _Seen]:
        """Return what there is to see for everyone, and for those to whom somebody listens and it may concern."""
        published = self.published
        seen: dict[str | None, _Seen] = {None: _Seen(published.view, new.view, new.judgement.tree)}
        for user, known in self._listened_to().items():
            if new is not published or user in users:
                document = users.get(user, known.document)
                view, judgement = self.views.of_user(new, user, document, known.view)
                seen[user] = _Seen(known.view, view, judgement.tree, known.document, document)
        return seen

    def _advance(self, step: Step, snapshot: Snapshot) -> None:
        candidate, stored = self.published, self.published.stored
        common = {name: step.documents[name] for name in SHARED if name in step.documents}
        if stored is not None and any(stored.documents[name].revision != common[name].revision for name in common):
            found = self.candidate(candidate.reading, replace(snapshot, documents=common), candidate.running)
            candidate = replace(found, pending=candidate.pending)
        users = {user: step.documents[user_document(user)] for user in map(user_of, step.documents) if user is not None}
        _, receipt = self.replace(candidate, users, step)
        self._keep(receipt, [] if step.revision is None else [step.revision])

    def _keep(self, receipt: Receipt, commits: Iterable[int]) -> None:
        for revision in commits:
            self._receipts.setdefault(revision, receipt)
        while len(self._receipts) > RECEIPTS:
            self._receipts.popitem(last=False)

    def _pinned(self, candidate: Published) -> Published:
        """Return the candidate with the running value of every setting that waits for a restart."""
        published = self.published
        found = changes(self._registry, published.view, candidate.view, candidate.judgement.tree)
        pending = tuple(change for change in found if waits(self._registry, change))
        if not pending:
            return candidate
        kept = running(self._registry, published.judgement.tree, pending)
        return replace(self.candidate(candidate.reading, candidate.stored, kept), pending=pending)

    def _sharing(self, candidate: Published) -> Published:
        sections = shared(self.published.view, candidate.judgement.sections)
        view = self.views.made(
            replace(candidate.judgement, sections=sections),
            candidate.documents,
            candidate.view.revision,
        )
        return replace(candidate, view=view)

    def _listened_to(self) -> dict[str, Watched]:
        """Return the views that somebody listens to; those of whom nobody does any more are dropped."""
        wanted = {*self.listeners.users, self._user}
        self.watched = {user: known for user, known in self.watched.items() if user in wanted}
        return self.watched

    def _publish(self, published: Published) -> None:
        self.published = published
        self._show(published, None if self._user is None else self.watched[self._user].view)


def _is_alike(old: View, new: View) -> bool:
    return old.revision == new.revision and {*old} == {*new}


def _commits_between(old: Snapshot | None, new: Snapshot | None, users: Mapping[str, Document]) -> range:
    """Return the revisions that were published together, as far as somebody may be about to ask for them."""
    if old is None or new is None:
        return range(0)
    last = max(new.head.revision, *(document.revision for document in users.values()), 0)
    return range(max(old.head.revision, last - RECEIPTS) + 1, last + 1)
