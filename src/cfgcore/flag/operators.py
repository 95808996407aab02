"""The operators of a targeting rule that are functions of values and nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cfgcore.flag.semantics import at_most, contains, equal, less, number, plain_number, same, text, truth
from cfgcore.flag.version import compare

#: As many arguments as somebody likes to write.
MANY = 10_000


@dataclass(frozen=True, slots=True)
class Operator:
    """A pure function of values: how many it takes, at least and at most."""

    function: Callable[..., Any]
    least: int
    most: int

    @property
    def takes(self) -> str:
        """How many arguments it takes, in words."""
        if self.least == self.most:
            return f"{self.least} argument{'s' if self.least > 1 else ''}"
        return f"at least {self.least}" if self.most == MANY else f"{self.least} to {self.most} arguments"


def _starts(value: Any, beginning: Any) -> bool | None:
    return value.startswith(beginning) if isinstance(value, str) and isinstance(beginning, str) else None


def _ends(value: Any, ending: Any) -> bool | None:
    return value.endswith(ending) if isinstance(value, str) and isinstance(ending, str) else None


def _part(value: Any, start: Any, length: Any = None) -> str:
    """Return part of a text, as JSONLogic counts: a negative start from the end, a negative length up to the end."""
    whole = text(value)
    begin = int(start) if isinstance(start, (int, float)) and math.isfinite(start) else 0
    rest = whole[begin:] if begin >= 0 else whole[max(0, len(whole) + begin) :]
    if not isinstance(length, (int, float)) or not math.isfinite(length):
        return rest
    return rest[: int(length)]


def _numeric(function: Callable[[Sequence[float]], float]) -> Callable[..., float | None]:
    """Return `function` over floating-point numbers; what is no finite number in the end is null."""

    def calculate(*values: Any) -> float | None:
        try:
            result = function([float(number(value)) for value in values])
        except (ArithmeticError, ValueError):
            return None
        return plain_number(result) if math.isfinite(result) else None

    return calculate


def _merged(*values: Any) -> list[Any]:
    found: list[Any] = []
    for value in values:
        found += value if isinstance(value, list) else [value]
    return found


OPERATORS: Mapping[str, Operator] = {
    "==": Operator(equal, 2, 2),
    "!=": Operator(lambda one, other: not equal(one, other), 2, 2),
    "===": Operator(same, 2, 2),
    "!==": Operator(lambda one, other: not same(one, other), 2, 2),
    "<": Operator(less, 2, 2),
    "<=": Operator(at_most, 2, 2),
    ">": Operator(lambda one, other: less(other, one), 2, 2),
    ">=": Operator(lambda one, other: at_most(other, one), 2, 2),
    "!": Operator(lambda value: not truth(value), 1, 1),
    "!!": Operator(truth, 1, 1),
    "in": Operator(contains, 2, 2),
    "cat": Operator(lambda *values: "".join(map(text, values)), 1, MANY),
    "merge": Operator(_merged, 1, MANY),
    "substr": Operator(_part, 2, 3),
    "starts_with": Operator(_starts, 2, 2),
    "ends_with": Operator(_ends, 2, 2),
    "sem_ver": Operator(compare, 3, 3),
    "+": Operator(_numeric(math.fsum), 1, MANY),
    "-": Operator(_numeric(lambda values: values[0] - values[1] if len(values) > 1 else -values[0]), 1, 2),
    "*": Operator(_numeric(math.prod), 2, MANY),
    "/": Operator(_numeric(lambda values: values[0] / values[1]), 2, 2),
    "%": Operator(_numeric(lambda values: math.fmod(values[0], values[1])), 2, 2),
    "max": Operator(_numeric(max), 1, MANY),
    "min": Operator(_numeric(min), 1, MANY),
}

BETWEEN: Mapping[str, Operator] = {
    "<": Operator(lambda low, value, high: less(low, value) and less(value, high), 3, 3),
    "<=": Operator(lambda low, value, high: at_most(low, value) and at_most(value, high), 3, 3),
}
