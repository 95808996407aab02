"""Lines of the keys and items of a JSON text, and the bookkeeping of nested values that JSON and TOML share."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from cfgcore.values.frozen import DEPTH_LIMIT
from cfgcore.values.origin import Path

_MARKS = "[]{},:"
_BLANKS = re.compile(r"[ \t\r\n\ufeff]*")


def json_lines(text: str) -> dict[Path, int]:
    """Return the 1-based line of each key and list item of `text`, which is valid JSON.

    An item of a list has its index as the name: ``("servers", "0", "host")``. Of a key that is given twice the last one
    counts, as it does in :mod:`json`. Text that is not JSON gives what was found before it.
    """
    nesting = Nesting(text)
    scan = json.JSONDecoder().raw_decode
    offset = _after_blanks(text, 0)
    while offset < len(text):
        if text[offset] in _MARKS:
            nesting.mark(text[offset], offset)
            end = offset + 1
        else:
            try:
                word, end = scan(text, offset)
            except ValueError:
                break
            nesting.word(str(word), offset)
        offset = _after_blanks(text, end)
    return nesting.lines


def _after_blanks(text: str, offset: int) -> int:
    blanks = _BLANKS.match(text, offset)
    return blanks.end() if blanks else offset


@dataclass(slots=True)
class _Level:
    """One table or list that is open, and how far it has been read.

    `index` is that of the next item, None in a table; `value` is the path of the value at hand, None before it begins.
    """

    path: Path
    index: int | None = None
    value: Path | None = None


class Nesting:
    """The lines of keys and items of nested values, told mark by mark and word by word in the order of the text.

    Marks are brackets, braces, the comma, and what separates a key from its value. A word is a part of a key where a
    table awaits one, and belongs to a value elsewhere. Deeper than values may nest nothing is noted, so that the time
    stays in proportion to the text.
    """

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._text = text
        self._offset = 0
        self._line = 1
        self._levels = [_Level((), value=())]
        self._names: list[str] = []

    @property
    def at_top(self) -> bool:
        """Whether every bracket and brace has been closed."""
        return len(self._levels) == 1

    @property
    def awaits_key(self) -> bool:
        """Whether the innermost value is a table that has not come to the end of its next key."""
        level = self._levels[-1]
        return level.index is None and level.value is None

    def begin_table(self, path: Path) -> None:
        """Go on with the keys of the table `path`, outside of all brackets and braces."""
        self._levels = [_Level(path)]
        self._names = []

    def word(self, word: str, offset: int) -> None:
        """Take a part of a key, or of a value that is not a table or a list."""
        if self.awaits_key:
            self._move_to(offset)
            self._names.append(word)
        else:
            self._begin_value(offset)

    def mark(self, mark: str, offset: int) -> None:
        """Take a bracket, a brace, a comma, or the end of a key."""
        if mark in "[{":
            self._begin_value(offset)
            self._levels.append(_Level(self._levels[-1].value or (), index=0 if mark == "[" else None))
        elif mark == ",":
            self.end_value()
        elif mark in ":=":
            self._end_key()
        elif mark in "]}" and not self.at_top:
            self._levels.pop()

    def end_value(self) -> None:
        """Await the next key or item of the innermost table or list."""
        level = self._levels[-1]
        level.value = None
        if level.index is not None:
            level.index += 1

    def take_names(self) -> list[str]:
        """Return the parts of the key that is being read, and forget them."""
        names, self._names = self._names, []
        return names

    def below(self, path: Path, name: str, *, again: bool = False) -> Path:
        """Return the path of `name` in `path`, noted at the present line unless it has one and is not met `again`."""
        if len(path) >= DEPTH_LIMIT:
            return path
        path = (*path, name)
        if again or path not in self.lines:
            self.lines[path] = self._line
        return path

    def _begin_value(self, offset: int) -> None:
        level = self._levels[-1]
        if level.index is not None:
            self._move_to(offset)
            level.value = self.below(level.path, str(level.index), again=True)

    def _end_key(self) -> None:
        names = self.take_names()
        path = self._levels[-1].path
        for position, name in enumerate(names, start=1):
            path = self.below(path, name, again=position == len(names))
        self._levels[-1].value = path

    def _move_to(self, offset: int) -> None:
        self._line += self._text.count("\n", self._offset, offset)
        self._offset = offset
