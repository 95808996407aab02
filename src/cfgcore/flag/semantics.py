"""How values of JSON count as true, equal, smaller and as text in a targeting rule.

The rules are JSONLogic's, which are JavaScript's, so that a rule gives the same in every language: null counts as 0,
text that spells a number counts as that number where it meets one, and what is no number is neither smaller nor larger
than anything. Lists and tables are compared by what they hold.
"""

from __future__ import annotations

import math
import re
import sys
from datetime import date, time
from typing import Any

_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?\s*", re.ASCII)

_KNOWN = frozenset({str, bool, int, float, type(None), list, dict})

#: Up to here whole numbers are exact as floating-point ones.
_EXACT = 2**53

#: From here on whole numbers are written with an exponent.
_WRITTEN_OUT = 10**21

_TEXT_LIMIT = 64


def known(value: Any) -> Any:
    """Return a value of a context as JSON has it; one of a type that JSON does not have is missing: None."""
    if type(value) in _KNOWN:
        return value
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return next((value for cls in (str, int, float, dict) if isinstance(value, cls)), None)


def truth(value: Any) -> bool:
    """Return whether a value counts as true: null, false, 0, "", [] and what is no number do not; a table does."""
    if value is True or value is False:
        return value
    return isinstance(value, dict) or (bool(value) and value == value)


def number(value: Any) -> float:
    """Return a value as a number; NaN where it is none."""
    if isinstance(value, (int, float)):
        return value
    if value is None:
        return 0
    if isinstance(value, str) and len(value) <= _TEXT_LIMIT:
        if _NUMBER.fullmatch(value):
            return float(value)
        return math.nan if value.strip() else 0
    return math.nan


def text(value: Any) -> str:
    """Return a value as text: numbers as JSON writes them, the items of a list joined by commas, null as nothing."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, dict):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(text(item) for item in value)
    if isinstance(value, int) and abs(value) >= _WRITTEN_OUT:
        return "Infinity" if abs(value) > sys.float_info.max else repr(float(value))
    return str(plain_number(value))


def plain_number(value: float) -> float:
    """Return a whole number without its decimal point, as far as it is exact."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float))


def equal(one: Any, other: Any) -> bool:
    """Return whether ``==`` holds: the same value, or the same number, as text or not. null equals null alone."""
    if type(one) is type(other):
        return bool(one == other)
    if one is None or other is None:
        return False
    if isinstance(one, str) or isinstance(other, str):
        if not (_is_number(one) or _is_number(other)):
            return bool(one == other)
        return number(one) == number(other)
    return bool(one == other)


def same(one: Any, other: Any) -> bool:
    """Return whether ``===`` holds: equal and of one type; all numbers are of one."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if _is_number(one) and _is_number(other):
        return bool(one == other)
    return type(one) is type(other) and bool(one == other)


def less(one: Any, other: Any) -> bool:
    """Return whether ``<`` holds: two texts by their characters, everything else as numbers."""
    if isinstance(one, str) and isinstance(other, str):
        return one < other
    return number(one) < number(other)


def at_most(one: Any, other: Any) -> bool:
    """Return whether ``<=`` holds."""
    if isinstance(one, str) and isinstance(other, str):
        return one <= other
    return number(one) <= number(other)


def contains(item: Any, holder: Any) -> bool:
    """Return whether `item` is part of a text or one of a list; anything else holds nothing."""
    if isinstance(holder, str):
        return isinstance(item, (str, int, float)) and text(item) in holder
    return isinstance(holder, list) and any(same(item, held) for held in holder)
