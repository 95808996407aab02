"""A definition compiled into one closure, or into one that says what is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cfgcore.flag.choice import Choice, Chooser, Step, Watch
from cfgcore.flag.definition import DISABLED, Definition, problem, read_definition
from cfgcore.flag.outcome import Evaluation, failure
from cfgcore.flag.rule import Clock, Rules
from cfgcore.flag.shorthand import variant_of
from cfgcore.flag.split import split_value
from cfgcore.values.frozen import freeze
from cfgcore.values.problem import Problem


@dataclass(frozen=True, slots=True)
class CompiledFlag:
    """A flag ready to be evaluated: ``evaluate(targeting key, context)`` gives one of its outcomes.

    `definition` is None where it cannot be used; then `problems` say why, and every evaluation is an error.
    """

    key: str
    evaluate: Choice
    definition: Definition | None
    problems: tuple[Problem, ...] = ()
    revision: int = 0

    def given(self, variant: bool | str, revision: int = 0) -> Evaluation | None:
        """Return the outcome of what a user was given, by the commit of `revision`: a variant, or true or false.

        None where the flag does not have it, and where it cannot be used.
        """
        if self.definition is None:
            return None
        try:
            name = variant_of(self.definition, variant)
        except ValueError:
            return None
        if self.definition.state == DISABLED:
            return self.evaluate(None, {})
        value = freeze(self.definition.variants[name])
        return Evaluation(self.key, value, name, "TARGETING_MATCH", max(revision, self.revision))


def compiled(key: str, data: Any, revision: int = 0, clock: Clock = time.time) -> CompiledFlag:
    """Check the definition that plain `data` spells, and compile it. Nothing is raised for what is wrong with it."""
    definition, problems = read_definition(key, data)
    if definition is None:
        return _broken(key, None, problems, revision)
    evaluate, problems = _compile(definition, revision, clock, None)
    if problems:
        return _broken(key, None, problems, revision)
    return CompiledFlag(key, evaluate, definition, (), revision)


def traced(
    definition: Definition, targeting_key: str | None, context: Mapping[str, Any], clock: Clock = time.time
) -> tuple[Evaluation, tuple[Step, ...]]:
    """Evaluate a sound definition and return every decision on the way to the outcome."""
    steps: list[Step] = []
    evaluate, _ = _compile(definition, 0, clock, steps.append)
    return evaluate(targeting_key, context), tuple(steps)


def _compile(
    definition: Definition, revision: int, clock: Clock, watch: Watch | None
) -> tuple[Choice, tuple[Problem, ...]]:
    rules = Rules(definition.key, definition.evaluators, clock, split_value)
    chooser = Chooser(rules, definition, revision, watch)
    if definition.targeting:
        choice = chooser.choice(definition.targeting, ("targeting",))
    else:
        reason = "DEFAULT" if definition.default_variant is None else "STATIC"
        static = chooser.outcome(definition.default_variant, reason)  # type: ignore[arg-type]
        choice = lambda _key, _context: static  # noqa: E731
    for name in definition.evaluators:
        rules.value({"$ref": name}, ("evaluators",))  # what no rule refers to is checked as well
    found = tuple(dict.fromkeys(problem(definition.key, place, message) for place, message in rules.findings))
    if definition.state == DISABLED:
        off = Evaluation(definition.key, chooser.outcome(None, "DISABLED").value, None, "DISABLED", revision)
        return (lambda _key, _context: off), found
    return choice, found


def _broken(key: str, definition: Definition | None, problems: tuple[Problem, ...], revision: int) -> CompiledFlag:
    outcome = failure(key, "PARSE_ERROR", "; ".join(map(str, problems)), revision)
    return CompiledFlag(key, lambda _key, _context: outcome, definition, problems, revision)
