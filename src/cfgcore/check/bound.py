"""All that binds one setting, made into one function of its value."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from marshmallow import ValidationError, fields

from cfgcore.declare.constraint import Constraint
from cfgcore.declare.defaults import first_message
from cfgcore.declare.kind import Setting
from cfgcore.declare.schema import field_of
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.frozen import freeze, plain
from cfgcore.values.origin import Path
from cfgcore.values.pattern import Pattern, first_match, patterns

_NUMBERS = ("int", "float", "decimal", "timedelta")

Step = Callable[[Any], Any]
ByForm = Mapping[str, Sequence[Constraint]]


class Contradiction(ValueError):
    """Constraints that no value of the setting obeys, or that do not suit it. Knows which constraint says so."""

    def __init__(self, constraint: Constraint, message: str) -> None:
        super().__init__(message)
        self.constraint = constraint


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """What binds the setting at `path`: steps in their order, each with the constraint that it stands for."""

    path: Path
    steps: tuple[tuple[Constraint, Step], ...]

    def clamp(self, value: Any) -> tuple[Any, Constraint | None]:
        """Return the value that holds in the place of `value`, and the constraint that changed it last, if any did."""
        culprit = None
        for constraint, step in self.steps:
            new = step(value)
            if new is not value and (type(new) is not type(value) or new != value):
                value, culprit = new, constraint
        return value, culprit


def bound_of(path: Path, setting: Setting, constraints: Sequence[Constraint]) -> Bound:
    """Return what `constraints` on one setting amount to. Raises :class:`Contradiction`."""
    return _Binding(path, setting).bound(constraints)


class _Binding:
    """Makes the bound of one setting. Every step leaves what the steps before it demand true."""

    def __init__(self, path: Path, setting: Setting) -> None:
        self._path = path
        self._setting = setting
        self._field: fields.Field[Any] = field_of(setting)
        self._is_list = setting.kind.name == "list"

    def bound(self, constraints: Sequence[Constraint]) -> Bound:
        by_form = {form: [c for c in constraints if c.form == form] for form in _ORDER}
        for constraint in constraints:
            self._suit(constraint)
        if by_form["enforced"]:
            return Bound(self._path, (self._enforced(by_form["enforced"], constraints),))
        allowed = self._allowed(by_form)
        steps = [*self._filters(by_form["filtered"]), *self._limits(by_form, allowed)]
        if self._is_list:
            steps += self._items(by_form)
        elif by_form["choices"] or by_form["pattern"]:
            steps += self._others(by_form, allowed)
        return Bound(self._path, tuple(steps))

    def _suit(self, constraint: Constraint) -> None:
        kind, item = self._setting.kind, self._setting.kind.innermost
        fault = None
        if constraint.form in ("minimum", "maximum"):
            number = constraint.bound
            if kind.name not in _NUMBERS:
                fault = f"it is {kind.phrase}; bounds are for numbers"
            elif isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number):
                fault = f"{number!r} is no number"
        elif constraint.form == "pattern" and item.name not in ("str", "path", "any"):
            fault = f"it is {kind.phrase}; patterns are for text"
        elif constraint.form == "filtered" and not self._is_list:
            fault = f"it is {kind.phrase}; filters are for lists"
        if fault:
            raise Contradiction(constraint, fault)

    def _load(self, value: Any) -> Any | Absent:
        try:
            return freeze(self._field.deserialize(plain(value)))
        except (ValidationError, ValueError, TypeError, ArithmeticError):
            return ABSENT

    def _enforced(self, found: Sequence[Constraint], constraints: Sequence[Constraint]) -> tuple[Constraint, Step]:
        first = found[0]
        try:
            value = freeze(self._field.deserialize(plain(first.bound)))
        except ValidationError as error:
            raise Contradiction(first, first_message(error.messages)) from None
        for other in found[1:]:
            if not _same(self._load(other.bound), value):
                raise Contradiction(other, f"it is set to {plain(value)!r} by another constraint")
        rest = [constraint for constraint in constraints if constraint.form != "enforced"]
        if rest and not _same(bound_of(self._path, self._setting, rest).clamp(value)[0], value):
            raise Contradiction(first, f"{plain(value)!r} is not what the other constraints allow")
        return first, lambda _value: value

    def _limits(self, by_form: ByForm, allowed: Any) -> Iterator[tuple[Constraint, Step]]:
        """Yield the steps of the lowest and the highest number, which lie within the setting's own bounds."""
        lows, highs = by_form["minimum"], by_form["maximum"]
        low = max(lows, key=lambda c: float(c.bound), default=None)
        high = min(highs, key=lambda c: float(c.bound), default=None)
        least: Any = self._edge(low, self._setting.declared.minimum, upwards=True) if low else None
        most: Any = self._edge(high, self._setting.declared.maximum, upwards=False) if high else None
        if low is not None and high is not None and least > most:
            raise Contradiction(high, f"it is below the minimum {low.bound:g} that another constraint requires")
        if low is not None:
            if all(c.none_means_unlimited for c in lows):
                yield low, lambda value: least if value is not None and value < least else value
            else:
                yield low, lambda value: least if value is None or value < least else value
        if high is not None:
            if any(c.none_means_unlimited for c in highs):
                yield high, lambda value: most if value is None or value > most else value
            else:
                yield high, lambda value: most if value is not None and value > most else value

    def _edge(self, constraint: Constraint, own: float | None, *, upwards: bool) -> Any:
        """Return a bound as a value of the setting."""
        number = constraint.bound
        if own is not None:
            number = max(number, own) if upwards else min(number, own)
        kind = self._setting.kind.name
        if kind == "int":
            number = math.ceil(number) if upwards else math.floor(number)
        typed = _TYPED[kind](number)
        if self._load(typed) is ABSENT:
            raise Contradiction(constraint, f"the setting takes {self._setting.expects}, and none of that")
        return typed

    def _allowed(self, by_form: ByForm) -> list[Any] | None:
        """Return the values that all choices allow, typed; None where there are no choices."""
        found = by_form["choices"]
        if not found or self._is_list:
            return None
        values = [typed for choice in found[0].bound if (typed := self._load(choice)) is not ABSENT]
        for other in found[1:]:
            others = [self._load(choice) for choice in other.bound]
            values = [value for value in values if any(_same(value, choice) for choice in others)]
        limits = list(self._limits(by_form, None))
        matching = self._matching(by_form["pattern"])
        values = [v for v in values if all(_same(step(v), v) for _, step in limits) and matching(v)]
        if not values:
            raise Contradiction(found[-1], f"none of them is a value that may be there ({self._setting.expects})")
        return values

    def _others(self, by_form: ByForm, allowed: list[Any] | None) -> Iterator[tuple[Constraint, Step]]:
        """Yield the step from a value that choices or patterns forbid to the default, or to another that is allowed."""
        found = [*by_form["choices"], *by_form["pattern"]]
        matching = self._matching(by_form["pattern"])
        limits = list(self._limits(by_form, None))

        def fine(value: Any) -> bool:
            chosen = allowed is None or any(_same(value, choice) for choice in allowed)
            return chosen and matching(value) and all(_same(step(value), value) for _, step in limits)

        default = self._setting.default
        candidates = [*([] if default is ABSENT else [default]), *([None] if self._setting.kind.optional else [])]
        instead = next((value for value in (*candidates, *(allowed or ())) if fine(value)), ABSENT)
        if instead is ABSENT:
            raise Contradiction(found[0], "the default is not allowed; enforce a value, or allow the default")
        yield found[0], lambda value: value if fine(value) else instead

    def _matching(self, found: Sequence[Constraint]) -> Callable[[Any], bool]:
        compiled = [pattern for constraint in found for pattern in _compiled(constraint, [constraint.bound])]
        return lambda value: value is None or all(_matches(pattern, value) for pattern in compiled)

    def _items(self, by_form: ByForm) -> Iterator[tuple[Constraint, Step]]:
        """Yield the steps by which items that choices or patterns forbid leave a list."""
        for constraint in by_form["choices"]:
            yield constraint, _keeping(partial(_among, [plain(choice) for choice in constraint.bound]))
        for constraint in by_form["pattern"]:
            yield constraint, _keeping(partial(_matches, _compiled(constraint, [constraint.bound])[0]))

    def _filters(self, found: Sequence[Constraint]) -> Iterator[tuple[Constraint, Step]]:
        for constraint in found:
            gone = [plain(value) for value in constraint.bound]
            yield constraint, _keeping(partial(_stays, gone, _compiled(constraint, constraint.matching)))


_TYPED: Mapping[str, Callable[[float], Any]] = {
    "int": int,
    "float": float,
    "decimal": lambda number: Decimal(str(number)),
    "timedelta": lambda number: timedelta(seconds=number),
}

_ORDER = ("filtered", "choices", "pattern", "minimum", "maximum", "enforced")


def _compiled(constraint: Constraint, texts: Sequence[str]) -> tuple[Pattern, ...]:
    try:
        return patterns(texts)
    except ValueError as error:
        raise Contradiction(constraint, str(error)) from None


def _matches(pattern: Pattern, value: Any) -> bool:
    try:
        return pattern.matches(str(plain(value)))
    except ValueError:
        return False


def _among(choices: Sequence[Any], item: Any) -> bool:
    return any(_same(plain(item), choice) for choice in choices)


def _stays(gone: Sequence[Any], compiled: Sequence[Pattern], item: Any) -> bool:
    written = plain(item)
    is_matched = isinstance(written, str) and first_match(compiled, written) is not None
    return not is_matched and not any(_same(written, value) for value in gone)


def _keeping(fits: Callable[[Any], bool]) -> Step:
    def step(value: Any) -> Any:
        if value is None:
            return value
        kept = tuple(item for item in value if fits(item))
        return value if len(kept) == len(value) else kept

    return step


def _same(one: Any, other: Any) -> bool:
    return (type(one) is type(other) or {type(one), type(other)} == {int, float}) and bool(one == other)
