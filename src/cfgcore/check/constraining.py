"""Which constraints follow from policies: what plugins answer, and the rules of administrators."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cfgcore.check.constraints import Constraints, Found, compiled
from cfgcore.declare.policy import POLICIES, RULES, PolicyRule
from cfgcore.declare.registry import Registry
from cfgcore.layer.tree import Node, Table, leaves, origin_at
from cfgcore.values import moment
from cfgcore.values.absent import ABSENT
from cfgcore.values.origin import Origin, Path
from cfgcore.values.problem import Problem

if TYPE_CHECKING:
    from cfgcore.declare.constraint import Constraint

#: How many policies are remembered with what follows from them: those of now, and of the plans about them.
KEPT = 4

#: How long a plugin that failed is left alone before it is asked again.
PATIENCE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a plugin answered: constraints, or why it could not."""

    plugin: str
    constraints: Sequence[Constraint] = ()
    failure: str = ""


Ask = Callable[[Any], Sequence[Answer]]
Setter = Callable[[Path, "Origin | None"], str]


class Constraining:
    """Makes constraints of policies. `ask` asks the plugins; `setter` says who set a policy, in words.

    A plugin that fails keeps the constraints that it answered last; `Constraints.failed` says why.
    """

    def __init__(self, registry: Registry, ask: Ask, setter: Setter) -> None:
        self._registry = registry
        self._ask = ask
        self._setter = setter
        self._good: dict[str, Sequence[Constraint]] = {}
        self._said: dict[tuple[Path, Origin | None], str] = {}
        self._known: list[tuple[Any, Node, Constraints]] = []

    def of(self, policies: Any, tree: Table) -> Constraints:
        """Return what follows from the section `policies`, whose values have the origins that `tree` gives them."""
        now, table = moment.now(), tree[POLICIES]
        for known, there, constraints in self._known:
            ended = constraints.expires is not None and constraints.expires <= now
            if not ended and known == policies and (there is table or _origins(there) == _origins(table)):
                return constraints
        made = self._made(policies, tree, now)
        self._known = [(policies, table, made), *self._known[: KEPT - 1]]
        return made

    def _made(self, policies: Any, tree: Table, now: datetime) -> Constraints:
        found: list[Found] = []
        failed: dict[str, str] = {}
        problems: list[Problem] = []
        self._said.clear()
        for answer in self._ask(policies):
            if answer.failure:
                failed[answer.plugin] = answer.failure
                if answer.plugin not in self._good:
                    message = f"plugin {answer.plugin!r} does not say what follows from the policies: {answer.failure}"
                    problems.append(Problem("constraints_failed", POLICIES, message))
            else:
                self._good[answer.plugin] = answer.constraints
            found += [self._found(one, answer.plugin, tree) for one in self._good.get(answer.plugin, ())]
        for index, rule in enumerate(policies.rules):
            path = (POLICIES, RULES, str(index))
            demands = list(constraints_of(rule, ".".join(path)))
            if rule.no_value and rule.value is not None:
                problems.append(Problem("policy", ".".join(path), f"value = {rule.value!r} and no_value contradict"))
            if not demands:
                message = "it demands nothing: give minimum, maximum or the like; no_value = true forbids any value"
                problems.append(Problem("policy", ".".join(path), message))
            found += [self._found(one, "", tree) for one in demands]
        made = compiled(self._registry, found, failed, now)
        made.problems = (*problems, *made.problems)
        if failed:
            again = now + PATIENCE
            made.expires = again if made.expires is None else min(again, made.expires)
        return made

    def _found(self, constraint: Constraint, plugin: str, tree: Table) -> Found:
        if not constraint.policy:
            return Found(constraint, plugin)
        path = tuple(constraint.policy.split("."))
        origin = origin_at(tree, path)
        whole = path[:2] if path[:2] == (POLICIES, RULES) else path  # all rules are one value, and change together
        if (whole, origin) not in self._said:
            self._said[whole, origin] = self._setter(whole, origin)
        return Found(constraint, plugin, self._said[whole, origin], origin is not None and origin.kind == "asked")


def _origins(table: Node) -> list[Origin]:
    return [leaf.origin for _, leaf in leaves(table)]


def constraints_of(rule: PolicyRule, policy: str) -> Iterator[Constraint]:
    """Yield what an administrator's rule demands."""
    from cfgcore.declare.constraint import Constraint

    demands: Mapping[str, Any] = {
        "minimum": _given(rule.minimum),
        "maximum": _given(rule.maximum),
        "choices": rule.choices or ABSENT,
        "pattern": _given(rule.pattern),
        "enforced": None if rule.no_value else _given(rule.value),
        "filtered": rule.remove or (() if rule.remove_matching else ABSENT),
    }
    for form, bound in demands.items():
        if bound is not ABSENT:
            yield Constraint(
                path=rule.path if "." in rule.path else f"{rule.path}.",
                form=form,  # type: ignore[arg-type]
                bound=bound,
                reason=rule.reason,
                level=rule.level,
                none_means_unlimited=rule.none_means_unlimited,
                matching=rule.remove_matching if form == "filtered" else (),
                policy=policy,
                users=frozenset(rule.users),
                exempt=frozenset(rule.exempt),
                until=rule.until,
                reports=rule.mode == "report",
            )


def _given(bound: Any) -> Any:
    return ABSENT if bound is None else bound
