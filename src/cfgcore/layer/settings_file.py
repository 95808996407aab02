"""A settings file as a tree: parsed by Dynaconf, split by environments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cfgcore.errors import SourceError
from cfgcore.layer.dynaconf_reader import TOO_DEEP, parse
from cfgcore.layer.older import VERSIONS, Older, stated_versions
from cfgcore.layer.plant import Planter
from cfgcore.layer.text import DEPTH_LIMIT, FixedLine, Text
from cfgcore.layer.tree import Contribution, Table
from cfgcore.layer.unreadable import Unreadable
from cfgcore.values.origin import Origin, Path
from cfgcore.values.suggest import closest

#: Fewer dots than this in a line of TOML cost nothing that anybody would notice.
DOTS_LIMIT = 100


def file_contributions(text: Text, environments: Sequence[str], planter: Planter) -> list[Contribution]:
    """Return what a settings file says in each of the environments; none given means that its tables are sections.

    With environments, ``[default]`` counts first, then each environment in its order, then ``[global]``; a section at
    the top of the file counts as standing in ``[default]``. A section whose version ``[versions]`` names is brought
    from there to today's form.
    Raises :class:`SourceError` for text that is not of its format, and for data that is not a table.
    """
    found = []
    data = parsed(text)
    stated = next((value for key, value in data.items() if str(key).casefold() == VERSIONS), None)
    older = Older(text, planter, stated_versions(text, stated, planter))
    settings = {key: value for key, value in data.items() if str(key).casefold() != VERSIONS}
    for key, table in _tables(text, settings, environments, planter):
        tree = Table()
        older.plant(tree, table, key)
        if tree:
            found.append(Contribution("file", text.name, tree))
    return found


def parsed(text: Text) -> Mapping[str, Any]:
    """Return the data of a settings file, unknown names and all. Raises :class:`SourceError` with the line."""
    try:
        _refuse_dots(text)
        data, text.lines = parse(text.content, text.suffix)
    except Unreadable as error:
        line = error.line or (text.line_beyond(DEPTH_LIMIT) if error.cause == TOO_DEEP else None)
        raise SourceError(f"{text.name}:{line}" if line else text.name, error.cause) from error
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise SourceError(text.name, "it holds no table of sections at its top")
    return {key: value for key, value in data.items() if key != "$schema"}  # which is for editors


def _refuse_dots(text: Text) -> None:
    """Refuse a key of too many parts before it is parsed, which takes the square of their number."""
    dotted = text.suffix == ".toml" and any(line.count(".") > DOTS_LIMIT for line in text.content.splitlines())
    if dotted and text.line_beyond(DEPTH_LIMIT):
        raise Unreadable(TOO_DEEP)


def _tables(
    text: Text, data: Mapping[str, Any], environments: Sequence[str], planter: Planter
) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    if not environments:
        yield (), data
        return
    wanted = ["default", *environments, "global"]
    by_name = {str(key).casefold(): (str(key), value) for key, value in data.items()}
    yield (), {key: value for key, value in data.items() if _is_section(str(key), wanted, planter)}
    for name in wanted:
        key, table = by_name.get(name.casefold(), (name, {}))
        if isinstance(table, Mapping):
            yield (key,), table
        elif table is not None:
            planter.report.add("type", (key,), "it is an environment, so it must be a table", _at(text, key))
    for key, table in data.items():
        if not _is_section(str(key), wanted, planter) and str(key).casefold() not in map(str.casefold, wanted):
            _other_environment(text, str(key), table, wanted, planter)


def _is_section(key: str, wanted: Sequence[str], planter: Planter) -> bool:
    return key.casefold() not in map(str.casefold, wanted) and planter.registry.section_named(key) is not None


def _other_environment(text: Text, key: str, table: Any, wanted: Sequence[str], planter: Planter) -> None:
    holds_sections = isinstance(table, Mapping) and any(planter.registry.section_named(str(name)) for name in table)
    if holds_sections or (isinstance(table, Mapping) and not table):
        alike = closest(key, wanted)
        if alike and alike not in ("global",):
            message = f"[{key}] is not among the environments {', '.join(wanted)}. Did you mean {alike!r}?"
            planter.report.unknown(message, _at(text, key))
        return
    planter.plant(Table(), (key,), table, lambda at: _at(text, key), (key,))


def _at(text: Text, key: str) -> Origin:
    return Origin("file", "file", text.name, (key,), text)


def dotenv_variables(text: Text) -> dict[str, tuple[str, Origin]]:
    """Return the variables of a ``.env`` file with their origins. Raises :class:`SourceError` naming the wrong line."""
    from io import StringIO

    from cfgcore.layer.dynaconf_reader import dotenv

    try:
        return {
            name: (value, Origin("environment", "variable", f"{name} ({text.name}:{line})", (), FixedLine(None)))
            for name, value, line in dotenv(StringIO(text.content))
        }
    except Unreadable as error:
        raise SourceError(f"{text.name}:{error.line}", error.cause) from error
