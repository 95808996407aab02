"""The JSON Schema of one value: its type, bounds, choices, pattern and format."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from cfgcore.declare.kind import Kind, Name, Setting
from cfgcore.values.frozen import plain

Json = dict[str, Any]

#: What stands for a table of settings: a reference to its definition.
Refer = Callable[[Kind], Json]

#: Text that begins with a Dynaconf token (``@int 3``, ``@none``), and the marks by which a list asks to be merged.
TOKEN: Json = {"type": "string", "pattern": "^(?:@[a-z_]+(?: |$)|dynaconf_merge(?:_unique)?$)"}

#: The keys by which a table in a file says whether it merges with the one below.
MERGE_MARKS: Json = {"^dynaconf_merge(?:_unique)?$": {"type": "boolean"}}

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1

_TYPES: Mapping[Name, Json] = {
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "str": {"type": "string"},
    "path": {"type": "string"},
    "uuid": {"type": "string", "format": "uuid"},
    "datetime": {"type": "string", "format": "date-time"},
    "timedelta": {
        "type": ["number", "string"],
        "pattern": r"^ *(?:[0-9]+w)? *(?:[0-9]+d)? *(?:[0-9]+h)? *(?:[0-9]+m)? *(?:[0-9]+(?:\.[0-9]+)?s)? *$",
        "minLength": 2,
    },
    "decimal": {
        "type": ["number", "string"],
        "pattern": r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?$",
    },
    "any": {},
}

_BOUNDS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusive_minimum": "exclusiveMinimum",
    "exclusive_maximum": "exclusiveMaximum",
}

_LENGTHS: Mapping[Name, str] = {"str": "Length", "list": "Items", "dict": "Properties"}

#: What Python's regular expressions have and those of JSON Schema, which are JavaScript's, have not.
_ONLY_PYTHON = re.compile(r"\(\?[PaiLmsux#(>-]|\\[AZN]|(?<!\\)[*+?}]\+")


def value_schema(setting: Setting, refer: Refer, *, tokens: bool = False) -> Json:
    """Return the schema of the values that `setting` takes, without its title and help.

    With `tokens`, text that begins with a Dynaconf token stands for a value of any type, as it does in files. What an
    author's own field takes is not known: every value conforms.
    """
    return {} if setting.declared.field is not None else _value(setting, setting.kind, refer, tokens)


def _value(setting: Setting, kind: Kind, refer: Refer, tokens: bool) -> Json:
    if kind.name == "record":
        schema = refer(kind)
    elif kind.name == "list" and kind.item is not None:
        schema = {"type": "array", "items": _value(setting, kind.item, refer, tokens)}
    elif kind.name == "dict" and kind.item is not None:
        schema = {"type": "object", "additionalProperties": _value(setting, kind.item, refer, tokens)}
        if tokens:
            schema["patternProperties"] = MERGE_MARKS
    else:
        schema = _scalar(setting, kind)
    if kind is setting.kind:
        schema |= _length(setting)
    if kind.optional:
        schema = _or_null(schema)
    return _or_token(schema) if tokens else schema


def _scalar(setting: Setting, kind: Kind) -> Json:
    given = setting.declared
    schema = {**_TYPES[kind.name], **_bounds(setting, kind)} if not kind.choices else {}
    if given.choices or kind.choices:
        schema["enum"] = [plain(choice) for choice in given.choices or kind.choices]
    if given.pattern is not None and kind.name in ("str", "any"):
        schema |= pattern_schema(given.pattern)
    return schema


def _bounds(setting: Setting, kind: Kind) -> Json:
    found = {
        keyword: bound for name, keyword in _BOUNDS.items() if (bound := getattr(setting.declared, name)) is not None
    }
    if kind.name == "int":
        found["minimum"] = max(found.get("minimum", _SMALLEST), _SMALLEST)
        found["maximum"] = min(found.get("maximum", _LARGEST), _LARGEST)
    return found


def pattern_schema(pattern: str) -> Json:
    """Return the schema of text that `pattern` matches as a whole.

    A pattern that only Python understands is told as ``x-pattern``, which validators pass over.
    """
    if _ONLY_PYTHON.search(pattern):
        return {"x-pattern": pattern}
    return {"pattern": f"^(?:{pattern})$"}


def _length(setting: Setting) -> Json:
    length, noun = setting.declared.length, _LENGTHS.get(setting.kind.name)
    if length is None or noun is None:
        return {}
    smallest, largest = length
    return {f"min{noun}": smallest} | ({f"max{noun}": largest} if largest is not None else {})


def _or_null(schema: Json) -> Json:
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    widened = dict(schema)
    if "enum" in schema:
        widened["enum"] = [*schema["enum"], None]
    if "type" in schema:
        widened["type"] = [*_listed(schema["type"]), "null"]
    return widened


def _or_token(schema: Json) -> Json:
    """Return `schema`, widened by tokens.

    Bounds hold for numbers and a pattern for text, so that a type beside another keeps the messages of editors simple.
    """
    if "anyOf" in schema:
        return {"anyOf": [*schema["anyOf"], TOKEN]}
    types = _listed(schema.get("type", []))
    if not schema or schema == {"type": "string"}:
        return schema
    if not types or "string" in types or "enum" in schema:
        return {"anyOf": [schema, TOKEN]}
    return {**schema, "type": [*types, "string"], "pattern": TOKEN["pattern"]}


def _listed(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types
