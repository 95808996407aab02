"""What users have under one state of what everyone shares, against what they have under another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cfgcore.change.grounds import Grounds, OfUser
from cfgcore.check.judgement import Judgement
from cfgcore.declare.policy import POLICIES
from cfgcore.declare.registry import Registry
from cfgcore.store.document import Document
from cfgcore.values.frozen import plain
from cfgcore.values.origin import Path
from cfgcore.values.problem import REDACTED
from cfgcore.view.difference import differing, same

#: How many answers are remembered: users who set the same are touched alike.
ANSWERS = 10_000


@dataclass(frozen=True, slots=True)
class Touch:
    """One effective value of one user (None: of everyone) that a change would change. Secrets show as dots."""

    user: str | None
    path: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Side:
    """What holds before the change, or after it: everyone's judgement, and a judgement of one user in full."""

    everyone: Judgement
    of_user: OfUser


class Comparison:
    """What users have on one side, against what they have on the other."""

    def __init__(self, registry: Registry, before: Side, after: Side) -> None:
        self._registry = registry
        self._sides = before, after
        old, new = before.everyone.sections, dict(after.everyone.sections)
        new |= {name: old[name] for name in old.keys() & new.keys() if same(old[name], new[name])}
        self._grounds = tuple(
            Grounds(registry, side.everyone, sections, side.of_user)
            for side, sections in zip(self._sides, (old, new), strict=True)
        )
        self._known: dict[str, tuple[Touch, ...]] = {}
        self.everyone = tuple(self._touches(None, old, new))
        self._relevant = self._closure()

    def of(self, user: str, document: Document) -> tuple[Touch, ...]:
        """Return what differs for a user; users who agree in what decides that are touched alike."""
        if self._is_named(user):
            return self._compared(user, document)
        part = self._part(document.values)
        if not part:
            return self.everyone
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
            if old is not new and name != POLICIES:
                for path, one, other in differing((name,), old, new):
                    place = self._registry.place(path)
                    hidden = place is not None and place.secret
                    values = (REDACTED if hidden and value is not None else plain(value) for value in (one, other))
                    yield Touch(user, ".".join(path), *values)

    def _closure(self) -> dict[str, set[str]]:
        """Return the settings, by section, without which a user is touched as everyone is."""
        before, after = (side.everyone for side in self._sides)
        changed = {_of_setting(tuple(touch.path.split("."))) for touch in self.everyone}
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
