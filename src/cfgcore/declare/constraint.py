"""Constraints: what follows from a policy for the value of one setting, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from cfgcore.errors import DeclarationError
from cfgcore.values.frozen import freeze

Form = Literal["minimum", "maximum", "choices", "pattern", "enforced", "filtered"]
Level = Literal["mandatory", "recommended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """What one setting must obey. Made by :func:`minimum`, :func:`maximum`, :func:`choices` and the others.

    `bound` is the number, the values, the pattern or the enforced value; of a filter, the values that go, and
    `matching` the RE2 patterns. `policy` is the dotted path of the policy that it follows from. `users` limits it to
    some, `exempt` leaves some out, and it ends at `until`; one with `reports` only says whom it would touch.
    """

    path: str
    form: Form
    bound: Any
    reason: str = ""
    level: Level = "mandatory"
    none_means_unlimited: bool = True
    matching: tuple[str, ...] = ()
    policy: str = ""
    users: frozenset[str] = frozenset()
    exempt: frozenset[str] = frozenset()
    until: datetime | None = None
    reports: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.path, str) or "." not in self.path:
            raise DeclarationError(f"a constraint's path is of the form 'section.setting', not {self.path!r}")
        if self.level not in ("mandatory", "recommended"):
            raise DeclarationError(
                f"constraint on {self.path}: level={self.level!r} is neither mandatory nor recommended"
            )
        object.__setattr__(self, "bound", freeze(self.bound))

    @property
    def demand(self) -> str:
        """What it demands, in words: ``allows at most 100``."""
        if self.form == "minimum":
            return f"requires at least {self.bound:g}"
        if self.form == "maximum":
            return f"allows at most {self.bound:g}"
        if self.form == "choices":
            return f"allows {', '.join(map(repr, self.bound)) or 'nothing'} only"
        if self.form == "pattern":
            return f"allows what matches {self.bound}"
        if self.form == "enforced":
            return "allows no value" if self.bound is None else f"sets {self.bound!r}"
        named = [*(repr(value) for value in self.bound), *(f"what matches {pattern}" for pattern in self.matching)]
        return f"takes out {', '.join(named[:5])}{', ...' if len(named) > 5 else ''}"


def minimum(
    path: str,
    least: float,
    *,
    reason: str = "",
    policy: str = "",
    none_means_unlimited: bool = True,
    level: Level = "mandatory",
) -> Constraint:
    """Demand that a number (of a duration: its seconds) is at least `least`.

    No value counts as more than every number, or, without `none_means_unlimited`, as less.
    """
    return Constraint(
        path=path,
        form="minimum",
        bound=least,
        reason=reason,
        policy=policy,
        none_means_unlimited=none_means_unlimited,
        level=level,
    )


def maximum(
    path: str,
    most: float,
    *,
    reason: str = "",
    policy: str = "",
    none_means_unlimited: bool = True,
    level: Level = "mandatory",
) -> Constraint:
    """Demand that a number (of a duration: its seconds) is at most `most`.

    No value counts as more than every number, or, without `none_means_unlimited`, as less.
    """
    return Constraint(
        path=path,
        form="maximum",
        bound=most,
        reason=reason,
        policy=policy,
        none_means_unlimited=none_means_unlimited,
        level=level,
    )


def choices(
    path: str, values: Sequence[Any], *, reason: str = "", policy: str = "", level: Level = "mandatory"
) -> Constraint:
    """Demand that a value is one of `values`; each item, where the setting is a list: others leave it."""
    bound = tuple(values)
    return Constraint(path=path, form="choices", bound=bound, reason=reason, policy=policy, level=level)


def pattern(
    path: str, expression: str, *, reason: str = "", policy: str = "", level: Level = "mandatory"
) -> Constraint:
    """Demand that text matches an RE2 expression whole; each item, where the setting is a list: others leave it."""
    return Constraint(path=path, form="pattern", bound=expression, reason=reason, policy=policy, level=level)


def enforced(path: str, value: Any, *, reason: str = "", policy: str = "", level: Level = "mandatory") -> Constraint:
    """Demand that a setting has this value; None is that it has none."""
    return Constraint(path=path, form="enforced", bound=value, reason=reason, policy=policy, level=level)


def filtered(
    path: str,
    values: Sequence[Any] = (),
    *,
    matching: Sequence[str] = (),
    reason: str = "",
    policy: str = "",
    level: Level = "mandatory",
) -> Constraint:
    """Demand that a list holds none of `values`, and no text that one of the RE2 patterns `matching` matches whole."""
    return Constraint(
        path=path,
        form="filtered",
        bound=tuple(values),
        matching=tuple(matching),
        reason=reason,
        policy=policy,
        level=level,
    )
