"""The outcome of a validation."""

from __future__ import annotations

from dataclasses import dataclass

from cfgcore.values.problem import Problem


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """All problems of a configuration. Warnings never make it invalid."""

    problems: tuple[Problem, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Whether there is no error."""
        return not self.errors

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that stand in the way."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems that do not."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")
