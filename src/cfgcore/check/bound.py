"""All that binds one setting, made into one function of its value."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from marshmallow import ValidationError, fields

from cfgcore.declare.constraint import Constraint, number
from cfgcore.declare.defaults import first_message
from cfgcore.declare.given import given
from cfgcore.declare.kind import Setting
from cfgcore.declare.schema import field_of
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.data import NoData
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
        bare = replace(setting.declared, minimum=None, maximum=None, exclusive_minimum=None, exclusive_maximum=None)
        items = replace(setting, declared=replace(bare, choices=(), pattern=None, length=None))
        self._inner: fields.Field[Any] | None = getattr(field_of(items), "inner", None) if self._is_list else None

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
            bound = constraint.bound
            if kind.name not in _NUMBERS:
                fault = f"it is {kind.phrase}; bounds are for numbers"
            elif isinstance(bound, timedelta) and kind.name != "timedelta":
                fault = f"it is {kind.phrase}, and a duration bounds durations alone"
            elif isinstance(bound, (float, Decimal)) and not math.isfinite(bound):
                fault = f"{bound} is no number"
        elif constraint.form == "pattern" and item.name not in ("str", "path", "any"):
            fault = f"it is {kind.phrase}; patterns are for text"
        elif constraint.form == "filtered" and not self._is_list:
            fault = f"it is {kind.phrase}; filters are for lists"
        if fault:
            raise Contradiction(constraint, fault)

    def _load(self, value: Any) -> Any | Absent:
        try:
            return freeze(self._field.deserialize(given(self._setting, value)))
        except (ValidationError, ValueError, TypeError, ArithmeticError):
            return ABSENT

    def _enforced(self, found: Sequence[Constraint], constraints: Sequence[Constraint]) -> tuple[Constraint, Step]:
        first = found[0]
        try:
            value = freeze(self._field.deserialize(given(self._setting, first.bound)))
        except ValidationError as error:
            raise Contradiction(first, first_message(error.messages)) from None
        except NoData as error:
            raise Contradiction(first, str(error)) from None
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
        low = max(lows, key=self._number, default=None)
        high = min(highs, key=self._number, default=None)
        least: Any = self._edge(low, self._setting.declared.minimum, upwards=True) if low else None
        most: Any = self._edge(high, self._setting.declared.maximum, upwards=False) if high else None
        if low is not None and high is not None and least > most:
            raise Contradiction(high, self._apart(low, high))
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

    def _apart(self, low: Constraint, high: Constraint) -> str:
        """Return why no value lies between two constraints."""
        least = number(low.bound)
        if self._number(low) > self._number(high):
            return f"it is below the minimum {least} that another constraint requires"
        return f"{self._setting.kind.phrase} does not lie between it and the minimum {least} of another constraint"

    def _number(self, constraint: Constraint) -> Any:
        return _exact(self._setting.kind.name, constraint.bound)

    def _edge(self, constraint: Constraint, own: float | None, *, upwards: bool) -> Any:
        """Return a bound as a value of the setting: the first that it allows."""
        kind, exact = self._setting.kind.name, self._number(constraint)
        if own is not None:
            exact = max(exact, _exact(kind, own)) if upwards else min(exact, _exact(kind, own))
        try:
            typed = _TYPED[kind](exact, upwards)
        except OverflowError:
            typed = ABSENT
        if typed is ABSENT or self._load(typed) is ABSENT:
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
        for limit, step in self._limits(by_form, None):
            beyond = [value for value in values if not _same(step(value), value)]
            if values and len(beyond) == len(values):
                raise Contradiction(found[-1], f"none of them is left: {limit.name} {limit.demand}")
            values = [value for value in values if value not in beyond]
        matching = self._matching(by_form["pattern"])
        values = [value for value in values if matching(value)]
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
            yield constraint, _keeping(partial(_among, self._loaded(constraint)))
        for constraint in by_form["pattern"]:
            yield constraint, _keeping(partial(_matches, _compiled(constraint, [constraint.bound])[0]))

    def _filters(self, found: Sequence[Constraint]) -> Iterator[tuple[Constraint, Step]]:
        for constraint in found:
            gone = self._loaded(constraint)
            yield constraint, _keeping(partial(_stays, gone, _compiled(constraint, constraint.matching)))

    def _loaded(self, constraint: Constraint) -> list[Any]:
        """Return the items that a constraint names, as the list holds them: 1.00 is 1, and 60 seconds a minute."""
        inner = self._inner
        loaded = []
        for item in constraint.bound:
            try:
                written = given(self._setting, [item])[0]
                loaded.append(written if inner is None else freeze(inner.deserialize(written)))
            except ValidationError as error:
                raise Contradiction(constraint, first_message(error.messages)) from None
            except (ValueError, TypeError, ArithmeticError, AttributeError) as error:
                raise Contradiction(constraint, str(error)) from None
        return loaded


def _exact(kind: str, bound: Any) -> Any:
    """Return a bound as a number that loses nothing: whole numbers stay whole, and 0.1 is a tenth of a second."""
    if isinstance(bound, timedelta):
        return Decimal(bound // timedelta(microseconds=1)).scaleb(-6)
    return Decimal(str(bound)) if isinstance(bound, float) and kind in ("decimal", "timedelta") else bound


def _whole(exact: Any, upwards: bool) -> int:
    return int(math.ceil(exact) if upwards else math.floor(exact))


def _float(exact: Any, upwards: bool) -> float:
    found = float(exact)
    if found < exact if upwards else found > exact:
        return math.nextafter(found, math.inf if upwards else -math.inf)
    return found


_TYPED: Mapping[str, Callable[[Any, bool], Any]] = {
    "int": _whole,
    "float": _float,
    "decimal": lambda exact, _: Decimal(str(exact)),
    "timedelta": lambda exact, upwards: timedelta(microseconds=_whole(exact * 1_000_000, upwards)),
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
    return any(_same(item, choice) for choice in choices)


def _stays(gone: Sequence[Any], compiled: Sequence[Pattern], item: Any) -> bool:
    written = plain(item)
    is_matched = isinstance(written, str) and first_match(compiled, written) is not None
    return not is_matched and not any(_same(item, value) for value in gone)


def _keeping(fits: Callable[[Any], bool]) -> Step:
    def step(value: Any) -> Any:
        if value is None:
            return value
        kept = tuple(item for item in value if fits(item))
        return value if len(kept) == len(value) else kept

    return step


def _same(one: Any, other: Any) -> bool:
    return (type(one) is type(other) or {type(one), type(other)} == {int, float}) and bool(one == other)
