"""What a store should hold: plain dictionaries, one state for each revision."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cfgcore.store.document import VERSIONS

State = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Holding:
    """What a store holds, as it can be compared: the values of documents, and of which the log still speaks."""

    revision: int
    values: str
    payloads: str


class Model:
    """Follows every change without a store. Values are flat, by dotted path; secrets are what they say."""

    def __init__(self) -> None:
        self.states: list[State] = [{}]
        self.touched: list[set[str]] = [set()]
        self.remembered: list[set[str]] = [set()]
        self.horizon = 0
        self.kept: State | None = None

    @property
    def revision(self) -> int:
        """The last revision."""
        return len(self.states) - 1

    def copy(self) -> Model:
        """Return a model that goes its own way."""
        return copy.deepcopy(self)

    def holding(self, *, history: bool = True) -> Holding:
        """Return what a store holds that has followed; without `history`, the log is left out."""
        remembered = self.remembered if history else ()
        payloads = [[number, sorted(names)] for number, names in enumerate(remembered) if names]
        return Holding(self.revision, json.dumps(_filled(self.states[-1]), sort_keys=True), json.dumps(payloads))

    def set(self, user: str | None, values: Mapping[str, Any]) -> None:
        """Set values of a document."""
        name = document(user)
        self._commit({name: {**self.states[-1].get(name, {}), **values}})

    def remove(self, user: str | None, paths: Iterable[str]) -> None:
        """Remove values of a document."""
        name, gone = document(user), set(paths)
        self._commit({name: {path: v for path, v in self.states[-1].get(name, {}).items() if path not in gone}})

    def return_to(self, revision: int, names: Iterable[str] | None) -> None:
        """Make documents, or all of them but the store's own, what they were at a revision."""
        then = self.states[revision]
        chosen = {*then, *self.states[-1]} if names is None else set(names)
        self._commit({name: then.get(name, {}) for name in chosen - {VERSIONS}})

    def can_undo(self) -> bool:
        """Return whether the last commit is still known whole."""
        return self.revision > self.horizon and self.remembered[-1] == self.touched[-1]

    def keep(self) -> None:
        """Remember the state of now as a backup."""
        self.kept = copy.deepcopy(self.states[-1])

    def restore(self) -> None:
        """Make all documents but the store's own what they were in the backup."""
        kept = self.kept or {}
        self._commit({name: kept.get(name, {}) for name in {*kept, *self.states[-1]} - {VERSIONS}})

    def compact(self, before: int) -> None:
        """Forget what the commits before a revision did."""
        self.remembered[:before] = [set() for _ in self.remembered[:before]]
        self.horizon = max(self.horizon, before - 1)

    def erase(self, user: str) -> None:
        """Forget a user, now and in the past."""
        name = document(user)
        for state in self.states:
            state.pop(name, None)
        for names in self.remembered:
            names.discard(name)

    def _commit(self, documents: State) -> None:
        before = self.states[-1]
        changed = {name for name, values in documents.items() if values != before.get(name, {})}
        if changed:
            written = {path.partition(".")[0] for name in changed for path in documents[name]}
            versions = {**dict.fromkeys(written, 1), **before.get(VERSIONS, {})}
            if versions != before.get(VERSIONS, {}):  # the first commit of a section says in which version it is stored
                documents = {**documents, VERSIONS: versions}
                changed.add(VERSIONS)
            self.states.append({**before, **{name: dict(documents[name]) for name in changed}})
            self.touched.append(changed)
            self.remembered.append(set(changed))


def document(user: str | None) -> str:
    """Return the name of a user's document, or of everyone's."""
    return "system" if user is None else f"user/{user}"


def _filled(state: State) -> State:
    return {name: values for name, values in state.items() if values}
