"""The reference of everything that is declared, as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cfgcore.declare.arrangement import arranged, hides
from cfgcore.declare.kind import Kind, Name, Setting
from cfgcore.declare.registry import Registry
from cfgcore.declare.resolved import Section
from cfgcore.declare.rule import Rule
from cfgcore.values.absent import ABSENT
from cfgcore.values.frozen import plain
from cfgcore.values.problem import REDACTED

_INTRODUCTION = (
    "In settings files a section is a table, and each of its settings a key. A variable sets one setting; {prefix} "
    "stands for the prefix that the application chose."
)

_COLUMNS = ("setting", "type", "default", "bounds", "unit", "variable", "meaning")

_TYPES: dict[Name, str] = {
    "bool": "true or false",
    "int": "whole number",
    "float": "number",
    "str": "text",
    "datetime": "date and time",
    "timedelta": "duration",
    "path": "path",
    "decimal": "decimal number",
    "uuid": "UUID",
    "record": "table",
    "any": "any value",
}


def settings_reference(registry: Registry, prefix: str = "CFGCORE") -> str:
    """Return the reference of all sections as Markdown: settings, rules, flags and profiles, in order of registration.

    `prefix` is that of the application's variables. Defaults of secrets are not told.
    """
    lines = ["# Settings", "", _INTRODUCTION.format(prefix=_code(prefix)), "", *_contents(registry), ""]
    for section in registry.sections.values():
        lines += [*_section(registry, section, prefix), ""]
    for title, table in (("Rules", _rules(registry)), ("Flags", _flags(registry))):
        if table:
            lines += [f"## {title}", "", *table, ""]
    lines += _profiles(registry)
    return "\n".join(lines).rstrip() + "\n"


def _contents(registry: Registry) -> list[str]:
    rows = [
        (
            f"[{section.header.title}](#{_anchor(section.header.title)})",
            _code(name),
            section.plugin,
            _escaped(section.help),
        )
        for name, section in registry.sections.items()
    ]
    return _table(("section", "table", "plugin", "what it holds"), rows)


def _anchor(title: str) -> str:
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -_")
    return kept.replace(" ", "-")


def _section(registry: Registry, section: Section, prefix: str) -> Iterator[str]:
    yield from (f"## {section.header.title}", "")
    aliases = section.header.aliases
    also = f" (also {', '.join(map(_code, aliases))})" if aliases else ""
    yield f"{_escaped(section.help)} Table {_code(section.name)}{also}, from plugin {_code(section.plugin)}.".strip()
    yield ""
    yield from _table(_COLUMNS, _settings(section.settings.values(), section, prefix))


def _settings(settings: Iterable[Setting], section: Section, prefix: str) -> Iterator[Sequence[str]]:
    for setting in arranged({setting.name: setting for setting in settings}):
        yield from _rows((section.name, setting.name), setting, prefix, secret=False)


def _rows(path: tuple[str, ...], setting: Setting, prefix: str, *, secret: bool) -> Iterator[Sequence[str]]:
    """Yield the row of a setting, then those of the settings in it; ``[]`` and ``*`` stand for any item."""
    secret = secret or setting.declared.secret
    keys = (".".join(path)).replace(".[]", "[]")
    variable = prefix + "_" + "__".join(path).upper() if "[]" not in path and "*" not in path else ""
    variables = [variable, *setting.declared.env] if variable else []
    yield (
        _code(keys.partition(".")[2]),
        "" if setting.declared.field is not None else _type(setting.kind),
        _default(setting, secret),
        _bounds(setting),
        _escaped(setting.declared.unit or ""),
        ", ".join(map(_code, variables)),
        _meaning(setting, secret),
    )
    kind, step = setting.kind, path
    while kind.item is not None:
        kind, step = kind.item, (*step, "[]" if kind.name == "list" else "*")
    for below in arranged(kind.fields):
        yield from _rows((*step, below.declared.key or below.name), below, prefix, secret=secret)


def _type(kind: Kind) -> str:
    if kind.choices:
        name = ", ".join(map(_value, kind.choices))
    elif kind.item is not None:
        inner = _type(kind.item)
        name = f"{'list' if kind.name == 'list' else 'table'} of {inner}"
    else:
        name = _TYPES[kind.name]
    return f"{name}, or none" if kind.optional and kind.name != "any" else name


def _default(setting: Setting, secret: bool) -> str:
    if setting.default is ABSENT:
        return "required"
    if setting.default is not None and (secret or (hides(setting) and setting.default)):
        return REDACTED
    return _value(plain(setting.default))


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return _code(str(value).lower())
    if isinstance(value, str):
        return _code(value) if value else "empty"
    if isinstance(value, dict):
        return _code("{" + ", ".join(f"{key} = {item!r}" for key, item in value.items()) + "}") if value else "empty"
    return _code(str(value)) if value != [] else "empty"


def _bounds(setting: Setting) -> str:
    given = setting.declared
    found = [setting.bounds] if setting.bounds else []
    if given.choices:
        found.append("one of " + ", ".join(_value(plain(choice)) for choice in given.choices))
    if given.pattern is not None:
        found.append(f"matches {_code(given.pattern)}")
    if given.length is not None:
        smallest, largest = given.length
        unit = "characters" if setting.kind.name == "str" else "items"
        found.append(f"{smallest} to {largest} {unit}" if largest is not None else f"at least {smallest} {unit}")
    return "; ".join(found)


def _meaning(setting: Setting, secret: bool) -> str:
    given = setting.declared
    notes = {
        "A secret.": secret,
        "Users cannot override it.": given.scope == "system",
        "Changes wait for a restart.": given.restart,
        f"Deprecated: {given.deprecated}": given.deprecated,
        f"Formerly {', '.join(map(_code, given.renamed_from))}.": given.renamed_from,
    }
    return " ".join([_escaped(given.help), *(note for note, holds in notes.items() if holds)]).strip()


def _rules(registry: Registry) -> list[str]:
    rules = sorted((rule for _, rule in registry.rules), key=lambda rule: rule.code)
    rows = [(_code(rule.code), rule.severity, ", ".join(map(_code, rule.paths)), _promise(rule)) for rule in rules]
    return _table(("code", "severity", "settings", "what must hold"), rows) if rows else []


def _promise(rule: Rule) -> str:
    return _escaped(" ".join((rule.check.__doc__ or "").split("\n\n")[0].split()))


def _flags(registry: Registry) -> list[str]:
    rows = [
        (_code(name), "on" if flag.default else "off", _escaped(flag.owner or plugin), _escaped(flag.description))
        for name, (plugin, flag) in registry.flags.items()
    ]
    return _table(("flag", "default", "owner", "what it switches"), rows) if rows else []


def _profiles(registry: Registry) -> list[str]:
    lines: list[str] = []
    for selector in dict.fromkeys(profile.selector for _, profile in registry.profiles):
        parts = [profile for _, profile in registry.profiles if profile.selector == selector]
        values = {(path, plain(part.value)): plain(value) for part in parts for path, value in part.values.items()}
        choices = _selections(registry, selector, [plain(part.value) for part in parts])
        rows = [
            (_code(path), *(_value(values[path, choice]) if (path, choice) in values else "" for choice in choices))
            for path in dict.fromkeys(path for path, _ in values)
        ]
        lines += [f"## Profiles of {selector}", "", f"What follows from a value of {_code(selector)}:", ""]
        lines += [*_table(("setting", *map(_value, choices)), rows), ""]
    return lines


def _selections(registry: Registry, selector: str, found: Sequence[Any]) -> list[Any]:
    """Return the values that select profiles, in the order in which the selector declares them."""
    place = registry.place(tuple(selector.split(".")))
    declared = [choice for choice in place.kind.choices if choice in found] if place else []
    return declared + [choice for choice in dict.fromkeys(found) if choice not in declared]


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [_row(columns), _row(["---"] * len(columns)), *map(_row, rows)]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    return fence + _escaped(text) + fence


def _escaped(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
