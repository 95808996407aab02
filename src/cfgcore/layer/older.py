"""Tables of a settings file that were written for an older version of their section, in today's form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cfgcore.declare.arrangement import hides
from cfgcore.declare.policy import POLICIES
from cfgcore.declare.resolved import Section
from cfgcore.layer.dynaconf_reader import cast, starts_with_token
from cfgcore.layer.plant import Planter
from cfgcore.layer.template import holds_template
from cfgcore.layer.text import Text
from cfgcore.layer.tree import Table
from cfgcore.migration.steps import StepFailed
from cfgcore.migration.trace import Trace, traced
from cfgcore.values.absent import ABSENT
from cfgcore.values.origin import Origin, Path
from cfgcore.values.problem import REDACTED

VERSIONS = "versions"

_MARKS = "dynaconf_"


@dataclass(frozen=True, slots=True)
class Older:
    """Plants what a file says, in which `versions` names the sections that are not in today's form."""

    text: Text
    planter: Planter
    versions: Mapping[str, int] = field(default_factory=dict)

    def plant(self, tree: Table, table: Mapping[str, Any], key: Path) -> None:
        """Put the sections of `table`, which stands at `key` in the file, into `tree`."""
        self.planter.plant(tree, (), self._of_today(tree, (), table, key), self._origin, key)

    def _of_today(self, tree: Table, path: Path, table: Mapping[Any, Any], key: Path) -> dict[Any, Any]:
        """Return what of `table` is in today's form; the rest, at `path` and below, is put into `tree`."""
        today: dict[Any, Any] = {}
        for name, content in table.items():
            at = (*path, str(name).casefold())
            section = self.planter.registry.section_at(at)
            dotted = ".".join((*path, section.name)) if section is not None else ""
            if not isinstance(content, Mapping):
                today[name] = content
            elif at == (POLICIES,):
                today[name] = self._of_today(tree, at, content, (*key, str(name)))
            elif section is None or dotted not in self.versions:
                today[name] = content
            elif self.versions[dotted] < section.version:
                self._section(tree, section, (*path, section.name), content, (*key, str(name)))
        return today

    def _section(self, tree: Table, section: Section, path: Path, content: Mapping[Any, Any], key: Path) -> None:
        version = self.versions[".".join(path)]
        marks = {name: value for name, value in content.items() if str(name).startswith(_MARKS)}
        values = {}
        for name, value in content.items():
            try:
                if name not in marks:
                    values[str(name)] = _evaluated(value, self.planter.literal)
            except ValueError as error:
                message = f"it cannot be brought along from version {version} of the section: {error}"
                self.planter.report.add("migration", (*path, str(name)), message, self._origin((*key, str(name))))
        values = {name: value for name, value in values.items() if value is not ABSENT}
        try:
            trace = traced(section, values, version)
        except StepFailed as error:
            message = f"{error}; write the table in the form of version {section.version}"
            self.planter.report.add("migration", path, message, self._origin(key))
            return
        self._tell(section, path, values, trace, key)
        self.planter.plant(tree, path, marks, self._origin, key)
        inert = replace(self.planter, inert=True, literal=False)
        inert.plant(tree, path, trace.values, lambda at: self._origin(_source(trace, at, key)), key)

    def _tell(self, section: Section, path: Path, values: Mapping[str, Any], trace: Trace, key: Path) -> None:
        version = self.versions[".".join(path)]
        for problem in trace.problems:
            below = problem.path.split(".")[1:]
            told = replace(problem, path=".".join((*path, *below)), origin=self._origin((*key, *below)))
            self.planter.report.problems.append(told)
        for name, value in values.items():
            became = trace.became[name]
            if became == {name: value}:
                continue
            written = ", ".join(f"{new} = {_written(section, new, now)}" for new, now in became.items())
            parts = ", ".join(trace.parts.get(name, ()))
            now = f"write {written}" if written else f"it is part of {parts}" if parts else "it is gone"
            message = f"in version {version} of the section it was {name!r}; {now}"
            place = (*path, next(iter(became), name))
            suggested = next(iter(became.values())) if len(became) == 1 and REDACTED not in written else ABSENT
            origin = self._origin((*key, name))
            self.planter.report.add("older", place, message, origin, severity="warning", suggested=suggested)

    def _origin(self, key: Path) -> Origin:
        return Origin("file", "file", self.text.name, key, self.text)


def stated_versions(text: Text, table: Any, planter: Planter) -> dict[str, int]:
    """Return the versions that the table ``[versions]`` of a file names by section; what is wrong is reported."""
    found: dict[str, int] = {}
    if isinstance(table, Mapping):
        _state(found, text, (), table, planter)
    elif table is not None:
        planter.report.add("type", (VERSIONS,), "it is a table of versions by section", _at(text))
    return found


def _state(found: dict[str, int], text: Text, path: Path, table: Mapping[Any, Any], planter: Planter) -> None:
    for name, value in table.items():
        at = (*path, str(name))
        origin, section = _at(text, *at), planter.registry.section_at(at)
        number = int(value) if planter.literal and isinstance(value, str) and value.isdecimal() else value
        if isinstance(value, Mapping) and [key.casefold() for key in at] == [POLICIES]:
            _state(found, text, (POLICIES,), value, planter)
        elif section is None:
            planter.report.unknown(f"{VERSIONS}: {planter.registry.canonical(at)[1]}", origin)
        elif type(number) is not int or number < 1:
            planter.report.add(
                "type", (VERSIONS, *path, section.name), "it is no version: a whole number from 1", origin
            )
        else:
            dotted = ".".join((*path, section.name))
            found[dotted] = number
            _compare(section, dotted, number, planter, origin)


def _compare(section: Section, dotted: str, number: int, planter: Planter, origin: Origin) -> None:
    path = (VERSIONS, dotted)
    if number > section.version:
        message = (
            f"the file was written for version {number} of section {dotted!r}, and this release of plugin "
            f"{section.plugin!r} knows version {section.version}; upgrade the plugin, or write the table for it"
        )
        planter.report.add("newer", path, message, origin)
    elif number < section.version:
        message = f"the table is read as of version {number}; bring it to version {section.version}, and say so here"
        planter.report.add("older", path, message, origin, severity="warning", suggested=section.version)


def _at(text: Text, *key: str) -> Origin:
    return Origin("file", "file", text.name, (VERSIONS, *key), text)


def _evaluated(value: Any, literal: bool) -> Any:
    """Return a value without tokens. Raises ``ValueError`` for one that merges, or is computed from other settings."""
    if isinstance(value, str) and (literal or starts_with_token(value)):
        result = cast(value, infer=literal)
        if result.operation != "set":
            raise ValueError("a token that merges or deletes belongs to a table of today's form")
        value = result.value
    if holds_template(value):
        raise ValueError("a template belongs to a table of today's form")
    if isinstance(value, Mapping):
        return {str(name): _evaluated(below, literal) for name, below in value.items()}
    return [_evaluated(item, literal) for item in value] if isinstance(value, list) else value


def _source(trace: Trace, at: Path, key: Path) -> Path:
    """Return where in the file the value stands that is planted at `at`, in the table at `key`."""
    name, *below = at[len(key) :] or ("",)
    source = trace.sources.get(name)
    return key if source is None else (*key, source, *(below if source == name else ()))


def _written(section: Section, name: str, value: Any) -> str:
    setting = section.settings.get(name)
    if setting is None or hides(setting):
        return REDACTED
    return json.dumps(value, ensure_ascii=False, default=str)
