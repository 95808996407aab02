"""The rules of all plugins, run over the sections they concern."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cfgcore.check.sections import redact, secret_texts, value_at
from cfgcore.declare.registry import Registry
from cfgcore.declare.rule import Rule, Violation
from cfgcore.values.absent import ABSENT
from cfgcore.values.frozen import FrozenDict, plain
from cfgcore.values.origin import Origin, Path
from cfgcore.values.problem import Problem
from cfgcore.view.cover import holds_secret
from cfgcore.view.difference import same

#: The code of a rule that fails to answer.
RULE_FAILED = "rule_failed"

OriginAt = Callable[[str], "Origin | None"]


@dataclass(frozen=True, slots=True)
class Question:
    """A rule of a plugin, and the values that it is to judge."""

    plugin: str
    rule: Rule
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """Why there is no answer to a question."""

    reason: str


#: Returns what each question's rule answers, or that it failed.
Answers = Callable[[Sequence[Question]], Sequence[Any]]


def answered(questions: Iterable[Question]) -> list[Any]:
    """Return what the rules answer, one after the other, here and now."""
    return [answer_to(question) for question in questions]


def answer_to(question: Question) -> Any:
    """Return what a rule answers."""
    try:
        return question.rule.check(*question.values)
    except (Exception, SystemExit) as error:
        return Failed(f"{type(error).__name__}: {error}")


def broken_rules(
    registry: Registry,
    sections: Mapping[str, Any],
    failed: Iterable[str],
    origin_at: OriginAt,
    answers: Answers = answered,
    sound: Mapping[str, Any] = FrozenDict(),
) -> list[Problem]:
    """Return a problem for every rule that does not hold.

    Rules are pure: one that must hold is asked nothing of values that are those of the `sound` sections, which it has
    found good.

    A rule is left out where one of its sections is not there or one of its paths is, holds, or lies in one of the
    `failed`, whose problem is known already; so is a problem that names such a path. A rule that fails to answer is a
    problem of its own: nobody knows whether it holds.
    """
    known = [tuple(path.split(".")) for path in failed]
    questions = [one for one in _questions(registry, sections, known) if not _was_good(one, sound)]
    problems = []
    for question, answer in zip(questions, answers(questions), strict=True):
        problem = _judged(question, answer, origin_at)
        if problem is not None and not _touches(tuple(problem.path.split(".")), known):
            problems.append(_redacted(registry, question, problem))
    return problems


def _questions(registry: Registry, sections: Mapping[str, Any], failed: Sequence[Path]) -> Iterator[Question]:
    for plugin, rule in registry.rules:
        paths = [tuple(path.split(".")) for path in rule.paths]
        if all(path[0] in sections for path in paths) and not any(_touches(path, failed) for path in paths):
            yield Question(plugin, rule, tuple(value_at(sections[path[0]], path[1:]) for path in paths))


def _was_good(question: Question, sound: Mapping[str, Any]) -> bool:
    paths = [tuple(path.split(".")) for path in question.rule.paths]
    return (
        question.rule.severity == "error"
        and all(path[0] in sound for path in paths)
        and all(map(same, question.values, (value_at(sound[path[0]], path[1:]) for path in paths)))
    )


def _touches(path: Path, failed: Iterable[Path]) -> bool:
    return any(path[: len(other)] == other[: len(path)] for other in failed)


def _judged(question: Question, answer: Any, origin_at: OriginAt) -> Problem | None:
    plugin, rule = question.plugin, question.rule
    if answer is None:
        return None
    if isinstance(answer, str):
        answer = Violation(answer)
    if not isinstance(answer, Violation):
        told = f"failed: {answer.reason}" if isinstance(answer, Failed) else f"returned {_odd(answer)}"
        message = f"rule {rule.code!r} of plugin {plugin!r} {told}"
        return Problem(RULE_FAILED, rule.yields, message, "error", _origin(rule, origin_at))
    path = answer.path or rule.yields
    origin = _origin(rule, origin_at)
    return Problem(
        rule.code, path, answer.message, rule.severity, origin, FrozenDict(answer.parameters), answer.suggested
    )


def _odd(answer: object) -> str:
    return f"{type(answer).__name__}, not text, a Violation or None"


def _origin(rule: Rule, origin_at: OriginAt) -> Origin | None:
    origins = [origin_at(path) for path in dict.fromkeys((rule.yields, *rule.paths))]
    return next((origin for origin in origins if origin and origin.kind != "default"), origins[0])


def _redacted(registry: Registry, question: Question, problem: Problem) -> Problem:
    secrets: set[str] = set()
    for path, value in zip(question.rule.paths, question.values, strict=True):
        place = registry.place(tuple(path.split(".")))
        if place is not None and (place.secret or holds_secret(place.kind)):
            secrets |= secret_texts(place.kind, plain(value), place.secret)
    if not secrets:
        return problem
    message = redact(problem.message, secrets)
    return replace(problem, message=message, parameters=FrozenDict(), suggested=ABSENT)
