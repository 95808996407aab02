"""Text as a value of the type that a setting asks for: variables, secrets and INI files know nothing but text."""

from __future__ import annotations

import json
from typing import Any

from cfgcore.declare.kind import TEXTUAL, Kind
from cfgcore.layer.dynaconf_reader import Cast, cast, starts_with_token
from cfgcore.values.absent import ABSENT

_CONTAINERS = ("list", "dict", "record")
_WORDS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def read_literal(text: str, kind: Kind) -> Cast:
    """Return `text` as `kind` asks for it; a Dynaconf token at its beginning is always obeyed.

    Lists and tables are written as TOML or JSON writes them. What casting would change (text, paths, choices, Decimal,
    UUID, dates) stays as it is written. Empty text is ``ABSENT``, but for a setting that is text. Raises ``ValueError``
    for a token whose value does not fit it.
    """
    if starts_with_token(text):
        return cast(text, infer=True)
    if not text.strip() and kind.name != "str":
        return Cast(ABSENT)
    if kind.name in ("enum", "literal"):
        return Cast(next((choice for choice in kind.choices if str(choice) == text), text))
    if kind.name in ("bool", "flag"):
        return Cast(_WORDS.get(text.strip().lower(), text))
    if kind.name in TEXTUAL:
        return Cast(text)
    found = cast(text, infer=True)
    return Cast(_from_json(text)) if kind.name in _CONTAINERS and isinstance(found.value, str) else found


def _from_json(text: str) -> Any:
    """Return the list or table that `text` is in JSON, whose tables TOML writes otherwise; or the text itself."""
    try:
        found = json.loads(text) if text.lstrip()[:1] in ("[", "{") else text
    except (ValueError, RecursionError):
        return text
    return found
