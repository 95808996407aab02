"""What the contributions of all layers amount to: sections, origins and problems."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

from cfgcore.check.clamp import Clamped, clamp
from cfgcore.check.constraining import Constraining
from cfgcore.check.constraints import UNBOUND, Bounds, Constraints
from cfgcore.check.defaults import default_tree
from cfgcore.check.lowering import lowered
from cfgcore.check.rules import Answers, answered, broken_rules
from cfgcore.check.sections import load, redact, secret_texts
from cfgcore.declare.ownership import owner_of
from cfgcore.declare.policy import POLICIES
from cfgcore.declare.registry import Registry
from cfgcore.declare.resolved import Section
from cfgcore.layer.reading import Sources
from cfgcore.layer.report import Report
from cfgcore.layer.selection import with_profiles
from cfgcore.layer.tree import Contribution, Table, combine, leaves, origin_at, values
from cfgcore.layer.variables import variable_of
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.frozen import FrozenDict, plain
from cfgcore.values.origin import Path
from cfgcore.values.problem import Finding, Problem
from cfgcore.view.cover import holds_secret


@dataclass(frozen=True, slots=True)
class Judgement:
    """The sections by name, the merged tree with its origins, the contributions in their order, and all problems.

    A section that lacks a required value, or cannot be read, is not among `sections`. `constraints` follow from the
    policies, and `clamped` is what they changed.
    """

    sections: Mapping[str, Any]
    tree: Table
    contributions: tuple[Contribution, ...]
    problems: tuple[Problem, ...]
    constraints: Constraints = UNBOUND
    clamped: tuple[Clamped, ...] = ()

    @property
    def sound(self) -> Mapping[str, Any]:
        """The sections, where all is well with them; none where it is not."""
        return {} if any(problem.severity == "error" for problem in self.problems) else self.sections

    def last(self, section: str) -> LastGood | None:
        """Return a section and its table, or None where it is not there."""
        table = self.tree.get(section)
        return (self.sections[section], table) if section in self.sections and isinstance(table, Table) else None


@dataclass(frozen=True, slots=True)
class _Loaded:
    """Sections and tree before policies bind them, their problems, and the paths of those that are errors."""

    sections: Mapping[str, Any]
    tree: Table
    problems: tuple[Problem, ...]
    failed: frozenset[str]


#: Sections and tree as policies have them, and what they changed.
Held: TypeAlias = "tuple[dict[str, Any], Table, tuple[Clamped, ...]]"

#: A section as it was last, and its table.
LastGood: TypeAlias = "tuple[Any, Table]"


class Judge:
    """Judges contributions against the declarations of one registry; `constraining` says what follows from policies."""

    def __init__(self, registry: Registry, sources: Sources, constraining: Constraining | None = None) -> None:
        self._registry = registry
        self._constraining = constraining
        self._answers: Answers = answered
        self._sources = sources
        self.default_tree = default_tree(registry)
        self._default_sections = {
            name: section.cls(**section.defaults)
            for name, section in registry.sections.items()
            if len(section.defaults) == len(section.settings)
        }

    @property
    def computes(self) -> bool:
        """Whether values may be templates, which depend on others."""
        return self._sources.templates

    def asking(self, answers: Answers) -> Judge:
        """Return the same judge, who lets `answers` ask the rules."""
        other = copy.copy(self)
        other._answers = answers
        return other

    def judge(
        self,
        contributions: Sequence[Contribution],
        reported: Sequence[Problem] = (),
        *,
        complete: bool = True,
        unreadable: Mapping[str, LastGood | None] = FrozenDict(),
        user: str | None = None,
        muted: Collection[Path] = (),
        sound: Mapping[str, Any] = FrozenDict(),
    ) -> Judgement:
        """Judge `contributions`, weakest first, of whose reading some problems may be `reported` already.

        `complete` is false where a source could not be read, so that a missing value is no finding. Sections that are
        `unreadable` are what they were last, or are not among the sections. `user` is whom the policies bind, and
        `muted` are paths that profiles which the user selected leave alone. All rules hold for the `sound` sections.

        A value that is refused gives way to the one below it, so that everything else can still be judged.
        """
        constraints = self._constraints(contributions)
        layered = self._layered(contributions, constraints, muted, user)
        loaded = self._loaded(layered, reported, complete, unreadable)
        held = clamp(loaded.sections, loaded.tree, constraints, constraints.bounds(user))
        problems = self._problems(loaded, held, sound)
        if user is None:
            problems += constraints.problems
            changed, known = _changed(held), frozenset(problems)
            for named in constraints.representatives():
                theirs = self._layered(contributions, constraints, muted, named)
                alike = _labels(theirs) == _labels(layered)
                before = loaded if alike else self._loaded(theirs, reported, complete, unreadable)
                kept = clamp(before.sections, before.tree, constraints, constraints.bounds(named))
                if not alike or _changed(kept) != changed:
                    found = [p for p in self._problems(before, kept, sound) if p.severity == "error"]
                    problems += [_of_user(problem, named) for problem in found if problem not in known]
        sections, tree, clamped = held
        return Judgement(sections, tree, layered, tuple(problems), constraints, clamped)

    def _layered(
        self,
        contributions: Sequence[Contribution],
        constraints: Constraints,
        muted: Collection[Path],
        user: str | None,
    ) -> tuple[Contribution, ...]:
        """Return the contributions with what policies recommend, and with the profiles that are selected."""
        advised = (constraints.recommended, *contributions) if constraints.recommended else contributions
        return with_profiles(self._registry, advised, partial(self._selection, constraints.bounds(user)), muted)

    def _loaded(
        self,
        layered: Sequence[Contribution],
        reported: Sequence[Problem],
        complete: bool,
        unreadable: Mapping[str, LastGood | None],
    ) -> _Loaded:
        report = Report()
        tree = self._computed(combine(layered, self.default_tree), report)
        refused = {problem.path for problem in (*reported, *report.problems) if problem.severity == "error"}
        sections, tree, found = self._sections(tree, layered, unreadable)
        problems = [*report.problems]
        problems += [p for p in found if p.code != "required" or (complete and p.path not in refused)]
        failed = refused | {problem.path for problem in problems if problem.severity == "error"}
        return _Loaded(sections, tree, tuple(problems), frozenset(failed))

    def _problems(self, loaded: _Loaded, held: Held, sound: Mapping[str, Any]) -> list[Problem]:
        """Return the problems of what was loaded, and the rules that it breaks as policies have it."""
        sections, tree, _ = held
        broken = broken_rules(
            self._registry,
            sections,
            set(loaded.failed),
            lambda path: origin_at(tree, tuple(path.split("."))),
            self._answers,
            sound,
        )
        return [*loaded.problems, *broken]

    def _sections(
        self, tree: Table, layered: Sequence[Contribution], unreadable: Mapping[str, LastGood | None]
    ) -> tuple[dict[str, Any], Table, list[Problem]]:
        """Return the sections that a tree amounts to, the tree without what was refused, and the problems."""
        sections: dict[str, Any] = {}
        problems: list[Problem] = []
        for name, section in self._registry.sections.items():
            if name in unreadable:
                last = unreadable[name]
                if last is not None:
                    sections[name], tree = last[0], Table({**tree, name: last[1]}.items())
            elif tree[name] is self.default_tree[name] and name in self._default_sections:
                sections[name] = self._default_sections[name]
            else:
                instance, tree, found = self._section(section, tree, layered)
                problems += found
                if instance is not ABSENT:
                    sections[name] = instance
        return sections, tree, problems

    def _constraints(self, contributions: Sequence[Contribution]) -> Constraints:
        section = self._registry.sections.get(POLICIES)
        if section is None or self._constraining is None:
            return UNBOUND
        own = [
            replace(one, tree=Table([(POLICIES, one.tree[POLICIES])])) for one in contributions if POLICIES in one.tree
        ]
        if not own:
            return self._constraining.of(self._default_sections[POLICIES], self.default_tree)
        tree = combine(own, Table([(POLICIES, self.default_tree[POLICIES])]))
        instance, tree, _ = self._section(section, tree, own)
        return self._constraining.of(instance, tree)

    def _selection(self, bounds: Bounds, path: Path, value: Any) -> Any | Absent:
        """Return the value of a selector that holds in the place of `value`; ``ABSENT`` for one that is refused."""
        field = self._registry.schemas[path[0]].fields.get(path[1])
        try:
            typed = value if field is None else field.deserialize(value)
        except (Exception, SystemExit):
            return ABSENT
        bound = bounds.get(path)
        return plain(typed if bound is None else bound.clamp(typed)[0])

    def _computed(self, tree: Table, report: Report) -> Table:
        if not self._sources.templates:
            return tree
        from cfgcore.layer.template import compute

        return compute(tree, self._sources.environ, report)

    def _section(
        self, section: Section, tree: Table, layered: Sequence[Contribution]
    ) -> tuple[Any | Absent, Table, list[Problem]]:
        problems: list[Problem] = []
        schema = self._registry.schemas[section.name]
        remaining = list(layered)
        table = _table_of(tree, section)
        while True:
            instance, findings = load(section, schema, table)
            problems += [self._problem(section, table, *found) for found in findings if found[0] or not problems]
            if not findings:
                break
            below = lowered(section, table, findings, remaining, self.default_tree)
            if below is None:
                instance = self._default_sections.get(section.name, ABSENT)
                break
            table = _table_of(self._computed(Table({**tree, section.name: below}.items()), Report()), section)
        tree = Table({**tree, section.name: table}.items())
        problems += self._deprecated(section, table)
        refused = [f"{problem.path}." for problem in problems]
        for problem in self._required(section, table):
            if not any(path.startswith(f"{problem.path}.") for path in refused):
                problems.append(problem)
        return instance, tree, problems

    def _problem(self, section: Section, table: Table, path: Path, finding: Finding) -> Problem:
        dotted = ".".join((section.name, *path))
        place = section.trace(path)
        suggested = finding.suggested
        if suggested is ABSENT and place is not None and len(path) == 1:
            suggested = plain(place.setting.default)
        if place is not None and (place.secret or holds_secret(place.kind)):
            suggested = ABSENT
        shown = redact(finding.message, secret_texts(section.kind, plain(values(table))))
        message = _signed(shown, owner_of(self._registry, (section.name, *path)))
        origin = origin_at(Table({section.name: table}.items()), (section.name, *path))
        return Problem(finding.code, dotted, message, "error", origin, finding.parameters, suggested)

    def _required(self, section: Section, table: Table) -> list[Problem]:
        problems = []
        for name, setting in section.settings.items():
            if setting.default is ABSENT and name not in table:
                path = (section.name, name)
                variables = " or ".join((*setting.declared.env, variable_of(path, self._sources.prefix)))
                message = (
                    f"it is required and nothing sets it ({setting.expects}); set the variable {variables}, the key "
                    f"{name!r} of table [{section.name}] in a settings file, or a file {section.name}__{name} in the "
                    f"folder of secrets"
                )
                problems.append(Problem("required", ".".join(path), _signed(message, section.plugin), "error", None))
        return problems

    def _deprecated(self, section: Section, table: Table) -> list[Problem]:
        found: dict[str, Problem] = {}
        for path, leaf in leaves(table):
            for length in range(1, len(path) + 1):
                place = section.trace(path[:length])
                said = place.setting.declared.deprecated if place else None
                if said and leaf.origin.kind != "default":
                    dotted = ".".join((section.name, *path[:length]))
                    found.setdefault(dotted, Problem("deprecated", dotted, said, "warning", leaf.origin))
                    break
        return list(found.values())


def _labels(layered: Sequence[Contribution]) -> list[tuple[str, str]]:
    """Return what tells contributions to one configuration apart: only their profiles can differ."""
    return [(one.layer, one.name) for one in layered]


def _changed(held: Held) -> dict[Path, Any]:
    return {clamped.path: clamped.value for clamped in held[2]}


def _of_user(problem: Problem, user: str) -> Problem:
    return replace(problem, message=f"{problem.message} (for user {user!r}, whom a policy names)")


def _table_of(tree: Table, section: Section) -> Table:
    table = tree[section.name]
    assert isinstance(table, Table), "what is planted at a section is a table"
    return table


def _signed(message: str, plugin: str) -> str:
    owner = f"section of plugin {plugin!r}"
    return f"{message[:-1]}; {owner})" if message.endswith(")") else f"{message} ({owner})"
