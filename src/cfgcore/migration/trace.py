"""What became of single keys: which of today's settings an older one leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cfgcore.declare.resolved import Section
from cfgcore.migration.steps import StepFailed, raised
from cfgcore.values.problem import Problem


@dataclass(frozen=True, slots=True)
class Trace:
    """Values brought along, what steps reported, and what each older key became by itself.

    `sources` names, for each of today's keys, the older one that it comes from, where that is one. `parts` are older
    keys that only together with others made something.
    """

    values: Mapping[str, Any]
    problems: tuple[Problem, ...]
    became: Mapping[str, Mapping[str, Any]]
    sources: Mapping[str, str]
    parts: Mapping[str, tuple[str, ...]]


def traced(section: Section, values: Mapping[str, Any], version: int) -> Trace:
    """Bring `values` of an older `version` along. Raises :class:`StepFailed` naming the step."""
    found, problems = raised(section, values, version)
    alone = {key: _alone(section, key, value, version) for key, value in values.items()}
    became = {key: {new: found[new] for new in made if new in found} for key, made in alone.items()}
    sources = {new: key for key in reversed(list(values)) for new in became[key]}
    sources |= {key: key for key in values if key in found and key in became[key]}
    joined = tuple(new for new in found if new not in sources and new not in values)
    return Trace(found, tuple(problems), became, sources, {key: joined for key in values if not became[key] and joined})


def present_names(section: Section, key: str, value: Any) -> tuple[int, tuple[str, ...]] | None:
    """Return what an unknown `key` was: the last version that had it, and what it is called today; None for nothing."""
    for version in range(section.version - 1, 0, -1):
        found = tuple(new for new in _alone(section, key, value, version) if new in section.settings and new != key)
        if found:
            return version, found
    return None


def _alone(section: Section, key: str, value: Any, version: int) -> Mapping[str, Any]:
    try:
        return raised(section, {key: value}, version)[0]
    except StepFailed:  # it cannot do without the others
        return {}
