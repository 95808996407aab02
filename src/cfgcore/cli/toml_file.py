"""A TOML settings file changed in place: comments and order stay, and it is replaced at once or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path as File
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Item

from cfgcore.errors import SourceError
from cfgcore.layer.text import read_text
from cfgcore.values.frozen import plain
from cfgcore.values.origin import Path


def changed_text(file: File, changes: Mapping[Path, Any], names: Mapping[str, Sequence[str]]) -> str:
    """Return the text of `file`, a new one where there is none, with `changes` made; None is written as ``"@none"``.

    `names` are the names that each section may have in the file; a table that is there already is used.

    Raises :class:`SourceError` for a file that cannot be read or is not TOML.
    """
    if file.suffix.lower() != ".toml":
        raise SourceError(str(file), "only TOML files are changed in place")
    try:
        document = tomlkit.parse(read_text(file, str(file)).content)
    except FileNotFoundError:
        document = tomlkit.document()
    except TOMLKitError as error:
        raise SourceError(str(file), f"not valid TOML: {error}") from error
    for path, value in changes.items():
        table: Any = document
        section = next((key for key in document if key.lower() in names[path[0]]), path[0])
        for key in (section, *path[1:-1]):
            if key not in table:
                table[key] = tomlkit.table()
            table = table[key]
        table[path[-1]] = _item(value)
    return tomlkit.dumps(document)


def write_text(file: File, text: str) -> None:
    """Replace `file` by `text`, durably and at once; its permissions stay.

    Raises :class:`SourceError` where the folder cannot be written to; then the file is as it was.
    """
    target = file.resolve()
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            if target.exists():
                os.chmod(name, target.stat().st_mode & 0o7777)
            else:
                os.chmod(name, 0o644)
            os.replace(name, target)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise SourceError(str(file), f"it cannot be written: {error.strerror}") from error


def _item(value: Any) -> Item:
    return tomlkit.item("@none" if value is None else plain(value))
