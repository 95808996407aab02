"""All values of a store made those of another one: a page of documents after the other, each page one commit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cfgcore.change.commit import Plan, StoredChange
from cfgcore.change.ledger import is_same_document
from cfgcore.installing.order import Progress
from cfgcore.installing.trial import ACTION, Trial
from cfgcore.store.document import SHARED, VERSIONS
from cfgcore.store.protocol import Store
from cfgcore.store.scanning import count_of, documents, is_beginning
from cfgcore.values.problem import Problem, once

#: How many documents become others by one commit.
BATCH = 500

#: How many changes are listed one by one.
LISTED = 1000


@dataclass(slots=True)
class Overwritten:
    """What became other: the first changes, how many more there are, and what is worth a warning."""

    changes: list[StoredChange] = field(default_factory=list)
    unlisted: int = 0
    warnings: tuple[Problem, ...] = ()

    def add(self, plan: Plan) -> None:
        """Count what a plan changes."""
        listed = plan.changes[: LISTED - len(self.changes)]
        self.changes += listed
        self.unlisted += len(plan.changes) - len(listed)
        self.warnings = once((*self.warnings, *plan.warnings))


@dataclass(frozen=True, slots=True)
class Overwriting:
    """Makes every document what it is in `source`; documents that it does not hold become empty.

    What everyone shares comes first, and is checked. What users have set is taken as it is.
    """

    source: Store
    actor: str
    reason: str
    progress: Progress
    batch: int

    def is_one_commit(self, store: Store) -> bool:
        """Return whether no more differs than what becomes one commit."""
        pages = self._pages(store)
        next(pages, None)
        return next(pages, None) is None

    def plans(self, trial: Trial) -> Iterator[Plan]:
        """Yield what is to be committed to the store that `trial` has opened, each plan made when it is asked for.

        Raises ``ValidationFailed``.
        """
        for names in self._pages(trial.engine.store):
            plan = trial.overwriting(self.source, names, self.actor, self.reason)
            if plan:
                yield plan

    def is_begun(self, built: Store, store: Store) -> bool:
        """Return whether `built` is what an interruption left of this, for `store` as it is now."""
        head = store.head()
        ours = ((record.action, record.actor, record.reason) for record in built.log(after=head.sequence))
        return is_beginning(head, built) and all(said == (ACTION, self.actor, self.reason) for said in ours)

    def _pages(self, store: Store) -> Iterator[list[str]]:
        """Yield the names of the documents that are not the same in both, some at a time."""
        page: list[str] = []
        for name in self._differing(store):
            page.append(name)
            if len(page) == self.batch:
                yield page
                page = []
        if page:
            yield page

    def _differing(self, store: Store) -> Iterator[str]:
        shared = [name for name in SHARED if name != VERSIONS]
        there, here = self.source.read(shared).documents, store.read(shared).documents
        yield from (name for name in shared if not is_same_document(there[name], here[name]))
        done, total = 0, count_of(store) + count_of(self.source)
        for one, other in ((store, self.source), (self.source, store)):
            for page in documents(one):
                found = other.read(list(page)).documents
                names = [name for name in page if name not in SHARED and not is_same_document(page[name], found[name])]
                yield from (name for name in names if one is self.source or not found[name].revision)
                done += len(page)
                self.progress("documents compared", total, done)
