"""The problems that reading finds, collected while it goes on."""

from __future__ import annotations

from typing import Any, Literal

from cfgcore.errors import SourceError
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.frozen import FrozenDict
from cfgcore.values.origin import Origin, Path
from cfgcore.values.problem import Problem, Severity

Unknown = Literal["warn", "error"]


class Report:
    """Collects problems. `unknown` says what an unknown name is: a warning or an error."""

    def __init__(self, unknown: Unknown = "warn") -> None:
        self.problems: list[Problem] = []
        self.unreadable = False
        self._unknown: Severity = "error" if unknown == "error" else "warning"

    def add(
        self,
        code: str,
        path: Path,
        message: str,
        origin: Origin,
        *,
        severity: Severity = "error",
        suggested: Any | Absent = ABSENT,
    ) -> None:
        """Record one problem."""
        self.problems.append(Problem(code, ".".join(path), message, severity, origin, FrozenDict(), suggested))

    def unknown(self, message: str, origin: Origin) -> None:
        """Record a name that no section declares."""
        self.problems.append(Problem("unknown", "", message, self._unknown, origin))

    def cannot_read(self, error: SourceError) -> None:
        """Record a source that cannot be read at all: what it would have said is not known."""
        self.unreadable = True
        self.problems.append(Problem("unreadable", "", error.cause, "error", Origin("file", "file", error.place)))
