"""What one user has on top of what everyone has, judged without judging everything again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cfgcore.check.clamp import clamp
from cfgcore.check.judgement import Judgement
from cfgcore.check.rules import broken_rules
from cfgcore.check.sections import load
from cfgcore.declare.registry import Registry
from cfgcore.layer.order import LAYERS
from cfgcore.layer.override import OVERRIDE
from cfgcore.layer.tree import Contribution, Table, merge, origin_at
from cfgcore.values.absent import ABSENT
from cfgcore.values.origin import Path

_USER = LAYERS.index("user")


@dataclass(frozen=True, slots=True)
class Personal:
    """What a user has: the sections that differ from everyone's, and the tree with the user's values in it."""

    sections: Mapping[str, Any]
    tree: Table


class Ground:
    """What everyone has, as the ground that users' values are laid on: the judgement of everything below them."""

    __slots__ = ("_above", "_judgement", "_registry", "_rules")

    def __init__(self, registry: Registry, judgement: Judgement) -> None:
        self._registry = registry
        self._judgement = judgement
        above = [contribution for contribution in judgement.contributions if _is_above_users(contribution)]
        self._above = frozenset(name for contribution in above for name in contribution.tree)
        self._rules: dict[frozenset[str], Any] = {}

    def with_user(self, own: Contribution, user: str) -> Personal | None:
        """Return what a user has, or None where that takes a judgement of everything: nobody knows a shortcut.

        That is so where a policy names the user, something lies above users, a value is refused, or a rule fails. What
        the user selects of profiles is part of the ground, and not of `own`.
        """
        judgement, tree = self._judgement, own.tree
        named = user in judgement.constraints.named
        if named or not self._above.isdisjoint(tree):
            return None
        sections: dict[str, Any] = {}
        merged = dict(judgement.tree)
        for name, table in tree.items():
            section = self._registry.sections[name]
            below = merge(judgement.tree[name], table)
            if not isinstance(below, Table):
                return None
            instance, findings = load(section, self._registry.schemas[name], below)
            if findings or instance is ABSENT:
                return None
            sections[name], merged[name] = instance, below
        constraints = judgement.constraints
        bounds = {path: bound for path, bound in constraints.everyone.items() if path[0] in sections}
        whole = Table(merged.items())
        sections, whole, _ = clamp(sections, whole, constraints, bounds)
        if self._breaks_a_rule(sections, whole):
            return None
        return Personal(sections, whole)

    def _breaks_a_rule(self, sections: Mapping[str, Any], tree: Table) -> bool:
        concerned = self._concerned(frozenset(sections))
        if not concerned.rules:
            return False
        everything = {**self._judgement.sections, **sections}
        problems = broken_rules(concerned, everything, (), lambda path: origin_at(tree, tuple(path.split("."))))
        return any(problem.severity == "error" for problem in problems)

    def _concerned(self, names: frozenset[str]) -> Any:
        """Return the registry as far as rules over these sections need it."""
        found = self._rules.get(names)
        if found is None:
            rules = tuple(
                (plugin, rule)
                for plugin, rule in self._registry.rules
                if rule.severity == "error" and any(path.split(".")[0] in names for path in rule.paths)
            )
            found = self._rules[names] = _Rules(rules, self._registry)
        return found


def _is_above_users(contribution: Contribution) -> bool:
    return (
        contribution.layer not in LAYERS
        or LAYERS.index(contribution.layer) > _USER
        or contribution.name == OVERRIDE  # of a test
    )


class _Rules:
    """Some rules of a registry, and the places that it knows."""

    __slots__ = ("place", "rules")

    def __init__(self, rules: Any, registry: Registry) -> None:
        self.rules = rules
        self.place = registry.place


def selectors(registry: Registry) -> tuple[Path, ...]:
    """Return the paths that select profiles."""
    return tuple(dict.fromkeys(tuple(profile.selector.split(".")) for _, profile in registry.profiles))
