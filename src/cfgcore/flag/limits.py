"""The limits of a definition, looked at before anything else is, and without recursion."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

DEPTH_LIMIT = 32
NODE_LIMIT = 10_000
TEXT_LIMIT = 1 << 16
KEY_LIMIT = 256
LARGEST = 2**63


def excess(data: Any) -> str | None:
    """Return which limit plain `data` breaks, or None.

    At most 32 levels, 10,000 values, 64 KiB of text, keys of 1 to 256 characters, whole numbers of 64 bits, finite
    numbers, no NUL and no lone surrogates.
    """
    nodes, characters = 0, 0
    level: list[Any] = [data]
    for depth in range(DEPTH_LIMIT + 2):
        nodes += len(level)
        if nodes > NODE_LIMIT:
            return f"it holds more than {NODE_LIMIT:,} values"
        if level and depth > DEPTH_LIMIT:
            return f"it nests deeper than {DEPTH_LIMIT} levels"
        for value in level:
            fault = _fault(value)
            if fault is not None:
                return fault
            characters += _characters(value)
        if characters > TEXT_LIMIT:
            return f"it holds more than {TEXT_LIMIT:,} characters"
        level = [below for value in level for below in _below(value)]
        if not level:
            return None
    return None


def _below(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, Mapping) else value if isinstance(value, list) else []


def _characters(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    return sum(map(len, value)) if isinstance(value, Mapping) else 0


def _fault(value: Any) -> str | None:
    if value is None or isinstance(value, (bool, list)):
        return None
    if isinstance(value, str):
        return "text holds NUL or a lone surrogate" if _is_odd(value) else None
    if isinstance(value, Mapping):
        return next((fault for key in value if (fault := _key_fault(key))), None)
    if isinstance(value, int):
        return None if -LARGEST <= value < LARGEST else "a whole number is beyond 64 bits"
    if isinstance(value, float):
        return None if math.isfinite(value) else f"{value} is not a finite number"
    return f"{type(value).__name__} is no value of JSON"


def _key_fault(key: Any) -> str | None:
    if not isinstance(key, str) or not 1 <= len(key) <= KEY_LIMIT or _is_odd(key):
        return f"a key is text of 1 to {KEY_LIMIT} characters, without NUL or lone surrogates"
    return None


def _is_odd(text: str) -> bool:
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)
