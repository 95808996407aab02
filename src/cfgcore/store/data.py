"""Stored data as text: one JSON form, stable in order, bounded when it is read."""

from __future__ import annotations

import gc
import json
import math
import re
from collections.abc import Mapping
from typing import Any

SIZE_LIMIT = 1 << 20
DEPTH_LIMIT = 32
NODE_LIMIT = 10_000
KEY_LIMIT = 256
LARGEST = 2**63

#: From how many characters on a text is decoded without a pause.
LARGE = 100_000

#: The one key with ``$`` that stored data may hold: a flag's rule refers by it to a rule that flags share.
FLAG_REFERENCE = "$ref"

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def dumps(data: Any) -> str:
    """Return `data` as JSON on one line, keys sorted."""
    return _ENCODER.encode(data)


def loads(text: str | bytes) -> Any:
    """Return what :func:`dumps` wrote. Raises ``ValueError`` for anything that is not JSON."""
    try:
        if not isinstance(text, str):
            text = text.decode(json.detect_encoding(text))
        return _DECODER.decode(text) if len(text) < LARGE else _decoded_at_once(text)
    except RecursionError:
        raise ValueError("it nests too deeply") from None


def _decoded_at_once(text: str) -> Any:
    """Decode without collecting garbage: there is none while text becomes values, and looking for it takes longer."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return _DECODER.decode(text)
    finally:
        if was_enabled:
            gc.enable()


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a number of JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


# made once: json.dumps() and json.loads() make one for each call
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_DECODER = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=_unique)


def limit(value: Any) -> str | None:
    """Return which limit `value`, plain data to be stored, breaks, or None.

    Text of at most 1 MiB in all, 32 levels, 10,000 values, keys of 256 characters, whole numbers of 64 bits, finite
    numbers, no NUL and no lone surrogates; no key begins with ``@``, ``$`` or ``dynaconf_``.
    """
    try:
        _weigh(value, 0, [NODE_LIMIT, SIZE_LIMIT])
    except ValueError as error:
        return str(error)
    return None


def refuse_depth(value: Any, deepest: int = 2 * DEPTH_LIMIT) -> None:
    """Raise ``ValueError`` when `value` nests deeper than `deepest` levels: text with indentation has its limits."""
    if isinstance(value, (Mapping, list, tuple)):
        if deepest == 0:
            raise ValueError("it nests too deeply")
        for item in value.values() if isinstance(value, Mapping) else value:
            refuse_depth(item, deepest - 1)


def refuse_number(value: Any) -> None:
    """Raise ``ValueError`` when `value` holds more than 10,000 values: judging them would take noticeable time."""
    left, found = NODE_LIMIT, [value]
    while found:
        holder = found.pop()
        items = holder.values() if isinstance(holder, Mapping) else holder
        left -= len(holder)
        if left < 0:
            raise ValueError(f"it holds more than {NODE_LIMIT:,} values")
        found += [item for item in items if isinstance(item, (Mapping, list, tuple))]


def _weigh(value: Any, depth: int, left: list[int]) -> None:
    left[0] -= 1
    if left[0] < 0:
        raise ValueError(f"it holds more than {NODE_LIMIT:,} values")
    if depth > DEPTH_LIMIT:
        raise ValueError(f"it nests deeper than {DEPTH_LIMIT} levels")
    if isinstance(value, str):
        _weigh_text(value, left)
    elif isinstance(value, dict):
        for key, item in value.items():
            _weigh_key(key, left)
            _weigh(item, depth + 1, left)
    elif isinstance(value, list):
        for item in value:
            _weigh(item, depth + 1, left)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not a finite number")
    elif type(value) is int and not -LARGEST <= value < LARGEST:
        raise ValueError("a whole number is beyond 64 bits")
    elif value is not None and type(value) not in (bool, int, float):
        raise ValueError(f"{type(value).__name__} is not plain data")


def _weigh_key(key: Any, left: list[int]) -> None:
    if not isinstance(key, str) or not key or len(key) > KEY_LIMIT:
        raise ValueError(f"a key is text of 1 to {KEY_LIMIT} characters")
    if key.startswith(("@", "$", "dynaconf_")) and key != FLAG_REFERENCE:
        raise ValueError(f"the key {key!r} is reserved")
    _weigh_text(key, left)


def _weigh_text(text: str, left: list[int]) -> None:
    left[1] -= len(text)
    if left[1] < 0:
        raise ValueError(f"it is larger than {SIZE_LIMIT:,} characters")
    if _UNSTORABLE.search(text):
        raise ValueError("text holds NUL or a lone surrogate")
