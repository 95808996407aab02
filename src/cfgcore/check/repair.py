"""A user's view is repaired, never fatal: what does not go together with the rest is ignored, and stays stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from cfgcore.check.judgement import Judgement
from cfgcore.declare.registry import Registry
from cfgcore.layer.tree import Contribution, leaves, node_at, without
from cfgcore.values.origin import Path
from cfgcore.values.problem import Problem

#: Judges what a user set; profiles that the user selected leave some paths alone.
JudgeOwn = Callable[[Contribution, Collection[Path]], Judgement]


def repaired(registry: Registry, judge: JudgeOwn, own: Contribution) -> Judgement:
    """Judge a user's `own` contribution; where a rule fails, leave values of the user out until it holds.

    What a selected profile sets of the rule's paths goes first, then what the user set of them, the path that the rule
    yields before the others, then both of the sections concerned, and the selection of a profile last. Values that
    their own field refuses give way by themselves. Problems and contributions are the first ones.
    """
    muted: frozenset[Path] = frozenset()
    first = judgement = judge(own, muted)
    while (step := _yielding(registry, judgement, own)) is not None:
        path, is_profile = step
        if is_profile:
            muted |= {path}
        else:
            own = replace(own, tree=without(own.tree, path))
        judgement = judge(own, muted)
    return replace(judgement, problems=first.problems, contributions=first.contributions)


def _yielding(registry: Registry, judgement: Judgement, own: Contribution) -> tuple[Path, bool] | None:
    """Return the value that goes next, and whether a profile sets it; None where nothing is left to go."""
    profiled = set(_profiled(judgement))
    for problem in judgement.problems:
        if problem.severity == "error":
            of_rule, of_sections, selectors = _concerned(registry, problem)
            for paths in (of_rule, of_sections):
                for path in paths:
                    if path in profiled:
                        return path, True
                for path in paths:
                    if node_at(own.tree, path) is not None:
                        return path, False
            for path in selectors:
                if node_at(own.tree, path) is not None:
                    return path, False
    return None


def _profiled(judgement: Judgement) -> Iterator[Path]:
    """Yield the paths that profiles which the user selected set."""
    for contribution in judgement.contributions:
        if contribution.layer == "user":
            for path, leaf in leaves(contribution.tree):
                if leaf.origin.kind == "profile":
                    yield path


def _concerned(registry: Registry, problem: Problem) -> tuple[list[Path], list[Path], list[Path]]:
    """Return the paths of the rule that a problem is of, those of its sections, and what selects profiles of them."""
    paths = [problem.path]
    for _, rule in registry.rules:
        if rule.code == problem.code or (problem.code == "rule_failed" and rule.yields == problem.path):
            paths += [rule.yields, *rule.paths]
    of_rule = [tuple(path.split(".")) for path in dict.fromkeys(paths)]
    names = dict.fromkeys(path[0] for path in of_rule)
    found = [registry.sections[name] for name in names if name in registry.sections]
    of_sections = [(section.name, setting) for section in found for setting in section.settings]
    selectors = dict.fromkeys(
        tuple(profile.selector.split("."))
        for _, profile in registry.profiles
        if any(path.split(".")[0] in names for path in profile.values)
    )
    return of_rule, [path for path in of_sections if path not in of_rule], list(selectors)
