"""A settings file that says everything and sets nothing: every setting as a comment, with what it is for."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any

from cfgcore.declare.arrangement import arranged, hides
from cfgcore.declare.flag_path import FLAGS
from cfgcore.declare.kind import Setting
from cfgcore.declare.registry import Registry
from cfgcore.declare.resolved import Section
from cfgcore.installing.notation import JSON, TOML, Notation, literal
from cfgcore.layer.variables import variable_of
from cfgcore.values.absent import ABSENT
from cfgcore.values.frozen import plain
from cfgcore.values.origin import Path

WIDTH = 100

_HEAD = (
    "Every setting of this application, with its default as a comment.",
    "To change one, remove the # at the beginning of its line{parents}, and write your value. What is left out or "
    "stays a comment follows the defaults, those of later releases too.",
    "Stronger than this file: what is stored at runtime, then variables. A variable is called "
    "{prefix}_SECTION__SETTING, such as {example}.",
)

_OF_FLAGS = (
    "Feature flags: what each is for everyone, unless it is changed at runtime. A whole definition with rules may "
    "stand in the place of a value."
)

_ON_OFF = 'True, false, or on for a share of the users, such as "25%".'

_SCHEMA = {TOML: "#:schema {}", ".yaml": "# yaml-language-server: $schema={}"}


def sample(registry: Registry, notation: Notation, prefix: str, schema: str | None = None) -> str:
    """Return the text of a settings file in `notation` with everything that is declared.

    Reading it changes nothing, and no line of it is the value of a secret. A setting without a default stands there to
    be filled in. `prefix` is that of the application's variables, `schema` where editors find the JSON Schema.
    """
    if notation == JSON:
        return _json(registry, schema)
    lines = [_SCHEMA[notation].format(schema)] if schema else []
    lines += _head(registry, notation, prefix)
    for section in registry.sections.values():
        lines += ["", *_section(section, notation, prefix)]
    if registry.flags:
        lines += ["", *_flags(registry, notation)]
    return "\n".join(lines) + "\n"


def _head(registry: Registry, notation: Notation, prefix: str) -> Iterator[str]:
    example = next(iter(registry.setting_paths()), "section.setting")
    parents = "" if notation == TOML else " (and of the names that it lies in)"
    for text in _HEAD:
        yield from _comment(
            text.format(parents=parents, prefix=prefix, example=variable_of(tuple(example.split(".")), prefix))
        )


def _section(section: Section, notation: Notation, prefix: str) -> Iterator[str]:
    title = section.header.title.rstrip(".")
    yield from _comment(f"{title}: {section.help}" if section.help else f"{title}.")
    yield f"[{section.name}]" if notation == TOML else f"{section.name}:"
    for setting in arranged(section.settings):
        yield from _setting((section.name, setting.name), setting, setting.default, notation, prefix)


def _setting(path: Path, setting: Setting, default: Any, notation: Notation, prefix: str) -> Iterator[str]:
    """Yield the lines of a setting; of one that always holds a group of settings, those of the settings in it."""
    indent = "" if notation == TOML else "  "
    if not _is_group(setting):
        yield from ("", *_comment(_meaning(path, setting, notation, prefix), indent))
        if not _is_hidden(setting, default):
            name = f"{'.'.join(path[1:])} =" if notation == TOML else f"{'  ' * (len(path) - 2)}{setting.name}:"
            yield f"{indent}#{name} {literal(_written(setting, default), notation)}"
        return
    if notation != TOML:
        yield from ("", *_comment(setting.declared.help, indent))
        yield f"{indent}#{'  ' * (len(path) - 2)}{setting.name}:"
    for below in arranged(setting.kind.fields):
        inner = below.default if default is ABSENT else getattr(default, below.name)
        yield from _setting((*path, below.name), below, inner, notation, prefix)


def _flags(registry: Registry, notation: Notation) -> Iterator[str]:
    """Yield the lines of the table of flags, each flag with what it switches, and its default."""
    indent, joint = ("", " =") if notation == TOML else ("  ", ":")
    yield from _comment(_OF_FLAGS)
    yield f"[{FLAGS}]" if notation == TOML else f"{FLAGS}:"
    for plugin, flag in registry.flags.values():
        names = ", ".join(literal(name, notation) for name in flag.variants)
        sentences = [
            _sentence(flag.description),
            f"One of its variants: {names}." if names else _ON_OFF,
            f"Owner: {_sentence(flag.owner or plugin)}",
            f"It expires on {flag.expires.isoformat()}." if flag.expires else "",
        ]
        yield from ("", *_comment("\n".join(sentence for sentence in sentences if sentence), indent))
        yield f"{indent}#{flag.name}{joint} {literal(flag.default, notation)}"


def _is_group(setting: Setting) -> bool:
    given = setting.declared
    return setting.kind.name == "record" and not setting.kind.optional and given.field is None and not given.secret


def _is_hidden(setting: Setting, default: Any) -> bool:
    return setting.declared.secret or (hides(setting) and bool(default))


def _written(setting: Setting, default: Any) -> Any:
    if default is ABSENT:
        return _placeholder(setting)
    if setting.declared.field is not None:
        from cfgcore.declare.schema import field_of

        return plain(field_of(setting).serialize("value", {"value": default}))
    return plain(default)


def _placeholder(setting: Setting) -> Any:
    """Return what shows the form of a value that somebody must give."""
    candidates = (*setting.declared.examples, *setting.declared.choices, *setting.kind.choices)
    if candidates and not hides(setting):
        return plain(candidates[0])
    return {"bool": False, "int": 0, "float": 0.0, "list": [], "dict": {}, "record": {}}.get(setting.kind.name, "")


def _meaning(path: Path, setting: Setting, notation: Notation, prefix: str) -> str:
    given = setting.declared
    label = f"{'.'.join(path[1:])}: " if _is_hidden(setting, setting.default) else ""
    sentences = [
        _sentence(given.help),
        _expected(setting, notation),
        "It is required: there is no default." if setting.default is ABSENT else "",
        _of_secret(path, setting, prefix),
        f"Also the variable {', '.join(given.env)}." if given.env and not hides(setting) else "",
        "Users cannot override it." if given.scope == "system" else "",
        "A change waits for a restart." if given.restart else "",
        _sentence(f"Deprecated: {given.deprecated}" if given.deprecated else ""),
    ]
    return label + "\n".join(sentence for sentence in sentences if sentence)


def _expected(setting: Setting, notation: Notation) -> str:
    given = setting.declared
    if given.field is not None:
        return ""
    words = setting.expects + (f" ({given.unit})" if given.unit else "")
    words += f", or {literal(None, notation)}" if setting.kind.optional and setting.kind.name != "any" else ""
    words += f"; matches {given.pattern}" if given.pattern is not None else ""
    if given.length is not None:
        smallest, largest = given.length
        unit = "characters" if setting.kind.name == "str" else "items"
        words += f"; {smallest} to {largest} {unit}" if largest is not None else f"; at least {smallest} {unit}"
    sentence = f"{words[0].upper()}{words[1:]}."
    if given.examples and not hides(setting):
        sentence += f" For example: {literal(plain(given.examples[0]), notation)}"
    return sentence


def _of_secret(path: Path, setting: Setting, prefix: str) -> str:
    if not hides(setting):
        return ""
    where = f"a file of secrets such as .secrets.toml, the folder of secrets ({'__'.join(path)})"
    variables = " or ".join((variable_of(path, prefix), *setting.declared.env))
    return f"A secret, which does not belong into this file: write it into {where}, or set {variables}."


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _comment(text: str, indent: str = "") -> Iterator[str]:
    for line in text.splitlines():
        clean = " ".join("".join(filter(str.isprintable, word)) for word in line.split())
        for part in textwrap.wrap(clean, WIDTH, break_long_words=False, break_on_hyphens=False):
            yield f"{indent}# {part}"


def _json(registry: Registry, schema: str | None) -> str:
    """Return what a JSON file, which knows no comments, can say: what is required, to be filled in."""
    data: dict[str, Any] = {"$schema": schema} if schema else {}
    for name, section in registry.sections.items():
        wanted = [setting for setting in section.settings.values() if setting.default is ABSENT]
        open_ = [s.name for s in wanted if not s.kind.optional and s.declared.field is None and not hides(s)]
        data |= {name: dict.fromkeys(open_)} if open_ else {}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
