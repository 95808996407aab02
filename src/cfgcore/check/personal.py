"""What one user has on top of what everyone has, judged without judging everything again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeAlias

from cfgcore.check.bound import Bound
from cfgcore.check.clamp import clamp
from cfgcore.check.judgement import Judgement
from cfgcore.check.sections import load, value_at
from cfgcore.declare.ownership import scope_of
from cfgcore.declare.registry import Registry
from cfgcore.declare.resolved import Section
from cfgcore.declare.rule import Rule
from cfgcore.layer.order import LAYERS
from cfgcore.layer.override import OVERRIDE
from cfgcore.layer.stored import Reveal, stored_contribution
from cfgcore.layer.tree import Contribution, Table, merge
from cfgcore.values.absent import ABSENT
from cfgcore.values.frozen import freeze
from cfgcore.values.origin import Path
from cfgcore.view.difference import same

_USER = LAYERS.index("user")
_TABLES = ("dict", "record", "any")

Sections: TypeAlias = Mapping[str, Any]
Take: TypeAlias = Callable[[Any], Any]


class Unclear(Exception):
    """Nobody knows a shortcut to what the user has: it takes a judgement of everything."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule, and the keys of its paths."""

    check: Callable[..., Any]
    paths: tuple[Path, ...]

    def require(self, sections: Sections) -> None:
        """Raise :class:`Unclear` where the rule does not hold, or fails."""
        try:
            answer = self.check(*[value_at(sections[path[0]], path[1:]) for path in self.paths])
        except (Exception, SystemExit):
            raise Unclear from None
        if answer is not None:
            raise Unclear


class Ground:
    """What everyone has, as the ground that users' values are laid on: the judgement of everything below them.

    Only the settings that a user set are looked at; what is known of each is found out once. `sections` are those of
    the judgement, or equal ones that are shared. The judgement has no errors.
    """

    __slots__ = ("_above", "_judgement", "_parts", "_registry", "_reveal", "_rules", "_sections")

    def __init__(
        self,
        registry: Registry,
        judgement: Judgement,
        sections: Sections | None = None,
        reveal: Reveal = lambda value: value,
    ) -> None:
        self._registry = registry
        self._judgement = judgement
        self._sections = judgement.sections if sections is None else sections
        self._reveal = reveal
        above = [contribution for contribution in judgement.contributions if _is_above_users(contribution)]
        self._above = frozenset(name for contribution in above for name in contribution.tree)
        self._rules = _by_path(registry.rules, self._sections)
        self._parts: dict[str, _Part | None] = {}

    def with_user(self, values: Mapping[str, Any], user: str) -> Sections | None:
        """Return the sections in which a user differs from everyone, or None where that takes a judgement of all.

        That is so where a policy names the user, something lies above users, a value is refused, or a rule fails. What
        the user selects of profiles is part of the ground, and not of `values`, which are nested by section.
        """
        if user in self._judgement.constraints.named:
            return None
        found: dict[str, Any] = {}
        rules: dict[Path, Sequence[_Rule]] = {}
        try:
            for name, own in values.items():
                part = self._part(name)
                changed = part.changed(own) if part is not None and isinstance(own, Mapping) else None
                if part is not None and changed:
                    found[name] = part.with_values(changed)
                    rules |= {path: self._rules[path] for key in changed if (path := (name, key)) in self._rules}
            if rules:
                everything = {**self._sections, **found}
                for one in chain.from_iterable(rules.values()):
                    one.require(everything)
        except Unclear:
            return None
        return found

    def _part(self, name: str) -> _Part | None:
        """Return what is known of a section, or None where it is not there. Raises :class:`Unclear`."""
        if name not in self._parts:
            section = self._registry.sections.get(name)
            self._parts[name] = None if section is None else self._made(section)
        if name in self._above:
            raise Unclear
        return self._parts[name]

    def _made(self, section: Section) -> _Part:
        if section.name not in self._sections:
            raise Unclear
        return _Part(self._registry, self._judgement, section, self._sections[section.name], self._reveal)


class _Part:
    """One section of a ground: what is there below, and how each of its settings is taken from a user."""

    __slots__ = ("_below", "_judgement", "_registry", "_reveal", "_section", "_tables", "_takes", "_together")

    def __init__(self, registry: Registry, judgement: Judgement, section: Section, below: Any, reveal: Reveal) -> None:
        self._below = {name: getattr(below, name) for name in section.settings}
        self._registry = registry
        self._judgement = judgement
        self._section = section
        self._reveal = reveal
        settings = section.settings.values()
        self._together = section.header.schema is not None or any(setting.declared.key for setting in settings)
        self._tables = frozenset(setting.name for setting in settings if setting.kind.name in _TABLES)
        self._takes: dict[str, Take | None] = {}

    def changed(self, own: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values, checked and clamped, that differ from what is below. Raises :class:`Unclear`."""
        if self._together:
            return self._whole(own)
        found: dict[str, Any] = {}
        for name, value in own.items():
            take = self._takes[name] if name in self._takes else self._taking(name)
            if take is None:
                continue
            if type(value) is dict:
                if name in self._tables:
                    return self._whole(own)
                value = self._reveal(value)
                if value is ABSENT:
                    continue
            try:
                value = take(value)
            except (Exception, SystemExit):
                raise Unclear from None
            if not same(self._below[name], value):
                found[name] = value
        return found

    def with_values(self, changed: Mapping[str, Any]) -> Any:
        """Return the section with other values."""
        return self._section.cls(**{**self._below, **changed})

    def _taking(self, name: str) -> Take | None:
        """Return the function that makes what holds of a stored value, or None where users do not set that."""
        take = None
        path = (self._section.name, name)
        if name in self._section.settings and scope_of(self._registry, path) == "user":
            field = self._registry.schemas[self._section.name].fields[name]
            take = _take(field.deserialize, self._judgement.constraints.everyone.get(path))
        self._takes[name] = take
        return take

    def _whole(self, own: Mapping[str, Any]) -> dict[str, Any]:
        """Return what differs in the section, loaded as one: tables merge, and a Schema of its own sees everything."""
        name, judgement = self._section.name, self._judgement
        tree = stored_contribution(self._registry, "user", "", {name: own}, self._reveal, 1).tree
        merged = merge(judgement.tree[name], tree.get(name, Table()))
        assert isinstance(merged, Table), "what is planted at a section is a table"
        loaded, findings = load(self._section, self._registry.schemas[name], merged)
        if findings or loaded is ABSENT:
            raise Unclear
        bounds = {path: bound for path, bound in judgement.constraints.everyone.items() if path[0] == name}
        sections, _, _ = clamp({name: loaded}, Table([(name, merged)]), judgement.constraints, bounds)
        both = [(key, old, getattr(sections[name], key)) for key, old in self._below.items()]
        return {key: new for key, old, new in both if not same(old, new)}


def _take(load: Take, bound: Bound | None) -> Take:
    if bound is None:
        return lambda value: freeze(load(value))
    clamp = bound.clamp
    return lambda value: clamp(freeze(load(value)))[0]


def _by_path(rules: Iterable[tuple[str, Rule]], sections: Sections) -> Mapping[Path, Sequence[_Rule]]:
    """Return the rules that can refuse what a user sets, by the settings that their paths lie in."""
    found: dict[Path, list[_Rule]] = {}
    for _, rule in rules:
        paths = tuple(tuple(path.split(".")) for path in rule.paths)
        if rule.severity == "error" and all(path[0] in sections for path in paths):
            for setting in {path[:2] for path in paths}:
                found.setdefault(setting, []).append(_Rule(rule.check, paths))
    return found


def _is_above_users(contribution: Contribution) -> bool:
    return (
        contribution.layer not in LAYERS
        or LAYERS.index(contribution.layer) > _USER
        or contribution.name == OVERRIDE  # of a test
    )


def selectors(registry: Registry) -> tuple[Path, ...]:
    """Return the paths that select profiles."""
    return tuple(dict.fromkeys(tuple(profile.selector.split(".")) for _, profile in registry.profiles))
