"""What users have set, looked through by today's checks: one page of a store after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from cfgcore.change.grounds import Grounds
from cfgcore.change.home import home_of
from cfgcore.change.today import problems_of
from cfgcore.change.values import value_in
from cfgcore.check.judgement import Judgement
from cfgcore.declare.policy import POLICIES
from cfgcore.declare.registry import Registry
from cfgcore.installing.discretion import shown_at, shown_unknown
from cfgcore.installing.report import Entry
from cfgcore.installing.trial import Trial
from cfgcore.store.document import SHARED, USER_PREFIX, Document, user_document, user_of
from cfgcore.store.protocol import Store
from cfgcore.store.scanning import documents
from cfgcore.values.absent import ABSENT
from cfgcore.values.problem import Problem

#: How many invalid values are listed one by one.
LISTED = 100

Progress = Callable[[int], None]


@dataclass(slots=True)
class Inspected:
    """What was found: the first invalid values, how many more there are, and of how many users they are."""

    entries: list[Entry] = field(default_factory=list)
    omitted: int = 0
    users: int = 0


class Inspection:
    """Looks through the documents of users in a store that `trial` has opened.

    Who has set nothing but sound values of what is declared is known without a judgement of everything.
    """

    def __init__(self, trial: Trial, store: Store) -> None:
        self._trial = trial
        self._store = store
        self._snapshot = trial.engine.read(SHARED)
        everyone = trial.judged(self._snapshot.documents, None)
        self._common = set(everyone.problems)
        self._grounds = Grounds(trial.registry, everyone, everyone.sections, self._judged, trial.revealed)
        self._known = _settings_of_users(trial.registry)

    def run(self, progress: Progress | None = None) -> Inspected:
        """Return every value of users that today's checks refuse; `progress` is told how many users are done."""
        found = Inspected()
        for user, document, problems in self.problems(progress):
            wrong = [one for one in problems if one.severity == "error" or one.code == "unreadable_section"]
            entries = [self._entry(user, document, problem) for problem in wrong]
            kept = entries[: LISTED - len(found.entries)]
            found.entries += kept
            found.omitted += len(entries) - len(kept)
            found.users += bool(entries)
        return found

    def problems(self, progress: Progress | None = None) -> Iterator[tuple[str, Document, tuple[Problem, ...]]]:
        """Yield each user with whose values something is wrong, beyond what is wrong with everyone's."""
        done = 0
        for page in documents(self._store, USER_PREFIX):
            for name, stored in page.items():
                user, document = user_of(name) or "", self._trial.engine.today(name, stored, self._snapshot)
                if not self._is_sound(user, document):
                    judged = self._judged(user, document).problems
                    problems = (*problems_of(name, document), *judged)
                    fresh = tuple(problem for problem in problems if problem not in self._common)
                    if fresh:
                        yield user, document, fresh
            done += len(page)
            if progress is not None:
                progress(done)

    def _is_sound(self, user: str, document: Document) -> bool:
        return self._is_plain(document) and self._grounds.is_sound(user, document)

    def _is_plain(self, document: Document) -> bool:
        """Return whether all that is set is declared for users, so that there is nothing but values to be checked."""
        return not problems_of("", document) and all(
            isinstance(own, Mapping) and own.keys() <= self._known.get(section, set())
            for section, own in document.values.items()
        )

    def _judged(self, user: str, document: Document) -> Judgement:
        return self._trial.judged({**self._snapshot.documents, user_document(user): document}, user)

    def _entry(self, user: str, document: Document, problem: Problem) -> Entry:
        path = tuple(problem.path.split("."))
        value = value_in(document.values, home_of(path, user)[1]) if problem.path else ABSENT
        place = self._trial.registry.place(path)
        shown = None if value is ABSENT else shown_unknown(path, value) if place is None else shown_at(place, value)
        suggested = problem.suggested
        return Entry("invalid", problem.path, shown, problem.path, user, why=problem.message, suggested=suggested)


def _settings_of_users(registry: Registry) -> dict[str, set[str]]:
    """Return the settings that users may set, by section."""
    return {
        name: {
            setting.name
            for setting in section.settings.values()
            if "system" not in (section.header.scope, setting.declared.scope)
        }
        for name, section in registry.sections.items()
        if name != POLICIES
    }
