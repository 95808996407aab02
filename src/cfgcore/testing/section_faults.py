"""What is wrong with a section: with the steps between its versions, and with its defaults."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cfgcore.check.judgement import Judge
from cfgcore.check.sections import load
from cfgcore.declare.defaults import check_defaults
from cfgcore.declare.ownership import sections
from cfgcore.declare.policy import POLICIES
from cfgcore.declare.registry import Owned, Registry
from cfgcore.declare.resolved import Section
from cfgcore.declare.schema import schema_of
from cfgcore.declare.step import Step
from cfgcore.layer.reading import Sources
from cfgcore.layer.stored import stored_contribution
from cfgcore.layer.tree import Leaf, Table
from cfgcore.migration.document import migrations
from cfgcore.migration.steps import StepFailed, lowered, raised
from cfgcore.values.frozen import plain
from cfgcore.values.origin import Origin

_UNKNOWN = "a_key_that_nobody_knows"


def faults_of(cls: type[Any], others: Sequence[type[Any]]) -> tuple[str, list[str]]:
    """Return the name of a section, and everything that is wrong with its steps and its defaults."""
    registry = Registry([Owned("the plugin", sections=[cls, *others])])
    check_defaults(registry)
    path, section = next((path, found) for path, found in sections(registry) if found.cls is cls)
    faults = [*_faults_of_steps(registry, section), *_faults_of_defaults(section)]
    return ".".join(path), list(dict.fromkeys(faults))


def _faults_of_steps(registry: Registry, section: Section) -> Iterator[str]:
    for step in section.header.steps:
        label = f"the example of version {step.version}"
        example = plain(step.example)
        if not example:
            yield f"step({step.version}) has no example; give what somebody may have stored at version {step.version}"
            continue
        try:
            for given in (example, *_sparse(example)):
                yield from _faults_of_values(registry, section, given, step.version, f"{label}, {given!r}")
            yield from _faults_of_way_back(section, step, example)
        except StepFailed as error:
            yield f"{label}: {error}"


def _sparse(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield {}
    for key in values:
        yield {key: values[key]}
        yield {name: value for name, value in values.items() if name != key}


def _faults_of_values(
    registry: Registry, section: Section, given: Mapping[str, Any], version: int, label: str
) -> Iterator[str]:
    kind = POLICIES if section.header.scope == "policy" else "system"
    migration = migrations(registry)[kind]
    stored = {section.name: {**given, _UNKNOWN: 1}}
    found = migration.migrated(stored, {section.name: version}, label)
    if found.held:
        yield from found.held.values()
        return
    values = {name: dict(content) for name, content in found.values.items() if isinstance(content, Mapping)}
    if values.get(section.name, {}).pop(_UNKNOWN, None) != 1:
        yield f"{label}: a key that nobody knows does not survive"
    for name, content in values.items():
        for key in content:
            known = migration.sections.get(name, section)
            if key not in known.settings and key not in known.removed:
                yield f"{label}: {name}.{key} is left over, and no setting"
    yield from _refused(registry, {POLICIES: values} if kind == POLICIES else values, label)


def _refused(registry: Registry, values: Mapping[str, Any], label: str) -> Iterator[str]:
    judge = Judge(registry, Sources())
    contribution = stored_contribution(registry, "stored", None, values, lambda value: value, 1)
    for problem in judge.judge((contribution,), complete=False).problems:
        if problem.severity == "error":
            yield f"{label}: {problem.path}: {problem.message}"


def _faults_of_way_back(section: Section, step: Step, example: Mapping[str, Any]) -> Iterator[str]:
    label = f"the example of version {step.version}"
    newer, reported = raised(section, example, step.version)
    for problem in reported:
        yield f"{label}: {problem.path}: {problem.message}"
    if any(later.down is None for later in section.header.steps if later.version >= step.version):
        return
    older, lost = lowered(section, newer, step.version)
    for problem in lost:
        yield f"{label}: on the way down: {problem.path}: {problem.message}"
    if older != example:
        yield f"{label}: up and down again it is {older!r}, not {example!r}"


def _faults_of_defaults(section: Section) -> Iterator[str]:
    origin = Origin("stored", "stored", "a test")
    written = json.loads(json.dumps(plain(section.defaults)))
    table = Table((name, Leaf(value, origin)) for name, value in written.items())
    made, findings = load(section, schema_of(section), table)
    for path, finding in findings:
        yield f"its defaults, written out, are refused: {'.'.join(path)}: {finding.message}"
    if not findings and len(section.defaults) == len(section.settings) and made != section.cls(**section.defaults):
        yield f"its defaults, written out and read again, are {made!r}"
