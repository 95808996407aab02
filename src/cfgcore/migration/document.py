"""A document's sections in today's form: each brought along its steps, and settings that moved at their new place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cfgcore.declare.policy import POLICIES, RULES
from cfgcore.declare.registry import Registry
from cfgcore.declare.resolved import Section
from cfgcore.migration.steps import StepFailed, raised
from cfgcore.values.frozen import FrozenDict
from cfgcore.values.origin import Path
from cfgcore.values.problem import Problem

Sections = Mapping[str, Section]


@dataclass(frozen=True, slots=True)
class Migrated:
    """Values in today's form.

    `held` names the sections that are not among them, because this code cannot read them, each with the reason.
    `moved` are the sections that lost or got a setting by its new name or place; `problems` is what steps reported, and
    who still sets what was removed.
    """

    values: Mapping[str, Any]
    held: Mapping[str, str] = field(default_factory=FrozenDict)
    moved: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()


class Migration:
    """Brings documents whose sections are `sections` to today's form.

    `renames` are former paths of its settings, dotted and in lower case, with those of today; `rules` are the former
    paths that the rules among policies may name.
    """

    def __init__(
        self, sections: Sections, renames: Mapping[str, Path], rules: Mapping[str, Path] = FrozenDict()
    ) -> None:
        self.sections = sections
        self._rules = rules
        self._renames = {tuple(former.split(".")): today for former, today in renames.items() if today[0] in sections}
        touched = {path[0] for pair in self._renames.items() for path in pair}
        removing = {name for name, section in sections.items() if section.removed}
        self.evolving = frozenset(touched | removing | ({RULES} if rules else set()))

    def is_today(self, section: str, version: int) -> bool:
        """Return whether values of `section` at `version` are what they are today, without a look at them."""
        known = self.sections.get(section)
        return section not in self.evolving and (known is None or known.version == version)

    def migrated(self, values: Mapping[str, Any], versions: Mapping[str, int], subject: str) -> Migrated:
        """Return `values`, nested by section, in today's form; a section without a version is at today's.

        `subject` names the document where a reason is told. What no declaration knows is left where it is.
        """
        held: dict[str, str] = {}
        problems: list[Problem] = []
        found: dict[str, Any] = {}
        for name, content in values.items():
            section = self.sections.get(name)
            if section is None or not isinstance(content, Mapping):
                found[name] = content
                continue
            version = versions.get(name, section.version)
            if version == section.version:
                found[name] = content
                continue
            if version > section.version:
                held[name] = newer(name, version, section.version, subject)
                continue
            try:
                found[name], reported = raised(section, content, version)
            except StepFailed as error:
                held[name] = f"{error} (in {subject}); mend the step or the plugin; the values are kept as they are"
                continue
            problems += reported
        if self._rules and RULES in found:
            found[RULES] = _current_rules(found[RULES], self._rules)
        moved = self._move(found, held)
        problems += self._removed(found)
        kept = {name: content for name, content in found.items() if content or name not in moved}
        return Migrated(kept, held, frozenset(moved), tuple(problems))

    def _move(self, values: dict[str, Any], held: Mapping[str, str]) -> set[str]:
        """Move every setting that stands under its former name, unless that of today is there; return the sections."""
        moved: set[str] = set()
        for (name, setting), today in self._renames.items():
            there = values.get(name)
            if not isinstance(there, Mapping) or today[0] in held:
                continue
            spelt = next((key for key in there if key.casefold() == setting), None)
            if spelt is None:
                continue
            value = there[spelt]
            values[name] = {key: item for key, item in there.items() if key != spelt}
            home = values.get(today[0])
            below = dict(home) if isinstance(home, Mapping) else {}
            below.setdefault(today[1], value)
            values[today[0]] = below
            moved |= {name, today[0]}
        return moved

    def _removed(self, values: Mapping[str, Any]) -> list[Problem]:
        return [
            Problem("removed", f"{name}.{setting}", f"it was removed, and has no effect: {text}", "warning")
            for name, section in self.sections.items()
            if section.removed and isinstance(values.get(name), Mapping)
            for setting, text in section.removed.items()
            if setting in values[name]
        ]


def newer(section: str, found: int, known: int, subject: str) -> str:
    """Return why a section that a newer release wrote cannot be read."""
    return (
        f"section {section!r} is at version {found} (in {subject}), and this release of its plugin knows version "
        f"{known}; upgrade the plugin; the values are kept as they are"
    )


def migrations(registry: Registry) -> Mapping[str, Migration]:
    """Return the migration of each kind of document: "system", which users' documents share, and "policies"."""
    policies = {
        former.partition(".")[2]: today[1:] for former, today in registry.renames.items() if today[0] == POLICIES
    }
    own = {name: section for name, section in registry.sections.items() if name != POLICIES}
    return {
        "system": Migration(own, registry.renames),
        POLICIES: Migration(registry.policies, policies, registry.renames),
    }


def _current_rules(rules: Any, renames: Mapping[str, Path]) -> Any:
    """Return an administrator's rules with the paths that settings have today."""
    if not isinstance(rules, list):
        return rules
    return [
        {**rule, "path": ".".join(renames[rule["path"].casefold()])}
        if isinstance(rule, Mapping) and isinstance(rule.get("path"), str) and rule["path"].casefold() in renames
        else rule
        for rule in rules
    ]
