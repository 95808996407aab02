"""Whom a change of what everyone shares would touch: the users of a store, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cfgcore.change.grounds import Grounds, OfUser
from cfgcore.check.judgement import Judgement
from cfgcore.declare.registry import Registry
from cfgcore.store.document import USER_PREFIX, Document, user_of
from cfgcore.store.protocol import Store
from cfgcore.store.scanning import documents
from cfgcore.values.frozen import plain
from cfgcore.values.origin import Path
from cfgcore.values.problem import REDACTED
from cfgcore.view.difference import differing, same

#: How many documents are read at once.
PAGE = 1000

#: How many answers are remembered: users who set the same are touched alike.
ANSWERS = 10_000

Progress = Callable[[int], None]
Today = Callable[[str, Document], Document]


@dataclass(frozen=True, slots=True)
class Touch:
    """One effective value of one user (None: of everyone) that a change would change. Secrets show as dots."""

    user: str | None
    path: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Touched:
    """Whom a change would touch: `count` of the `total` users who have stored something, and some examples.

    `everyone` is what changes for those who have not.
    """

    count: int
    total: int
    everyone: tuple[Touch, ...]
    examples: tuple[Touch, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """What holds before the change, or after it: everyone's judgement, and a judgement of one user in full."""

    everyone: Judgement
    of_user: OfUser


class Survey:
    """Compares what users have before a change and after it; `today` brings a document into today's form."""

    def __init__(self, registry: Registry, store: Store, today: Today, before: Side, after: Side) -> None:
        self._registry = registry
        self._store = store
        self._today = today
        self._sides = before, after
        old = before.everyone.sections
        new = {
            name: old[name] if same(old.get(name), found) else found for name, found in after.everyone.sections.items()
        }
        self._grounds = tuple(
            Grounds(registry, side.everyone, sections, side.of_user)
            for side, sections in zip(self._sides, (old, new), strict=True)
        )
        self._known: dict[str, tuple[Touch, ...]] = {}
        self._shared = tuple(self._touches(None, before.everyone.sections, after.everyone.sections))
        self._relevant = self._closure()

    def run(self, examples: int, progress: Progress | None) -> Touched:
        """Go through all users, and tell `progress` how many are done after each page of them."""
        count = total = 0
        shown: list[Touch] = []
        for page in documents(self._store, USER_PREFIX, PAGE):
            for name, stored in page.items():
                user, document = user_of(name), self._today(name, stored)
                if user is None or not document.values:
                    continue
                total += 1
                found = self._of(user, document)
                count += bool(found)
                if found and len(shown) < examples:
                    shown += [Touch(user, one.path, one.old, one.new) for one in found][: examples - len(shown)]
            if progress is not None:
                progress(total)
        return Touched(count, total, self._shared, tuple(shown))

    def _of(self, user: str, document: Document) -> tuple[Touch, ...]:
        if self._is_named(user):
            return self._compared(user, document)
        part = self._part(document.values)
        if not part:
            return self._shared
        key = repr(part)
        if key not in self._known:
            if len(self._known) >= ANSWERS:
                self._known.clear()
            self._known[key] = self._compared(user, Document(part, revision=document.revision))
        return self._known[key]

    def _compared(self, user: str, document: Document) -> tuple[Touch, ...]:
        before, after = (ground.sections(user, document) for ground in self._grounds)
        return tuple(self._touches(user, before, after))

    def _part(self, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Return the values that decide how a user is touched: users who agree in these are touched alike."""
        found = {}
        for name, settings in self._relevant.items():
            own = values.get(name)
            if isinstance(own, Mapping):
                kept = {setting: own[setting] for setting in own if setting in settings}
                if kept:
                    found[name] = kept
        return found

    def _is_named(self, user: str) -> bool:
        return any(user in side.everyone.constraints.named for side in self._sides)

    def _touches(self, user: str | None, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Touch]:
        for name, old in before.items():
            new = after.get(name)
            if old is not new and not name.startswith("policies"):
                for path, one, other in differing((name,), old, new):
                    place = self._registry.place(path)
                    hidden = place is not None and place.secret
                    values = (REDACTED if hidden and value is not None else plain(value) for value in (one, other))
                    yield Touch(user, ".".join(path), *values)

    def _closure(self) -> dict[str, set[str]]:
        """Return the settings, by section, without which a user is touched as everyone is."""
        before, after = (side.everyone for side in self._sides)
        changed = {_of_setting(tuple(touch.path.split("."))) for touch in self._shared}
        demands = [{_demand(found.constraint) for found in one.constraints.found} for one in (before, after)]
        changed |= {_of_setting(tuple(demand[0].split("."))) for demand in demands[0] ^ demands[1]}
        linked = [{_of_setting(tuple(path.split("."))) for path in rule.paths} for _, rule in self._registry.rules]
        for _, profile in self._registry.profiles:
            linked.append({_of_setting(tuple(path.split("."))) for path in (profile.selector, *profile.values)})
        while grown := [paths for paths in linked if paths & changed and not paths <= changed]:
            for paths in grown:
                changed |= paths
        relevant: dict[str, set[str]] = {}
        for name, setting in sorted(changed):
            section = self._registry.sections.get(name)
            own = section is not None and section.header.schema is not None  # it may look at all of them together
            relevant.setdefault(name, set()).update(section.settings if section is not None and own else [setting])
        return relevant


def _of_setting(path: Path) -> tuple[str, str]:
    return path[0], path[1]


def _demand(constraint: Any) -> tuple[Any, ...]:
    return (
        constraint.path,
        constraint.form,
        repr(constraint.bound),
        constraint.level,
        constraint.none_means_unlimited,
        constraint.matching,
        constraint.users,
        constraint.exempt,
        constraint.reports,
    )
