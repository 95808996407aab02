"""Lines of the keys of a TOML text, which the TOML readers do not tell."""

from __future__ import annotations

import re

from cfgcore.layer.json_lines import Nesting
from cfgcore.values.origin import Path

# Each string is unrolled ("plain, then any number of: special, plain"), so that no text makes the search go back far.
_TOKEN = re.compile(
    r'''
      (?P<newline> \r?\n )
    | (?P<gap>     [ \t.\ufeff]+ | \#[^\n]* )
    | (?P<mark>    [\[\]{},=] )
    | (?P<bare>    [A-Za-z0-9_+:-]+ )
    | (?P<long>    """ [^"\\]* (?: (?: \\. | "{1,2}(?!") ) [^"\\]* )* "{3,5}
                 | \'\'\' [^']*   (?: '{1,2}(?!') [^']* )* '{3,5} )
    | (?P<basic>   " [^"\\\n]* (?: \\. [^"\\\n]* )* " )
    | (?P<literal> ' [^'\n]* ' )
    | (?P<stray>   . )
    ''',
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U(00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})|(.))")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def toml_lines(text: str) -> dict[Path, int]:
    """Return the 1-based line of each table, key and array item of `text`, which is valid TOML 1.0.

    An item of an array, and a table of an array of tables, has its index as the name: ``("servers", "0", "host")``.
    What is only implied stands where it is first implied. Text that is not TOML gives what was found before it.
    """
    document = _Document(text)
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "newline":
                document.end_line()
            case "mark":
                document.mark(token[0], token.start())
            case "stray":
                break
            case "gap":
                pass
            case _:
                document.nesting.word(_content(token), token.start())
    document.end_line()
    return document.nesting.lines


def _content(token: re.Match[str]) -> str:
    """Return what a bare or quoted key stands for; a long string is never a key."""
    match token.lastgroup:
        case "bare":
            return token[0]
        case "literal":
            return token[0][1:-1]
        case "basic":
            return _ESCAPE.sub(_unescaped, token[0][1:-1])
    return ""


def _unescaped(escape: re.Match[str]) -> str:
    digits = escape[1] or escape[2]
    return chr(int(digits, 16)) if digits else _ESCAPED.get(escape[3], escape[3])


class _Document:
    """The lines of a TOML text: headers, and the keys of the table that the last header began."""

    def __init__(self, text: str) -> None:
        self.nesting = Nesting(text)
        self.nesting.begin_table(())
        self._brackets = 0
        self._latest: dict[Path, int] = {}

    def mark(self, mark: str, offset: int) -> None:
        """Take a mark; where a key could stand, a bracket opens or closes a header."""
        if mark in "[]" and self.nesting.awaits_key:
            self._brackets += mark == "["
        else:
            self.nesting.mark(mark, offset)

    def end_line(self) -> None:
        """Take the end of a line, which ends a header or a pair unless a bracket or brace is open."""
        if self._brackets:
            self._begin_table(self.nesting.take_names(), in_array=self._brackets == 2)
            self._brackets = 0
        elif self.nesting.at_top:
            self.nesting.end_value()

    def _begin_table(self, names: list[str], *, in_array: bool) -> None:
        path: Path = ()
        for position, name in enumerate(names, start=1):
            path = self.nesting.below(path, name)
            if in_array and position == len(names):
                self._latest[path] = self._latest.get(path, -1) + 1
            if path in self._latest:
                path = self.nesting.below(path, str(self._latest[path]))
        self.nesting.begin_table(path)
