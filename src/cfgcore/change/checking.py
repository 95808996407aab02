"""Whether documents may become what a change makes of them: their problems, and what policies do not allow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cfgcore.change.flag_value import flag_problems
from cfgcore.change.home import home_of, public_path
from cfgcore.change.policies import beyond, standing, unjudged
from cfgcore.change.values import edits_between, with_value
from cfgcore.check.judgement import Judgement
from cfgcore.check.rules import RULE_FAILED
from cfgcore.declare.flag_path import is_flag
from cfgcore.declare.registry import Registry
from cfgcore.errors import ValidationFailed
from cfgcore.layer.order import LAYERS
from cfgcore.layer.tree import node_at, origin_at
from cfgcore.store.document import POLICIES, SHARED, Document, user_document, user_of
from cfgcore.store.protocol import Snapshot
from cfgcore.store.record import Edit
from cfgcore.store.secret import key_in
from cfgcore.values.absent import ABSENT
from cfgcore.values.frozen import plain
from cfgcore.values.origin import Path
from cfgcore.values.problem import Problem, once

Documents = Mapping[str, Document]
Targets = Mapping[str, Mapping[str, Any]]
Edits = Mapping[str, Sequence[Edit]]

#: Judges documents, for one user or for everyone, as they are or bare: without the layers above.
JudgeDocuments = Callable[[Documents, "str | None", bool], Judgement]


class Checking:
    """Checks what a change makes of documents; `secrets` are those that their new values refer to."""

    def __init__(self, registry: Registry, judge: JudgeDocuments) -> None:
        self._registry = registry
        self._judge = judge

    def within(
        self, targets: Targets, snapshot: Snapshot, actor: str, secrets: Mapping[str, Any]
    ) -> tuple[Targets, tuple[Problem, ...]]:
        """Return `targets` as far as policies allow them, and a warning for each value that they do not."""
        edits = edits_of(targets, snapshot)
        candidate = {**snapshot.documents, **{name: Document(values) for name, values in targets.items()}}
        within, warnings = dict(targets), []
        for user, asked in _public(edits).items():
            judgement = self._judge_with(candidate, user, secrets)
            found = beyond(self._registry, judgement.clamped, asked, user or actor, "warning")
            for clamped, warning in found:
                name, inner = home_of(clamped.path, user)
                within[name] = with_value(within[name], inner, plain(clamped.value))
                warnings.append(warning)
        return within, tuple(warnings)

    def checked(
        self,
        snapshot: Snapshot,
        candidate: Documents,
        edits: Edits,
        secrets: Mapping[str, Any],
        actor: str,
    ) -> tuple[Problem, ...]:
        """Judge the documents that edits lead to; return what is worth a warning.

        Raises :class:`ValidationFailed` with all problems that were not there before.
        """
        warnings: list[Problem] = []
        errors = flag_problems(candidate, edits)
        for user, asked in _public(edits).items():
            after = self._judge_with(candidate, user, secrets)
            before = self._judge_with(snapshot.documents, user, {}) if after.problems and user is not None else None
            fresh = _fresh(after, before, _rule_paths(self._registry, {path[0] for path, _ in asked}))
            old_rules = snapshot.documents[POLICIES].values
            fresh = [replace(p, severity="warning") if standing(p, old_rules) else p for p in fresh]
            errors += [problem for problem in fresh if problem.severity == "error"]
            errors += [problem for _, problem in beyond(self._registry, after.clamped, asked, user or actor, "error")]
            errors += unjudged(self._registry, after.constraints, [path for path, _ in asked])
            hidden = self._hidden(after, "stored" if user is None else "user", asked)
            if hidden:
                errors += self._wrong_below(candidate, user, secrets, hidden, asked, actor)
            warnings += [problem for problem in fresh if problem.severity == "warning"]
            warnings += hidden
        if errors:
            raise ValidationFailed(once((*errors, *warnings)))
        return once(warnings)

    def _wrong_below(
        self,
        documents: Documents,
        user: str | None,
        secrets: Mapping[str, Any],
        hidden: Sequence[Problem],
        asked: Sequence[tuple[Path, Edit]],
        actor: str,
    ) -> list[Problem]:
        """Return what is wrong with hidden values: nothing judges them while a stronger layer hides them."""
        bare = self._judge_with(documents, user, secrets, bare=True)
        paths = [problem.path for problem in hidden]
        rules = {rule.code for _, rule in self._registry.rules}
        policies = [problem for _, problem in beyond(self._registry, bare.clamped, asked, user or actor, "error")]
        return [
            problem
            for problem in (*bare.problems, *policies)
            if problem.severity == "error"
            and problem.code not in rules | {"required", RULE_FAILED}
            and any(f"{problem.path}.".startswith(f"{path}.") for path in paths)
        ]

    def _judge_with(
        self, documents: Documents, user: str | None, secrets: Mapping[str, Any], *, bare: bool = False
    ) -> Judgement:
        names = SHARED if user is None else (*SHARED, user_document(user))
        judged = {name: _revealing(documents[name], secrets) for name in names if name in documents}
        return self._judge(judged, user, bare)

    def _hidden(self, judgement: Judgement, layer: str, edits: Sequence[tuple[Path, Edit]]) -> list[Problem]:
        found = []
        for path, edit in edits:
            origin = origin_at(judgement.tree, path)
            is_elsewhere = is_flag(path) and node_at(judgement.tree, path) is None
            if edit.new is ABSENT or origin is None or is_elsewhere or origin.layer not in LAYERS:
                continue
            if LAYERS.index(origin.layer) > LAYERS.index(layer):
                message = f"the change is stored, but {origin} is stronger and hides it"
                found.append(Problem("hidden", ".".join(path), message, "warning", origin))
        return found


def edits_of(targets: Targets, snapshot: Snapshot) -> dict[str, tuple[Edit, ...]]:
    """Return the edits that make documents what `targets` say; those that do not change are left out."""
    found = {n: tuple(edits_between(snapshot.documents[n].values, values)) for n, values in targets.items()}
    return {name: edits for name, edits in found.items() if edits}


def _public(edits: Edits) -> dict[str | None, list[tuple[Path, Edit]]]:
    """Return the edits of each user's document, and (None) of those that everyone shares, with their public paths."""
    found: dict[str | None, list[tuple[Path, Edit]]] = {}
    for name in edits:
        found.setdefault(user_of(name), []).extend((public_path(name, edit.path), edit) for edit in edits[name])
    return found


def _fresh(after: Judgement, before: Judgement | None, concerned: Collection[str]) -> list[Problem]:
    """Return the problems that were not there before, wherever the values came from.

    A rule that fails to answer stands in the way wherever it is `concerned`: nobody knows whether it holds.
    """
    known = set() if before is None else set(map(_identity, before.problems))
    return [
        problem
        for problem in after.problems
        if _identity(problem) not in known or (problem.code == RULE_FAILED and problem.path in concerned)
    ]


def _identity(problem: Problem) -> tuple[str, str, str]:
    return problem.code, problem.path, "" if problem.code == RULE_FAILED else problem.message


def _rule_paths(registry: Registry, sections: Collection[str]) -> set[str]:
    """Return where the rules report that concern one of `sections`."""
    return {rule.yields for _, rule in registry.rules if any(path.partition(".")[0] in sections for path in rule.paths)}


def _revealing(document: Document, secrets: Mapping[str, Any]) -> Document:
    if not secrets:
        return document

    def reveal(value: Any) -> Any:
        key = key_in(value)
        if key is not None:
            return secrets.get(key, value)
        return {name: reveal(below) for name, below in value.items()} if isinstance(value, Mapping) else value

    return replace(document, values=reveal(document.values))
