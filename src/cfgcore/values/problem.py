"""One finding about a configuration, and the finding as a field of a schema knows it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.frozen import FrozenDict
from cfgcore.values.origin import Origin

Severity = Literal["error", "warning"]

REDACTED = "••••"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one value, before it is known where the value came from.

    `code` and `parameters` are stable: a front end may translate by them. `message` is the English sentence.
    """

    code: str
    message: str
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=FrozenDict)
    suggested: Any | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: code and parameters, severity, path, message, origin and a suggested value.

    `path` is dotted. `suggested` is ``ABSENT`` where nothing can be suggested. Values of secret settings never appear.
    """

    code: str
    path: str
    message: str
    severity: Severity = "error"
    origin: Origin | None = None
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=FrozenDict, hash=False)
    suggested: Any | Absent = dataclasses.field(default=ABSENT, hash=False)  # it may be a list

    @property
    def field(self) -> str:
        """The path, by the name that callers of ``ConfigurationValidator`` use."""
        return self.path

    @property
    def suggested_value(self) -> Any | None:
        """The suggested value, or None where there is none."""
        return None if self.suggested is ABSENT else self.suggested

    def __str__(self) -> str:
        parts = [self.origin.place] if self.origin and self.origin.kind != "default" else []
        parts += [self.path] if self.path else []
        return ": ".join([*parts, self.message])


def once(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return problems without repetitions. What they suggest may be a list, so that they cannot be hashed."""
    return tuple(problem for index, problem in enumerate(problems) if problem not in problems[:index])
