"""INI read by configobj: sections, and values that are text."""

from __future__ import annotations

from typing import Any

from cfgcore.layer.unreadable import Unreadable


def read_ini(text: str) -> Any:
    """Return the data of an INI text, whose ``[[x]]`` is a table in the table above; nothing is interpolated.

    Raises :class:`Unreadable`, with the line of what is wrong.
    """
    try:
        from configobj import ConfigObj, ConfigObjError
    except ImportError:
        raise Unreadable("INI files need configobj: pip install 'cfgcore[ini]'") from None
    try:
        return _unquoted(ConfigObj(text.splitlines(), interpolation=False, list_values=False).dict())
    except ConfigObjError as error:
        first = next(iter(getattr(error, "errors", None) or ()), error)
        raise Unreadable(f"not valid INI: {_cause(first)}", getattr(first, "line_number", None)) from error


def _unquoted(value: Any) -> Any:
    """Return `value` without the quotes around its texts, which configobj leaves where it makes no lists."""
    if isinstance(value, dict):
        return {key: _unquoted(item) for key, item in value.items()}
    quote = value[:1]
    is_quoted = quote in ("'", '"') and value.endswith(quote) and value.count(quote) == 2
    return value[1:-1] if is_quoted else value


def _cause(error: Exception) -> str:
    """Return what configobj says without the line that it quotes, which may hold a secret."""
    return str(error).partition(" at line ")[0].partition(" (")[0].rstrip(".")
