"""One section's values brought along its steps, forward and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cfgcore.declare.resolved import Section
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.data import NoData, data
from cfgcore.values.frozen import FrozenDict, plain
from cfgcore.values.problem import Problem

if TYPE_CHECKING:
    from cfgcore.declare.step import Function

Values = Mapping[str, Any]


class StepFailed(Exception):
    """A step did not do its work. Says which one, and why; the values are left as they are."""


@dataclass(slots=True)
class Notes:
    """What steps report: the function that is handed to them as ``report``."""

    section: str
    found: list[Problem]

    def __call__(self, path: str, message: str, *, suggested: Any | Absent = ABSENT) -> None:
        """Record a value that a step cannot bring along; `path` is dotted, and lies in the section."""
        inside = path if path == self.section or path.startswith(f"{self.section}.") else f"{self.section}.{path}"
        self.found.append(Problem("migration", inside, str(message), "warning", None, FrozenDict(), suggested))


def raised(
    section: Section, values: Values, version: int, to: int | None = None
) -> tuple[dict[str, Any], list[Problem]]:
    """Return `values` of an older `version` as those of version `to`, today's unless given, and what steps reported.

    Raises :class:`StepFailed` naming the step.
    """
    notes = Notes(section.name, [])
    found = plain(values)
    goal = section.version if to is None else to
    for step in sorted(section.header.steps, key=lambda known: known.version):
        if version <= step.version < goal:
            label = f"the step from version {step.version} to {step.version + 1} of section {section.name!r}"
            found = _applied(step.up, step.up_reports, found, notes, label)
    return found, notes.found


def lowered(section: Section, values: Values, to: int) -> tuple[dict[str, Any], list[Problem]]:
    """Return `values` of today as those of the older version `to`, and what steps reported: what gets lost.

    Raises :class:`StepFailed` naming the step, also for one that has no way down.
    """
    notes = Notes(section.name, [])
    found = plain(values)
    for step in sorted(section.header.steps, key=lambda known: -known.version):
        if step.version >= to:
            label = f"the step from version {step.version + 1} down to {step.version} of section {section.name!r}"
            if step.down is None:
                raise StepFailed(f"{label} does not exist")
            found = _applied(step.down, step.down_reports, found, notes, label)
    return found, notes.found


def can_lower(section: Section, to: int) -> bool:
    """Return whether every step above version `to` has a way down."""
    return all(step.down is not None for step in section.header.steps if step.version >= to)


def _applied(function: Function, reports: bool, values: dict[str, Any], notes: Notes, label: str) -> dict[str, Any]:
    given = plain(values)  # the step's own: it may change what it was handed
    try:
        made = function(given, notes) if reports else function(given)
    except (Exception, SystemExit) as error:
        raise StepFailed(f"{label} failed: {type(error).__name__}: {error}") from error
    if not isinstance(made, Mapping):
        raise StepFailed(f"{label} returned {type(made).__name__}, no mapping of settings")
    try:
        result: dict[str, Any] = data(made)
    except RecursionError:
        raise StepFailed(f"{label} returned a mapping that contains itself") from None
    except NoData as error:
        raise StepFailed(f"{label} returned at {'.'.join(error.path) or 'its top'} what is no data: {error}") from None
    return result
