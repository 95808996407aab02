"""Whether the options of ``setting()`` suit the setting that they are given for."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

from cfgcore.declare.declaration import Declaration

LOWER = ("minimum", "exclusive_minimum")
UPPER = ("maximum", "exclusive_maximum")

_BOUNDED = frozenset({"int", "float", "decimal", "timedelta"})
_SIZED = frozenset({"str", "list", "dict", "any"})
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def unsuitable(declared: Declaration, whole: str, item: str) -> str | None:
    """Return the first option of `declared` that cannot be, and why; or None where all suit.

    `whole` names the kind of the setting, `item` that of its innermost items, which is the same where it has none.
    """
    faults = [*_faults_of_names(declared)]
    if declared.field is None:
        faults += [fault for check in _CHECKS for fault in check(declared, whole, item)]
    return faults[0] if faults else None


def _faults_of_names(declared: Declaration) -> Iterator[str]:
    if declared.scope not in ("user", "system"):
        yield f"scope={declared.scope!r} is neither 'user' nor 'system'"
    if declared.order is not None and type(declared.order) is not int:
        yield f"order={declared.order!r} is not a whole number"
    if declared.key is not None and not (isinstance(declared.key, str) and declared.key):
        yield f"key={declared.key!r} is no name"
    for variable in declared.env:
        if not isinstance(variable, str) or not _VARIABLE.fullmatch(variable):
            yield f"env={variable!r} is not the name of a variable (letters A-Z, digits and '_')"
    for former in declared.renamed_from:
        parts = former.split(".") if isinstance(former, str) else []
        if len(parts) not in (1, 2) or not all(parts):
            yield f"renamed_from={former!r} is neither 'setting' nor 'section.setting'"


def _faults_of_bounds(declared: Declaration, whole: str, item: str) -> Iterator[str]:
    bounds = {name: bound for name in (*LOWER, *UPPER) if (bound := getattr(declared, name)) is not None}
    for name, bound in bounds.items():
        if isinstance(bound, bool) or not isinstance(bound, (int, float)) or not math.isfinite(bound):
            yield f"{name}={bound!r} is not a number"
            return
        if item not in _BOUNDED:
            yield f"{name}={bound!r} bounds numbers and durations only"
    lower = max((bounds[name] for name in LOWER if name in bounds), default=-math.inf)
    upper = min((bounds[name] for name in UPPER if name in bounds), default=math.inf)
    if lower > upper or (lower == upper and any("exclusive" in name for name in bounds)):
        yield f"no value lies within its bounds ({', '.join(f'{name}={bound}' for name, bound in bounds.items())})"


def _faults_of_pattern(declared: Declaration, whole: str, item: str) -> Iterator[str]:
    if declared.pattern is None:
        return
    if not isinstance(declared.pattern, str):
        yield f"pattern={declared.pattern!r} is not text"
        return
    try:
        re.compile(declared.pattern)
    except (re.error, OverflowError, RecursionError) as error:
        yield f"pattern={declared.pattern!r} is wrong: {error}"
    if item not in ("str", "any"):
        yield f"pattern={declared.pattern!r} suits text only"


def _faults_of_length(declared: Declaration, whole: str, item: str) -> Iterator[str]:
    length: Any = declared.length
    if length is None:
        return
    if not isinstance(length, (tuple, list)) or len(length) != 2 or not _is_range(*length):
        yield f"length={length!r} is not (smallest, largest), whole numbers of which the largest may be None"
    elif whole not in _SIZED:
        yield f"length={length!r} suits text, lists and dicts only"


def _is_range(smallest: Any, largest: Any) -> bool:
    return (
        type(smallest) is int and smallest >= 0 and (largest is None or (type(largest) is int and smallest <= largest))
    )


def _faults_of_choices(declared: Declaration, whole: str, item: str) -> Iterator[str]:
    if declared.choices and item == "record":
        yield "choices do not suit a subsection; give them to its settings"


_CHECKS: tuple[Callable[[Declaration, str, str], Iterator[str]], ...] = (
    _faults_of_bounds,
    _faults_of_pattern,
    _faults_of_length,
    _faults_of_choices,
)
