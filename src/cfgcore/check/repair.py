"""A user's view is repaired, never fatal: what does not go together with the rest is ignored, and stays stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cfgcore.check.judgement import Judgement
from cfgcore.declare.registry import Registry
from cfgcore.layer.tree import Contribution, node_at, without
from cfgcore.values.origin import Path
from cfgcore.values.problem import Problem

JudgeOwn = Callable[[Contribution], Judgement]


def repaired(registry: Registry, judge: JudgeOwn, own: Contribution) -> Judgement:
    """Judge a user's `own` contribution; where a rule fails, drop overrides until it holds.

    The path that the rule yields goes first, then its other paths, then whatever else the user set in their sections.
    Values that their own field refuses give way by themselves. The problems are those of the first judgement.
    """
    first = judgement = judge(own)
    while (path := _yielding(registry, judgement, own)) is not None:
        own = replace(own, tree=without(own.tree, path))
        judgement = judge(own)
    return replace(judgement, problems=first.problems)


def _yielding(registry: Registry, judgement: Judgement, own: Contribution) -> Path | None:
    for problem in judgement.problems:
        if problem.severity == "error":
            for dotted in _concerned(registry, problem):
                path = tuple(dotted.split("."))
                if node_at(own.tree, path) is not None:
                    return path
    return None


def _concerned(registry: Registry, problem: Problem) -> list[str]:
    paths = [problem.path]
    for _, rule in registry.rules:
        if rule.code == problem.code or (problem.code == "rule_failed" and rule.yields == problem.path):
            paths += [rule.yields, *rule.paths]
    sections = dict.fromkeys(path.split(".")[0] for path in paths)
    return [*dict.fromkeys(paths), *(f"{name}.{setting}" for name in sections for setting in _settings(registry, name))]


def _settings(registry: Registry, name: str) -> list[str]:
    return list(registry.sections[name].settings) if name in registry.sections else []
