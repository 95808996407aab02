"""Whom a change of what everyone shares would touch: the users of a store, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from cfgcore.change.comparison import Comparison, Side, Touch
from cfgcore.declare.registry import Registry
from cfgcore.store.document import USER_PREFIX, Document, user_of
from cfgcore.store.protocol import Store
from cfgcore.store.scanning import documents

#: How many documents are read at once.
PAGE = 1000

Progress = Callable[[int], None]
Today = Callable[[str, Document], Document]


@dataclass(frozen=True, slots=True)
class Touched:
    """Whom a change would touch: `count` of the `total` users who have stored something, and some examples.

    `everyone` is what changes for those who have not. `reported` is whom the rules that only report would touch once
    the change is made, if they were enforced; None where there are no such rules.
    """

    count: int
    total: int
    everyone: tuple[Touch, ...]
    examples: tuple[Touch, ...]
    reported: Touched | None = None


class Survey:
    """Compares what users have before a change and after it; `today` brings a document into today's form.

    `enforced` is what would hold after it if the rules that only report were enforced, where there are such.
    """

    def __init__(
        self, registry: Registry, store: Store, today: Today, before: Side, after: Side, enforced: Side | None = None
    ) -> None:
        self._store = store
        self._today = today
        self._change = Comparison(registry, before, after)
        self._reports = None if enforced is None else Comparison(registry, after, enforced)

    def run(self, examples: int, progress: Progress | None) -> Touched:
        """Go through all users, and tell `progress` how many are done after each page of them."""
        both = [Tally(found, examples) for found in (self._change, self._reports) if found is not None]
        total = 0
        for page in documents(self._store, USER_PREFIX, PAGE):
            for name, stored in page.items():
                user, document = user_of(name), self._today(name, stored)
                if user is not None and document.values:
                    total += 1
                    for tally in both:
                        tally.add(user, document)
            if progress is not None:
                progress(total)
        change, *reports = (tally.touched(total) for tally in both)
        return replace(change, reported=reports[0] if reports else None)


class Tally:
    """Counts whom a comparison touches, and keeps some examples."""

    def __init__(self, comparison: Comparison, examples: int) -> None:
        self._comparison = comparison
        self._wanted = examples
        self._count = 0
        self._shown: list[Touch] = []

    def add(self, user: str, document: Document) -> None:
        """Look at one user."""
        found = self._comparison.of(user, document)
        self._count += bool(found)
        left = self._wanted - len(self._shown)
        if found and left > 0:
            self._shown += [Touch(user, one.path, one.old, one.new) for one in found][:left]

    def touched(self, total: int) -> Touched:
        """Return what was found among so many users."""
        return Touched(self._count, total, self._comparison.everyone, tuple(self._shown))
