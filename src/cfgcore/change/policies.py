"""What is said to those who ask for more than policies allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cfgcore.change.layering import ENFORCED
from cfgcore.check.clamp import Clamped
from cfgcore.check.constraints import Constraints
from cfgcore.declare.bounds import shown
from cfgcore.declare.policy import POLICIES, RULES
from cfgcore.declare.registry import Registry
from cfgcore.layer.tree import Leaf, Table, node_at
from cfgcore.store.document import Document
from cfgcore.store.record import Edit
from cfgcore.values.absent import ABSENT
from cfgcore.values.frozen import FrozenDict, plain
from cfgcore.values.origin import Path
from cfgcore.values.problem import Problem, Severity
from cfgcore.view.view import View


def beyond(
    registry: Registry, clamped: Iterable[Clamped], asked: Iterable[tuple[Path, Edit]], who: str, severity: Severity
) -> Iterator[tuple[Clamped, Problem]]:
    """Yield what of the edits asked for policies do not allow, and the problem that says so."""
    edits = [(path, edit) for path, edit in asked if edit.new is not ABSENT]
    for one in clamped:
        edit = next(
            (e for path, e in edits if one.path[: len(path)] == path or path[: len(one.path)] == one.path), None
        )
        if edit is None or one.origin is None or one.origin.kind != "asked":
            continue
        dotted = ".".join(one.path)
        place = registry.place(one.path)
        wanted = shown(edit.new if _is_at(edit, one.path) else one.wanted, place.setting, place.secret) if place else ""
        message = f"{who} asked for {dotted} = {wanted}; {one.found.sentence}"
        parameters = FrozenDict({"policy": one.found.constraint.policy, "demand": one.found.constraint.demand})
        suggested = ABSENT if place is None or place.secret else plain(one.value)
        yield one, Problem("policy", dotted, message, severity, None, parameters, suggested)


def _is_at(edit: Edit, path: Path) -> bool:
    return edit.path[-1] == path[-1]


def unjudged(registry: Registry, constraints: Constraints, paths: Iterable[Path]) -> Iterator[Problem]:
    """Yield a problem for each path that belongs to a plugin which does not say what follows from the policies."""
    concerned: Mapping[str, set[Path]] = {plugin: set() for plugin in constraints.failed}
    for found in constraints.found:
        if found.plugin in concerned:
            concerned[found.plugin].add((found.constraint.path.split(".")[0],))
    for name, section in registry.policies.items():
        if section.plugin in concerned:
            concerned[section.plugin].add((POLICIES, name))
    for path in paths:
        for plugin, sections in concerned.items():
            if any(path[: len(section)] == section for section in sections):
                why = f"plugin {plugin!r} does not say what follows from the policies: {constraints.failed[plugin]}"
                yield Problem("constraints_failed", ".".join(path), f"{why}; its last constraints hold until it does")


def standing(problem: Problem, old: Mapping[str, Any]) -> bool:
    """Return whether a rule of an administrator that binds nothing stood there already, before the change."""
    rules = old.get("rules", ())
    return problem.code == "policy_path" and any(
        isinstance(rule, Mapping) and rule.get("path") == problem.parameters.get("path") for rule in rules
    )


def reports_enforced(documents: Mapping[str, Document], tree: Table) -> Iterator[Mapping[str, Document]]:
    """Yield documents by which the rules that only report are enforced, wherever they stand, where there are such.

    `tree` is what the documents, and all other layers, amount to.
    """
    found = node_at(tree, (POLICIES, RULES))
    rules = found.value if isinstance(found, Leaf) else ()
    if isinstance(rules, (list, tuple)) and any(map(_reports, rules)):
        enforced = [{k: v for k, v in rule.items() if k != "mode"} if _reports(rule) else rule for rule in rules]
        yield {**documents, ENFORCED: Document({RULES: enforced}, revision=1)}


def _reports(rule: Any) -> bool:
    return isinstance(rule, Mapping) and rule.get("mode") == "report"


def is_recorded(view: View, paths: Iterable[str], user: str | None) -> bool:
    """Return whether the audit keeps the refusal of a change: always, but for users' own where a policy says not to.

    What is asked of policies is recorded whoever asks.
    """
    if user is None or any(str(path).lower().startswith(f"{POLICIES}.") for path in paths):
        return True
    return bool(view.get(f"{POLICIES}.audit.audit_logging_enabled", True))
