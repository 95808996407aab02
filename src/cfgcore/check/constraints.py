"""The constraints of all policies, compiled: what binds everyone, what binds one user, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeAlias

from cfgcore.declare import flag_path
from cfgcore.declare.policy import POLICIES
from cfgcore.declare.registry import Registry
from cfgcore.layer.override import place_node
from cfgcore.layer.tree import Contribution, Leaf, Table
from cfgcore.values.absent import ABSENT
from cfgcore.values.frozen import FrozenDict, plain
from cfgcore.values.origin import Origin, Path
from cfgcore.values.problem import Problem, Severity
from cfgcore.values.suggest import did_you_mean
from cfgcore.view.cover import holds_secret

if TYPE_CHECKING:
    from cfgcore.check.bound import Bound, Contradiction
    from cfgcore.declare.constraint import Constraint

Bounds: TypeAlias = "Mapping[Path, Bound]"


@dataclass(frozen=True, slots=True)
class Found:
    """A constraint, the plugin that answered it ("" for a rule of an administrator), and who set it, in words.

    `asked` says that its policy is asked for and not stored yet.
    """

    constraint: Constraint
    plugin: str
    setter: str = ""
    asked: bool = False

    @property
    def name(self) -> str:
        """What it is called in messages: ``policy max_user_storage_gb``."""
        return self.constraint.name if self.constraint.policy else f"a policy of plugin {self.plugin!r}"

    @property
    def sentence(self) -> str:
        """All that is known of it: ``policy max_user_storage_gb allows at most 100 (set by root, revision 41)``."""
        setter = f" ({self.setter})" if self.setter else ""
        reason = f": {self.constraint.reason}" if self.constraint.reason else ""
        return f"{self.name} {self.constraint.demand}{setter}{reason}"

    def origin(self) -> Origin:
        """Return the origin of a value that it changed."""
        return Origin("policy", "policy", self.sentence)


@dataclass(slots=True, eq=False)
class Constraints:
    """What binds values. `recommended` is what policies suggest for the default; `failed` are plugins that judge badly.

    `ends` is when the first of them ends, or None; `expires` is when they are to be asked for again, at the latest.
    """

    found: tuple[Found, ...] = ()
    recommended: Contribution | None = None
    problems: tuple[Problem, ...] = ()
    failed: Mapping[str, str] = field(default_factory=FrozenDict)
    ends: datetime | None = None
    expires: datetime | None = None
    registry: Registry | None = None
    everyone: Bounds = field(default_factory=dict)
    named: frozenset[str] = frozenset()
    _shared: Mapping[Path, tuple[int, ...]] = field(default_factory=dict)
    _special: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    _of_users: dict[tuple[int, ...], Bounds] = field(default_factory=dict)

    def bounds(self, user: str | None) -> Bounds:
        """Return what binds a user's values, by path; of None, everyone's."""
        if user is None or user not in self.named:
            return self.everyone
        special = self._special[user]
        if special not in self._of_users:
            self._of_users[special] = self._bounds_of(special)[0]
        return self._of_users[special]

    def representatives(self) -> list[str]:
        """Return one user of each group that the policies which name users make; none where they name nobody."""
        found: dict[tuple[int, ...], str] = {}
        for user in sorted(self.named):
            found.setdefault(self._special[user], user)
        return list(found.values())

    def _bounds_of(self, special: Sequence[int]) -> tuple[Bounds, list[Problem]]:
        """Return what binds users whom the constraints `special` name or exempt: elsewhere, what binds everyone."""
        paths = dict.fromkeys(_path_of(self.found[index]) for index in special)
        exempt = {index for index in special if not self.found[index].constraint.users}
        named = [index for index in special if index not in exempt]
        shared = [index for path in paths for index in self._shared.get(path, ()) if index not in exempt]
        bounds, problems = self._compiled(sorted((*shared, *named)))
        return {**{path: bound for path, bound in self.everyone.items() if path not in paths}, **bounds}, problems

    def about(self, path: Path, user: str | None) -> list[Found]:
        """Return the constraints on a path, for a user or for everyone; those that only report are among them."""
        dotted = ".".join(path)
        return [
            found
            for found in self.found
            if found.constraint.path == dotted and applies(found.constraint, user, reports=True)
        ]

    def of(self, constraint: Constraint) -> Found:
        """Return what is known of a constraint."""
        return next(found for found in self.found if found.constraint is constraint)

    def _compiled(self, applying: Sequence[int]) -> tuple[Bounds, list[Problem]]:
        if not applying:
            return {}, []
        from cfgcore.check.bound import Contradiction, bound_of

        grouped: dict[Path, list[Found]] = {}
        for index in applying:
            grouped.setdefault(_path_of(self.found[index]), []).append(self.found[index])
        bounds: dict[Path, Bound] = {}
        problems: list[Problem] = []
        for path, found in grouped.items():
            assert self.registry is not None, "constraints were compiled for a registry"
            place = self.registry.place(path)
            assert place is not None, "its path was looked up"
            try:
                bounds[path] = bound_of(path, place.setting, [one.constraint for one in found])
            except Contradiction as error:
                problems.append(_contradiction(next(o for o in found if o.constraint is error.constraint), error))
        return bounds, problems


def _path_of(found: Found) -> Path:
    return tuple(found.constraint.path.split("."))


#: The forms of constraints that name values.
_NAMING = ("choices", "enforced", "filtered")


#: What binds nobody.
UNBOUND = Constraints()


def applies(constraint: Constraint, user: str | None, *, reports: bool = False) -> bool:
    """Return whether a mandatory constraint binds a user (None: everybody whom none names)."""
    if constraint.level != "mandatory" or (constraint.reports and not reports):
        return False
    if constraint.users and user not in constraint.users:
        return False
    return user is None or user not in constraint.exempt


def compiled(registry: Registry, found: Sequence[Found], failed: Mapping[str, str], now: datetime) -> Constraints:
    """Compile constraints for `registry`. What is wrong with them is among the problems, and binds nothing."""
    problems: list[Problem] = []
    usable = []
    for one in found:
        until = one.constraint.until
        if until is not None and _aware(until) <= now:
            continue
        path, fault = _path(registry, one.constraint.path)
        fault = fault or _shown(registry, one.constraint, path)
        if fault:
            problems += _astray(registry, one, fault)
        else:
            usable.append(replace(one, constraint=_at(one.constraint, path)))
    ends = [_aware(one.constraint.until) for one in usable if one.constraint.until is not None]
    first = min(ends, default=None)
    result = Constraints(tuple(usable), failed=failed, ends=first, expires=first, registry=registry)
    result.named = frozenset(u for one in usable for u in (*one.constraint.users, *one.constraint.exempt))
    mandatory = [index for index, one in enumerate(usable) if applies(one.constraint, None)]
    result.everyone, wrong = result._compiled(mandatory)
    result._shared = _by_path(usable, mandatory)
    result._special = _by_user(usable)
    for user in result.representatives():
        special = result._special[user]
        result._of_users[special], more = result._bounds_of(special)
        wrong += more
    suggested, more = _recommended(registry, usable)
    result.recommended = suggested
    result.problems = tuple(dict.fromkeys((*problems, *wrong, *more)))
    return result


def _by_path(found: Sequence[Found], indices: Sequence[int]) -> Mapping[Path, tuple[int, ...]]:
    grouped: dict[Path, list[int]] = {}
    for index in indices:
        grouped.setdefault(_path_of(found[index]), []).append(index)
    return {path: tuple(several) for path, several in grouped.items()}


def _by_user(found: Sequence[Found]) -> Mapping[str, tuple[int, ...]]:
    """Return by user which constraints bind that user and not everyone, or everyone and not that user."""
    special: dict[str, list[int]] = {}
    for index, one in enumerate(found):
        binding = one.constraint.level == "mandatory" and not one.constraint.reports
        for user in one.constraint.users or one.constraint.exempt:
            differs = applies(one.constraint, user) == bool(one.constraint.users)
            special.setdefault(user, []).extend([index] if binding and differs else ())
        for user in one.constraint.exempt:
            special.setdefault(user, [])
    return {user: tuple(several) for user, several in special.items()}


def _astray(registry: Registry, found: Found, fault: str) -> list[Problem]:
    """Return the problem of a path that names no setting: none where a plugin speaks of one that is not installed.

    A rule of an administrator is refused when it is asked for; one whose plugin disappeared later is a warning.
    """
    keys = found.constraint.path.split(".")
    if found.plugin and registry.section_named(keys[0]) is None and not flag_path.is_flag(tuple(keys)):
        return []
    path = found.constraint.policy or found.constraint.path
    message = f"constraint of plugin {found.plugin!r}: {fault}" if found.plugin else f"it binds nothing: {fault}"
    severity: Severity = "error" if found.plugin or found.asked else "warning"
    return [Problem("policy_path", path, message, severity, None, FrozenDict({"path": found.constraint.path}))]


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _at(constraint: Constraint, path: Path) -> Constraint:
    dotted = ".".join(path)
    return constraint if constraint.path == dotted else replace(constraint, path=dotted)


def _path(registry: Registry, dotted: str) -> tuple[Path, str | None]:
    """Return the path that a constraint means today, or why it means none."""
    path, fault = registry.canonical(tuple(dotted.split(".")))
    if fault:
        return (), fault
    if flag_path.is_flag(path):
        return (), flag_path.no_setting(dotted)
    if path[0] == POLICIES:
        return (), f"{dotted!r} is a policy; policies bind settings"
    for length in range(2, len(path) + 1):
        place = registry.place(path[:length])
        is_last = length == len(path)
        if place is None or (not is_last and (place.kind.name != "record" or place.kind.optional)):
            return (), f"{dotted!r} is no setting; name the setting that it lies in"
    if len(path) < 2:
        known = [name for name in registry.setting_paths() if name.startswith(f"{path[0]}.")]
        return (), f"{dotted!r} is a section; name a setting of it.{did_you_mean(dotted, known)}"
    return path, None


def _shown(registry: Registry, constraint: Constraint, path: Path) -> str | None:
    """Return why a constraint may not name values: what binds a setting is told to everybody, and recorded."""
    place = registry.place(path)
    if place is None or constraint.form not in _NAMING or not (place.secret or holds_secret(place.kind)):
        return None
    keys = "__".join(path).upper()
    return f"{constraint.path!r} is secret, and policies are shown; a deployer sets it with PREFIX_ENFORCE__{keys}"


def _contradiction(found: Found, error: Contradiction) -> Problem:
    path = found.constraint.policy or found.constraint.path
    whom = f" (constraint of plugin {found.plugin!r})" if found.plugin else ""
    return Problem("policy", path, f"{found.constraint.path}: {found.constraint.demand}: {error}{whom}", "error")


def _recommended(registry: Registry, found: Sequence[Found]) -> tuple[Contribution | None, list[Problem]]:
    tree, problems = Table(), []
    grouped: dict[Path, list[Found]] = {}
    for one in found:
        if one.constraint.level == "recommended" and not one.constraint.reports and not one.constraint.users:
            grouped.setdefault(tuple(one.constraint.path.split(".")), []).append(one)
    if not grouped:
        return None, []
    from cfgcore.check.bound import Contradiction, bound_of

    for path, several in grouped.items():
        place = registry.place(path)
        assert place is not None, "its path was looked up"
        try:
            bound = bound_of(path, place.setting, [one.constraint for one in several])
        except Contradiction as error:
            problems.append(_contradiction(next(o for o in several if o.constraint is error.constraint), error))
            continue
        default: Any = None if place.setting.default is ABSENT else place.setting.default
        value, culprit = bound.clamp(default)
        if culprit is not None:
            origin = Origin("recommended", "policy", next(o for o in several if o.constraint is culprit).sentence)
            place_node(tree, path, Leaf(plain(value), origin))
    return (Contribution("recommended", "policies", tree) if tree else None), problems
