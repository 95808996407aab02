"""Values as settings files write them, so that reading them gives the same values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Notation = str

TOML = ".toml"
YAML = ".yaml"
JSON = ".json"


def literal(value: Any, notation: Notation) -> str:
    """Return the plain `value` on one line of TOML or YAML.

    TOML knows no null: there None is Dynaconf's token for it. Text that would be taken for a token is marked as text.
    """
    if value is None:
        return '"@none"' if notation == TOML else "null"
    if isinstance(value, str):
        return quoted(f"@str {value}" if value.startswith("@") else value)
    if isinstance(value, Mapping):
        joint = " = " if notation == TOML else ": "
        pairs = (f"{quoted(key)}{joint}{literal(item, notation)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(literal(item, notation) for item in value)}]"
    return json.dumps(value)


def quoted(text: str) -> str:
    """Return `text` in double quotes, as TOML and YAML read it; what does not print is escaped."""
    return "".join(map(_escaped, json.dumps(text, ensure_ascii=False)))


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
