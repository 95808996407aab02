"""Dynaconf reads: the one module that imports it. It parses text and casts strings; none of its objects leaves here.

Only what a deployer wrote comes here: settings files, variables, secrets. Dynaconf's settings object is never made, so
that its variables (``*_FOR_DYNACONF``), hooks and includes redirect nothing. Tokens are those that Dynaconf documents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dynaconf.nodes import DataDict
from dynaconf.utils.functional import empty
from dynaconf.utils.parse_conf import (
    Del,
    Insert,
    Lazy,
    Merge,
    MetaValue,
    boolean_fix,
    converters,
    parse_conf_data,
)
from dynaconf.vendor import tomllib
from dynaconf.vendor.dotenv.parser import parse_stream
from dynaconf.vendor.ruamel import yaml

from cfgcore.layer.ini_reader import read_ini
from cfgcore.layer.json_reader import read_json
from cfgcore.layer.text import DEPTH_LIMIT
from cfgcore.layer.tree import Operation
from cfgcore.layer.unreadable import Unreadable
from cfgcore.values.absent import ABSENT
from cfgcore.values.origin import Path

Lines = dict[Path, int]

_BOX = {"AUTO_CAST_FOR_DYNACONF": True, "DYNABOXIFY": False}
_WARNS = frozenset({"@reset"})
_MERGES = frozenset({"@merge", "@merge_unique"})
_DIGITS = re.compile(r"[0-9](?:[0-9_]){999}")

#: How long a text that is merged may be that is no JSON, in characters: the time of Dynaconf grows as its square.
MERGE_LIMIT = 2048

TOO_DEEP = f"it nests deeper than {DEPTH_LIMIT} levels"


class Template:
    """A value that is computed (``@format``, ``@jinja``, ``@get``, ``@read_file``) once everything else is known."""

    __slots__ = ("_lazy",)

    def __init__(self, lazy: Lazy) -> None:
        self._lazy = lazy

    def __str__(self) -> str:
        return f"@{self._lazy.formatter} {self._lazy.value}"

    def evaluate(self, this: Mapping[str, Any], environ: Mapping[str, str]) -> Any:
        """Return the value, computed from the settings `this` and the variables `environ`.

        Raises ``ValueError`` saying why it cannot be computed.
        """
        try:
            result = self._lazy.formatter(self._lazy.value, this=_Settings(this), env=environ)
        except Exception as error:
            raise ValueError(f"the template cannot be computed: {error or type(error).__name__}") from error
        try:
            return self._lazy.casting(result) if self._lazy.casting is not None else result
        except Exception as error:
            raise ValueError("the token before the template cannot read what it computes") from error


class _Settings:
    """What templates know as ``this``: settings as attributes, as items, and by dotted path."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = DataDict(values, box_settings={})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._values, name)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __contains__(self, dotted: str) -> bool:
        return self.get(dotted, empty) is not empty

    def get(self, key: str, default: Any = None, cast: str | None = None) -> Any:
        node: Any = self._values
        for name in key.split("."):
            node = node.get(name, empty) if isinstance(node, DataDict) else empty
        found = default if node is empty else node
        return converters[cast](found) if cast else found


@dataclass(frozen=True, slots=True)
class Cast:
    """A value as its tokens make it, and what it does to the value below."""

    value: Any
    operation: Operation = "set"
    index: int = 0


def starts_with_token(text: str) -> bool:
    """Return whether `text` begins with one of Dynaconf's tokens, such as ``@int`` or ``@merge``."""
    return text.startswith("@") and text.partition(" ")[0] in converters


def cast(text: str, *, infer: bool) -> Cast:
    """Return `text` with its tokens applied; with `infer`, text without a token is a TOML value where it can be one.

    Raises ``ValueError`` for a token whose value does not fit it.
    """
    if text.partition(" ")[0] in _WARNS:
        raise ValueError("@reset is gone from Dynaconf; a value without a token replaces")
    if not infer and not starts_with_token(text):
        return Cast(text)
    try:
        if not _is_long_merge(text):
            return _unwrap(parse_conf_data(boolean_fix(text) if infer else text, tomlfy=infer, box_settings=_BOX))
    except RecursionError:
        raise ValueError("the value nests too deeply") from None
    except Exception as error:
        token = text.partition(" ")[0] if starts_with_token(text) else None
        raise ValueError(f"the token {token} cannot read the value" if token else "it cannot be read") from error
    raise ValueError(f'more than {MERGE_LIMIT:,} characters are merged only as JSON: @merge ["...", "..."]')


def _is_long_merge(text: str) -> bool:
    """Return whether a text that is no JSON is to be merged, and Dynaconf would take too long for it."""
    tokens = set()
    while starts_with_token(text):
        token, _, text = text.partition(" ")
        tokens.add(token)
    if _MERGES.isdisjoint(tokens) or len(text) <= MERGE_LIMIT:
        return False
    return isinstance(parse_conf_data(text, tomlfy=True, box_settings=_BOX), str)


def _unwrap(value: Any) -> Cast:
    if isinstance(value, Del):
        return Cast(ABSENT, "delete")
    if isinstance(value, Insert):
        return Cast(_plain(value.value), "insert", value.index)
    if isinstance(value, Merge):
        operation: Operation = "merge_unique" if value.unique else "merge"
        merged = _plain(value.value)
        return Cast([merged] if isinstance(merged, Template) else merged, operation)
    return Cast(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Lazy):
        return Template(value)
    if isinstance(value, MetaValue):
        raise ValueError("a token that merges cannot stand inside another")
    if value is empty:
        return ABSENT
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def parse(text: str, suffix: str) -> tuple[Any, Lines | None]:
    """Parse the text of a file by its suffix: the data, and the lines of its keys where the parser knows them.

    Raises :class:`Unreadable` for a text that is not of the format, and for a suffix that is not known.
    """
    try:
        parser = PARSERS[suffix]
    except KeyError:
        known = ", ".join(sorted(PARSERS))
        raise Unreadable(f"{suffix or 'no suffix'} is not a format that can be read; use one of {known}") from None
    try:
        return parser(text)
    except RecursionError:
        raise Unreadable(TOO_DEEP) from None
    except Unreadable:
        raise
    except ValueError as error:
        raise _unreadable_number(text) from error


def _unreadable_number(text: str) -> Unreadable:
    """Return the refusal of a text with a number that is too long for Python."""
    found = _DIGITS.search(text)
    line = text.count("\n", 0, found.start()) + 1 if found else None
    return Unreadable("a number has thousands of digits; put it in quotes if it is text", line)


def _toml(text: str) -> tuple[Any, None]:
    try:
        return tomllib.loads(text.replace("\r\n", "\n")), None
    except tomllib.TOMLDecodeError as error:
        cause, _, place = str(error).rpartition(" (at ")
        line = place.partition("line ")[2].partition(",")[0]
        number = int(line) if line.isdigit() else text.count("\n") + 1 if "end of document" in place else None
        raise Unreadable(f"not valid TOML: {cause or error}", number) from error


def _yaml(text: str) -> tuple[Any, Lines]:
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return {}, {}
        return loader.construct_document(node), dict(_yaml_lines(node, ()))
    except (yaml.YAMLError, yaml.error.YAMLFutureWarning) as error:
        mark = getattr(error, "problem_mark", None)
        # A key that stands twice is told with both its values, which may be secrets.
        problem = (getattr(error, "problem", None) or type(error).__name__).partition(" with value ")[0]
        context = getattr(error, "context", None)
        cause = f"{context}, {problem}" if context else problem
        raise Unreadable(f"not valid YAML: {cause}", mark.line + 1 if mark else None) from error


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # the vendored ruamel.yaml has no types
    """The safe loader, but for aliases and depth, which are refused before they cost anything."""

    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.parser.peek_event()
        line = event.start_mark.line + 1
        if isinstance(event, yaml.events.AliasEvent):
            raise Unreadable("YAML aliases are not read; write the value out", line)
        if self._depth > DEPTH_LIMIT:
            raise Unreadable(TOO_DEEP, line)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, TypeError, ArithmeticError, LookupError) as error:
            if isinstance(error, Unreadable) or not isinstance(node, yaml.ScalarNode):
                raise
            cause = "not valid YAML: a value looks like a date or a number, and cannot be read as one; put it in quotes"
            raise Unreadable(cause, node.start_mark.line + 1) from error


def _yaml_lines(node: Any, path: Path) -> Iterator[tuple[Path, int]]:
    named: list[tuple[Any, Any, Any]] = []
    if isinstance(node, yaml.MappingNode):
        named = [(key.value, key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        named = [(index, value, value) for index, value in enumerate(node.value)]
    for name, first, value in named:
        below = (*path, str(name))
        yield below, first.start_mark.line + 1
        yield from _yaml_lines(value, below)


PARSERS: Mapping[str, Callable[[str], tuple[Any, Lines | None]]] = {
    ".toml": _toml,
    ".json": lambda text: (read_json(text), None),
    ".yaml": _yaml,
    ".yml": _yaml,
    ".ini": lambda text: (read_ini(text), None),
}


def dotenv(lines: Iterator[str] | Any) -> Iterator[tuple[str, str, int]]:
    """Yield name, text and line of each variable in the stream of a ``.env`` file; nothing is interpolated.

    Raises :class:`Unreadable` with the line that is no assignment.
    """
    for binding in parse_stream(lines):
        original = binding.original.string
        line = binding.original.line + original[: len(original) - len(original.lstrip())].count("\n")
        if binding.error:
            raise Unreadable("this line is no assignment; write NAME=value", line)
        if binding.key is not None and binding.value is not None:
            yield binding.key, binding.value, line
