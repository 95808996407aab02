"""JSON read strictly: no NaN and no Infinity, and no key twice in one object."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from cfgcore.layer.unreadable import Unreadable

_STRING = r'"(?:[^"\\]|\\.)*"'
_CONSTANT = re.compile(rf"{_STRING}|(-?Infinity|NaN)")
_KEY_OR_BRACE = re.compile(rf"({_STRING})\s*(:?)|[{{}}]")


def read_json(text: str) -> Any:
    """Return the data of a JSON text. Raises :class:`Unreadable`, with the line of what is wrong."""

    def refuse(name: str) -> NoReturn:
        found = (match for match in _CONSTANT.finditer(text) if match[1])
        raise Unreadable(f"not valid JSON: {name} is not a number of JSON", _line_of(text, next(found)))

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            key, line = _repeated_key(text)
            raise Unreadable(f"not valid JSON: the key {key!r} stands twice in one object; remove one of them", line)
        return found

    try:
        return json.loads(text, parse_constant=refuse, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise Unreadable(f"not valid JSON: {error.msg}", error.lineno) from error


def _repeated_key(text: str) -> tuple[str, int | None]:
    """Return the first key that its object has already, and its line."""
    objects: list[set[str]] = []
    for token in _KEY_OR_BRACE.finditer(text):
        if token[0] == "{":
            objects.append(set())
        elif token[0] == "}":
            objects.pop()
        elif token[2]:
            key = json.loads(token[1])
            if key in objects[-1]:
                return key, _line_of(text, token)
            objects[-1].add(key)
    return "", None


def _line_of(text: str, found: re.Match[str]) -> int:
    return text.count("\n", 0, found.start()) + 1
