"""A TOML text with one value changed: comments and order stay, and nothing else changes, whatever its shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import tomlkit
from tomlkit.items import Item

from cfgcore.errors import SourceError
from cfgcore.layer.settings_file import parsed
from cfgcore.layer.text import Text
from cfgcore.values.frozen import plain
from cfgcore.values.origin import Path

_NONE = "@none"  # TOML has no word for it


def with_value(text: Text, path: Path, value: Any) -> Text:
    """Return `text` with `value` at the keys `path`; None is written as ``"@none"``.

    What was written is read again, and stands only if all else is as it was; else the next way of writing it is tried.
    Raises :class:`SourceError` with the line of what is no table and would have to be one, and where no way is right.
    """
    value = written(value)
    wanted = _form(_put(text, path, value))
    for write in (_in_its_table, _inline, _dotted, _as_table):
        changed = _attempt(write, text, path, value)
        if changed is not None and _form(parsed(changed)) == wanted:
            return changed
    line = text.line_of(path)
    place = f"{text.name}:{line}" if line else text.name
    raise SourceError(place, f"{'.'.join(path)} cannot be written here without changing more; write it by hand")


def written(value: Any) -> Any:
    """Return a value as a TOML file holds it."""
    if value is None:
        return _NONE
    if isinstance(value, Mapping):
        return {str(key): written(below) for key, below in value.items()}
    return [written(item) for item in value] if isinstance(value, (list, tuple)) else plain(value)


def same(one: Any, other: Any) -> bool:
    """Return whether two values are written alike: 1 is not 1.0 and not true, and the order of keys is all one."""
    return bool(_form(one) == _form(other))


def _form(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _form(below) for key, below in value.items()}
    return [_form(item) for item in value] if isinstance(value, (list, tuple)) else (type(value).__name__, repr(value))


def _put(text: Text, path: Path, value: Any) -> dict[str, Any]:
    """Return the data of `text` with `value` at `path`, as it must be read from the changed text."""
    data = dict(parsed(text))
    table: Any = data
    for depth, key in enumerate(path[:-1], start=1):
        below = table.get(key, {})
        if not isinstance(below, Mapping):
            line = text.line_of(path[:depth])
            what = "a list of tables" if isinstance(below, list) else "a value"
            cause = f"{'.'.join(path[:depth])} is {what} here, and must be a table to hold {path[depth]}; mend it first"
            raise SourceError(f"{text.name}:{line}" if line else text.name, cause)
        table[key] = dict(below)
        table = table[key]
    table[path[-1]] = value
    return data


def _attempt(write: Callable[[str, Path, Any], str], text: Text, path: Path, value: Any) -> Text | None:
    """Return what one way of writing makes of `text`; None where it cannot be written so, or is no TOML then."""
    try:
        changed = Text(text.name, text.suffix, write(text.content, path, value))
        parsed(changed)
    except Exception:  # tomlkit fails in many ways where a document has another shape than it expects
        return None
    return changed


def _in_its_table(content: str, path: Path, value: Any) -> str:
    return _assigned(content, path, tomlkit.item(value), tomlkit.table)


def _inline(content: str, path: Path, value: Any) -> str:
    return _assigned(content, path, tomlkit.value(_inline_text(value)), tomlkit.inline_table)


def _assigned(content: str, path: Path, value: Item, new_table: Callable[[], Item]) -> str:
    document = tomlkit.parse(content)
    table: Any = document
    for key in path[:-1]:
        if key not in table:
            table[key] = new_table()
        table = table[key]
    table[path[-1]] = value
    return tomlkit.dumps(document)


def _dotted(content: str, path: Path, value: Any) -> str:
    """Write a line with the whole path before the first table."""
    lines = content.splitlines(keepends=True)
    first = next((at for at, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
    while first and not lines[first - 1].strip():
        first -= 1
    before = "".join(lines[:first])
    return f"{_ended(before)}{_key(path)} = {_inline_text(value)}\n{''.join(lines[first:])}"


def _as_table(content: str, path: Path, value: Any) -> str:
    """Write a table of its own at the end."""
    return f"{_ended(content)}\n[{_key(path[:-1])}]\n{_key(path[-1:])} = {_inline_text(value)}\n"


def _inline_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key((str(key),))} = {_inline_text(below)}" for key, below in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline_text, value)) + "]"
    return str(tomlkit.item(value).as_string())


def _key(path: Path) -> str:
    return ".".join(tomlkit.key(key).as_string() for key in path)


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
