"""The rules of all plugins, run over the sections they concern."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from cfgcore.check.sections import redact, secret_texts, value_at
from cfgcore.declare.registry import Registry
from cfgcore.declare.rule import Rule, Violation
from cfgcore.values.absent import ABSENT
from cfgcore.values.frozen import FrozenDict, plain
from cfgcore.values.origin import Origin, Path
from cfgcore.values.problem import Problem
from cfgcore.view.cover import holds_secret

OriginAt = Callable[[str], "Origin | None"]


def broken_rules(
    registry: Registry, sections: Mapping[str, Any], failed: Iterable[str], origin_at: OriginAt
) -> list[Problem]:
    """Return a problem for every rule that does not hold.

    A rule is left out where one of its sections is not there or one of its paths is, holds, or lies in one of the
    `failed`, whose problem is known already; so is a problem that names such a path. A rule that raises is a problem of
    its own: nobody knows whether it holds.
    """
    known = [tuple(path.split(".")) for path in failed]
    problems = []
    for plugin, rule in registry.rules:
        paths = [tuple(path.split(".")) for path in rule.paths]
        if any(_touches(path, known) for path in paths) or not all(path[0] in sections for path in paths):
            continue
        values = [value_at(sections[path[0]], path[1:]) for path in paths]
        problem = _judge(plugin, rule, values, origin_at)
        if problem is not None and not _touches(tuple(problem.path.split(".")), known):
            problems.append(_redacted(registry, rule, values, problem))
    return problems


def _touches(path: Path, failed: Iterable[Path]) -> bool:
    return any(path[: len(other)] == other[: len(path)] for other in failed)


def _judge(plugin: str, rule: Rule, values: list[Any], origin_at: OriginAt) -> Problem | None:
    try:
        answer = rule.check(*values)
    except (Exception, SystemExit) as error:
        message = f"rule {rule.code!r} of plugin {plugin!r} failed: {type(error).__name__}: {error}"
        return Problem("rule_failed", rule.yields, message, "error", _origin(rule, origin_at))
    if answer is None:
        return None
    if isinstance(answer, str):
        answer = Violation(answer)
    if not isinstance(answer, Violation):
        message = (
            f"rule {rule.code!r} of plugin {plugin!r} returned {type(answer).__name__}, not text, a Violation or None"
        )
        return Problem("rule_failed", rule.yields, message, "error", _origin(rule, origin_at))
    path = answer.path or rule.yields
    origin = _origin(rule, origin_at)
    return Problem(
        rule.code, path, answer.message, rule.severity, origin, FrozenDict(answer.parameters), answer.suggested
    )


def _origin(rule: Rule, origin_at: OriginAt) -> Origin | None:
    origins = [origin_at(path) for path in dict.fromkeys((rule.yields, *rule.paths))]
    return next((origin for origin in origins if origin and origin.kind != "default"), origins[0])


def _redacted(registry: Registry, rule: Rule, values: list[Any], problem: Problem) -> Problem:
    secrets: set[str] = set()
    for path, value in zip(rule.paths, values, strict=True):
        place = registry.place(tuple(path.split(".")))
        if place is not None and (place.secret or holds_secret(place.kind)):
            secrets |= secret_texts(place.kind, plain(value), place.secret)
    if not secrets:
        return problem
    message = redact(problem.message, secrets)
    return replace(problem, message=message, parameters=FrozenDict(), suggested=ABSENT)
