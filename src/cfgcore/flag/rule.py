"""Targeting rules, JSONLogic as flagd knows it, compiled into closures of the targeting key and the context.

A closure never raises for what a context holds: what has the wrong type is missing. What is wrong with a rule itself is
found when it is compiled, all of it at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

from cfgcore.flag.limits import DEPTH_LIMIT, NODE_LIMIT
from cfgcore.flag.operators import BETWEEN, OPERATORS, Operator
from cfgcore.flag.semantics import known, truth
from cfgcore.flag.version import COMPARISONS, version
from cfgcore.values.origin import Path
from cfgcore.values.suggest import did_you_mean

#: The value of a rule for a targeting key (None: there is nobody) and a context; inside a loop, for one item.
Expression: TypeAlias = Callable[["str | None", Any], Any]
Clock: TypeAlias = Callable[[], float]
Builder: TypeAlias = "Callable[[Rules, list[Any], Path], Expression]"

#: What a loop goes through at most; of a longer list it says nothing.
ITEMS_LIMIT = 1_000

_FLAGD = "$flagd."
_STRUCTURE = ("var", "if", "and", "or", "missing", "missing_some", "fractional")
_LOOPS = ("map", "filter", "all", "none", "some")


class Rules:
    """Compiles the rules of one flag. What is wrong is collected in `findings`: where in the definition, and what."""

    def __init__(self, flag: str, evaluators: Mapping[str, Any], clock: Clock, split: Builder) -> None:
        """Compile for the flag of this key; `split` compiles the operator ``fractional``."""
        self.flag = flag
        self.findings: list[tuple[Path, str]] = []
        self._evaluators = evaluators
        self._clock = clock
        self._split = split
        self._entered: list[str] = []
        self._left = NODE_LIMIT
        self._in_loop = False

    def wrong(self, place: Path, message: str) -> Expression:
        """Note what is wrong at `place`, and return a rule that gives nothing."""
        if not self.findings or self._left > 0:
            self.findings.append((place, message))
        return lambda _key, _context: None

    def counted(self, place: Path) -> bool:
        """Count one more part of the rule, references followed; say so, once, when it becomes too large or deep."""
        self._left -= 1
        if self._left == 0:
            self.findings.append((place, f"the rule has more than {NODE_LIMIT:,} parts, its references followed"))
        elif len(place) > 2 * DEPTH_LIMIT and self._left > 0:
            self.wrong(place[:2], f"the rule nests deeper than {DEPTH_LIMIT} operators, its references followed")
            self._left = 0
        return self._left > 0

    @contextmanager
    def referred(self, name: Any, place: Path) -> Iterator[tuple[Any, Path] | None]:
        """Enter the shared rule `name` and give it with its place; None where that is not possible."""
        if not isinstance(name, str) or name not in self._evaluators:
            hint = did_you_mean(name, self._evaluators) if isinstance(name, str) else ""
            self.wrong(place, f"there is no shared rule {name!r} among $evaluators.{hint}")
            yield None
        elif name in self._entered:
            self.wrong(place, f"the shared rules refer to each other in a circle: {' → '.join([*self._entered, name])}")
            yield None
        else:
            self._entered.append(name)
            yield self._evaluators[name], (*place, name)
            self._entered.pop()

    def value(self, rule: Any, place: Path) -> Expression:
        """Compile a rule into a closure of its value."""
        if not self.counted(place):
            return lambda _key, _context: None
        if isinstance(rule, list):
            items = [self.value(item, (*place, str(index))) for index, item in enumerate(rule)]
            return lambda key, context: [item(key, context) for item in items]
        if not isinstance(rule, Mapping):
            return lambda _key, _context: rule
        operator = self.operator_of(rule, place)
        if operator is None:
            return lambda _key, _context: None
        if operator == "$ref":
            with self.referred(rule["$ref"], place) as found:
                return self.value(*found) if found else lambda _key, _context: None
        given = rule[operator]
        arguments = given if isinstance(given, list) else [given]
        return self._operation(operator, arguments, (*place, operator))

    def operator_of(self, rule: Mapping[str, Any], place: Path) -> str | None:
        """Return the one operator of a rule; None, and a finding, where there is none or it is not known."""
        if len(rule) != 1:
            self.wrong(place, f"a rule is a table of one operator, not of {len(rule)}")
            return None
        operator = next(iter(rule))
        if operator in OPERATORS or operator in _STRUCTURE or operator in _LOOPS or operator == "$ref":
            return operator
        hint = did_you_mean(operator, (*OPERATORS, *_STRUCTURE, *_LOOPS))
        why = " (it can grow without bound)" if operator == "reduce" else ""
        self.wrong(place, f"there is no operator {operator!r}{why}.{hint}")
        return None

    def _operation(self, operator: str, arguments: list[Any], place: Path) -> Expression:
        if operator == "var":
            return self._variable(arguments, place)
        if operator in ("missing", "missing_some"):
            return self._missing(operator, arguments, place)
        if operator in _LOOPS:
            return self._loop(operator, arguments, place)
        if operator == "fractional":
            return self._split(self, arguments, place)
        if not self._are_literals_right(operator, arguments, place):
            return lambda _key, _context: None
        pure = BETWEEN[operator] if operator in BETWEEN and len(arguments) == 3 else OPERATORS.get(operator)
        values = [self.value(argument, (*place, str(index))) for index, argument in enumerate(arguments)]
        if pure is not None:
            return self._pure(operator, pure, values, place)
        if not values:
            return self.wrong(place, f"{operator!r} takes at least one argument")
        return {"if": _if, "and": _and, "or": _or}[operator](values)

    def _pure(self, name: str, operator: Operator, values: list[Expression], place: Path) -> Expression:
        if not operator.least <= len(values) <= operator.most:
            return self.wrong(place, f"{name!r} takes {operator.takes}, not {len(values)}")
        function = operator.function
        if len(values) == 1:
            (only,) = values
            return lambda key, context: function(only(key, context))
        if len(values) == 2:
            one, other = values
            return lambda key, context: function(one(key, context), other(key, context))
        return lambda key, context: function(*[value(key, context) for value in values])

    def _are_literals_right(self, operator: str, arguments: list[Any], place: Path) -> bool:
        """Look at what is written out where an operator needs text or a version; numbers of arguments apart."""
        before = len(self.findings)
        for index, argument in enumerate(arguments):
            if isinstance(argument, Mapping):
                continue
            where = (*place, str(index))
            if operator in ("starts_with", "ends_with") and not isinstance(argument, str):
                self.wrong(where, f"{argument!r} is not text")
            elif operator == "sem_ver" and index == 1 and argument not in tuple(COMPARISONS):
                self.wrong(where, f"{argument!r} is none of {', '.join(COMPARISONS)}")
            elif operator == "sem_ver" and index != 1 and version(argument) is None:
                self.wrong(where, f"{argument!r} is not a version such as 1.2.3")
        return before == len(self.findings)

    def _variable(self, arguments: list[Any], place: Path) -> Expression:
        if not arguments or len(arguments) > 2 or isinstance(arguments[0], (Mapping, list, bool, float)):
            return self.wrong(place, "'var' takes the name of a value of the context, and at most one value instead")
        name = "" if arguments[0] is None else str(arguments[0])
        otherwise = arguments[1] if len(arguments) > 1 else None
        if isinstance(otherwise, (Mapping, list)):
            return self.wrong(place, "the value instead of a missing one is text, a number, true, false or null")
        found = self._named(name, place)
        if otherwise is None:
            return found
        return lambda key, context: otherwise if (value := found(key, context)) is None else value

    def _named(self, name: str, place: Path) -> Expression:
        if self._in_loop:
            return lambda _key, item: _reach(item, name)
        if name.startswith(_FLAGD):
            flag, clock = self.flag, self._clock
            if name == "$flagd.flagKey":
                return lambda _key, _context: flag
            if name == "$flagd.timestamp":
                return lambda _key, _context: int(clock())
            return self.wrong(place, f"{name!r} is neither $flagd.flagKey nor $flagd.timestamp")
        if name == "targetingKey":
            return lambda key, _context: key
        if not name or "." in name:
            return lambda _key, context: _reach(context, name)

        def read(_key: str | None, context: Any) -> Any:
            return known(context.get(name))

        return read

    def _missing(self, operator: str, arguments: list[Any], place: Path) -> Expression:
        names = arguments
        if operator == "missing_some":
            if len(arguments) != 2 or type(arguments[0]) is not int or not isinstance(arguments[1], list):
                return self.wrong(place, "'missing_some' takes how many are needed, and a list of names")
            names = arguments[1]
        if len(names) == 1 and isinstance(names[0], list):
            names = names[0]
        if not all(isinstance(name, str) for name in names):
            return self.wrong(place, f"{operator!r} takes the names of values of the context")
        found = {name: self._named(name, place) for name in names}
        needed = len(names) if operator == "missing" else arguments[0]

        def missing(key: str | None, context: Any) -> list[str]:
            gone = [name for name, read in found.items() if read(key, context) in (None, "")]
            return [] if operator == "missing_some" and len(found) - len(gone) >= needed else gone

        return missing

    def _loop(self, operator: str, arguments: list[Any], place: Path) -> Expression:
        if len(arguments) != 2:
            return self.wrong(place, f"{operator!r} takes a list and a rule for its items")
        if self._in_loop:
            return self.wrong(place, f"{operator!r} stands inside another loop; one loop is the limit")
        holder = self.value(arguments[0], (*place, "0"))
        self._in_loop = True
        body = self.value(arguments[1], (*place, "1"))
        self._in_loop = False
        gather = _GATHER[operator]

        def loop(key: str | None, context: Any) -> Any:
            items = holder(key, context)
            if not isinstance(items, list) or len(items) > ITEMS_LIMIT:
                items = []
            return gather(items, lambda item: body(key, item))

        return loop


def _reach(data: Any, name: str) -> Any:
    """Return what stands at a dotted name in nested data: tables by key, lists by number."""
    for step in name.split(".") if name else ():
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, (list, tuple)) and step.isdecimal() and len(step) < 10 and int(step) < len(data):
            data = data[int(step)]
        else:
            return None
    return known(data)


def _if(values: list[Expression]) -> Expression:
    if len(values) == 1:
        return values[0]
    pairs = list(zip(values[::2], values[1::2], strict=False))
    last = values[-1] if len(values) % 2 else None

    def choose(key: str | None, context: Any) -> Any:
        for condition, value in pairs:
            if truth(condition(key, context)):
                return value(key, context)
        return None if last is None else last(key, context)

    return choose


def _and(values: list[Expression]) -> Expression:
    def every(key: str | None, context: Any) -> Any:
        found = None
        for value in values:
            found = value(key, context)
            if not truth(found):
                return found
        return found

    return every


def _or(values: list[Expression]) -> Expression:
    def some(key: str | None, context: Any) -> Any:
        found = None
        for value in values:
            found = value(key, context)
            if truth(found):
                return found
        return found

    return some


_Test: TypeAlias = Callable[[Any], Any]
_GATHER: Mapping[str, Callable[[list[Any], _Test], Any]] = {
    "map": lambda items, body: [body(item) for item in items],
    "filter": lambda items, body: [item for item in items if truth(body(item))],
    "all": lambda items, body: bool(items) and all(truth(body(item)) for item in items),
    "none": lambda items, body: not any(truth(body(item)) for item in items),
    "some": lambda items, body: any(truth(body(item)) for item in items),
}
