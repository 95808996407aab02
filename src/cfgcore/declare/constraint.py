"""Constraints: what follows from a policy for the value of one setting, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from cfgcore.errors import DeclarationError
from cfgcore.values.frozen import freeze, plain

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
        if self.form in ("minimum", "maximum") and not _is_number(self.bound):
            raise DeclarationError(
                f"constraint on {self.path}: {self.form} {_shown(self.bound)} is no number; give a number, or "
                f"for durations a duration; where nothing is demanded, make no constraint"
            )
        object.__setattr__(self, "bound", freeze(self.bound))

    @property
    def demand(self) -> str:
        """What it demands, in words: ``allows at most 100``."""
        if self.form == "minimum":
            return f"requires at least {number(self.bound)}"
        if self.form == "maximum":
            return f"allows at most {number(self.bound)}"
        if self.form == "choices":
            return f"allows {', '.join(map(_shown, self.bound)) or 'nothing'} only"
        if self.form == "pattern":
            return f"allows what matches {self.bound}"
        if self.form == "enforced":
            return "allows no value" if self.bound is None else f"sets {_shown(self.bound)}"
        named = [*(_shown(value) for value in self.bound), *(f"what matches {pattern}" for pattern in self.matching)]
        return f"takes out {', '.join(named[:5])}{', ...' if len(named) > 5 else ''}"

    @property
    def name(self) -> str:
        """What it is called in messages: ``policy max_user_storage_gb``, ``rule 1 of policies.rules``."""
        place, _, last = self.policy.rpartition(".")
        if place == "policies.rules":
            return f"rule {int(last) + 1} of {place}"
        return f"policy {last}" if last else "another constraint"


def number(bound: float | Decimal | timedelta) -> str:
    """Return a bound in full, as a file writes it: ``1234567``, ``0.5``; of a duration, its seconds."""
    written = plain(bound)
    return (
        str(int(written))
        if isinstance(written, float) and written.is_integer() and abs(written) < 2**53
        else str(written)
    )


def _is_number(bound: Any) -> bool:
    return isinstance(bound, (int, float, Decimal, timedelta)) and not isinstance(bound, bool)


def _shown(value: Any) -> str:
    """Return a value as files write it."""
    written = plain(value)
    return str(written).lower() if isinstance(written, bool) else repr(written)


def _several(path: str, what: str, values: Any) -> tuple[Any, ...]:
    if isinstance(values, (str, bytes)):
        raise DeclarationError(f"constraint on {path}: {what} {values!r} is one text; give a list: [{values!r}]")
    return tuple(values)


def minimum(
    path: str,
    least: float | Decimal | timedelta,
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
    most: float | Decimal | timedelta,
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
    bound = _several(path, "choices", values)
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
        bound=_several(path, "filtered", values),
        matching=_several(path, "matching", matching),
        reason=reason,
        policy=policy,
        level=level,
    )
