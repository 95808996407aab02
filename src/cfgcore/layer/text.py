"""The text of one file: opened once, bounded, and able to tell the line of a key when somebody asks."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path as File

from cfgcore.errors import SourceError
from cfgcore.values.origin import Path

SIZE_LIMIT = 1 << 20
DEPTH_LIMIT = 32

# A pipe must not make the reader wait, and Windows must not translate what it reads.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_FOLDER = "it is a folder, not a file; name a file in it"


class Text:
    """A file's text. `lines` holds the lines of keys where the parser told them; else they are scanned for, once.

    The content may hold secrets: it is neither printed, nor copied, nor pickled with the origins that refer to it.
    """

    __slots__ = ("content", "lines", "name", "suffix")

    def __init__(self, name: str, suffix: str, content: str, lines: dict[Path, int] | None = None) -> None:
        self.name = name
        self.suffix = suffix
        self.content = content
        self.lines = lines

    def __repr__(self) -> str:
        return f"Text({self.name!r})"

    def __deepcopy__(self, _memo: object) -> Text:
        return self

    def __reduce__(self) -> tuple[type[Text], tuple[str, str, str, dict[Path, int]]]:
        return Text, (self.name, self.suffix, "", _scan(self) if self.lines is None else self.lines)

    def line_of(self, key: Path) -> int | None:
        """Return the 1-based line of `key`, or of the nearest table or list around it that has one."""
        if self.lines is None:
            self.lines = _scan(self)
        while key:
            if key in self.lines:
                return self.lines[key]
            key = key[:-1]
        return None

    def line_beyond(self, depth: int) -> int | None:
        """Return the 1-based line of the first key that stands deeper than `depth`, or None where none does."""
        return next((line for key, line in _scan(self).items() if len(key) > depth), None)


def _scan(text: Text) -> dict[Path, int]:
    if text.suffix == ".json":
        from cfgcore.layer.json_lines import json_lines

        return json_lines(text.content)
    if text.suffix == ".toml":
        from cfgcore.layer.toml_lines import toml_lines

        return toml_lines(text.content)
    return {}


@dataclass(frozen=True, slots=True)
class FixedLine:
    """A line that is known already."""

    line: int | None

    def line_of(self, key: Path) -> int | None:
        """Return the line, whatever the key."""
        return self.line


def read_text(file: File, name: str, limit: int = SIZE_LIMIT) -> Text:
    """Read `file`, which messages call `name`.

    Raises :class:`SourceError` for a folder, a device, a file that cannot be read, that is larger than `limit` bytes or
    that is not UTF-8; ``FileNotFoundError`` stays what it is, for callers who can do without the file.
    """
    data = read_begin(file, name, limit + 1)
    if len(data) > limit:
        raise SourceError(name, f"it is larger than {limit // 1024} KiB, the limit of a settings file")
    try:
        return Text(name, file.suffix.lower(), data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SourceError(f"{name}:{line}", f"it is not UTF-8 at byte {error.start}; save it as UTF-8") from error


def read_begin(file: File, name: str, count: int) -> bytes:
    """Return at most the first `count` bytes of `file`; raises what :func:`read_text` does."""
    try:
        descriptor = os.open(file, _FLAGS)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise SourceError(name, _FOLDER if os.path.isdir(file) else _unread(error)) from error
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise SourceError(name, _FOLDER if stat.S_ISDIR(mode) else "it is a pipe, socket or device, not a file")
        with open(descriptor, "rb", closefd=False) as stream:
            return stream.read(count)
    except OSError as error:
        raise SourceError(name, _unread(error)) from error
    finally:
        os.close(descriptor)


def _unread(error: Exception) -> str:
    return f"it cannot be read ({getattr(error, 'strerror', None) or error}); check its name and its permissions"
