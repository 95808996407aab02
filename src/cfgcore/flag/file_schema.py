"""The JSON Schema of a file of flags: what is exported, in this project's own words for the documented format of flagd.

It is made of the same tables as the compiler of rules. What a Schema cannot say is left to that: that a default variant
is among the variants, that weights do not sum to 0, that shared rules do not refer to each other in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cfgcore.flag.definition import DISABLED, ENABLED
from cfgcore.flag.limits import KEY_LIMIT
from cfgcore.flag.operators import BETWEEN, MANY, OPERATORS, Operator
from cfgcore.flag.version import COMPARISONS

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_RULE = {"$ref": "#/$defs/rule"}
_OPERATION = {"$ref": "#/$defs/operation"}

#: A version as :func:`cfgcore.flag.version.version` reads it.
_NUMBER = "(0|[1-9][0-9]{0,17})"
_TAGS = r"[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*"
_VERSION = rf"^[vV]?{_NUMBER}(\.{_NUMBER})?(\.{_NUMBER})?(-{_TAGS})?(\+{_TAGS})?$"


def file_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a file of flags."""
    names = {"type": "string", "minLength": 1, "maxLength": KEY_LIMIT}
    return {
        "$schema": _DIALECT,
        "title": "Feature flags",
        "description": "Definitions of feature flags, as flagd documents them.",
        "type": "object",
        "required": ["flags"],
        "properties": {
            "$schema": {"type": "string"},
            "flags": {
                "type": "object",
                "propertyNames": {**names, "pattern": "^(?!@|\\$|dynaconf_)"},
                "additionalProperties": {"$ref": "#/$defs/definition"},
            },
            "$evaluators": {"type": "object", "propertyNames": names, "additionalProperties": _RULE},
            "metadata": {"$ref": "#/$defs/metadata"},
        },
        "additionalProperties": False,
        "$defs": {
            "definition": _definition(),
            "metadata": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
            "rule": {
                "description": "A value, or an operation on values of the context.",
                "anyOf": [
                    {"type": ["null", "boolean", "number", "string"]},
                    {"type": "array", "items": _RULE},
                    _OPERATION,
                ],
            },
            "operation": {
                "description": "One operator and its arguments.",
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "properties": _operators(),
                "additionalProperties": False,
            },
        },
    }


def _definition() -> dict[str, Any]:
    kinds = ("boolean", "string", "number", "object")
    return {
        "description": "One flag: its variants, the one it has by default, and the rule that chooses another.",
        "type": "object",
        "required": ["state", "variants"],
        "properties": {
            "state": {"enum": [ENABLED, DISABLED]},
            "variants": {
                "description": "Values by name, all of one type.",
                "type": "object",
                "minProperties": 1,
                "anyOf": [{"additionalProperties": {"type": kind}} for kind in kinds],
            },
            "defaultVariant": {"type": ["string", "null"]},
            "targeting": {"anyOf": [{"type": "object", "maxProperties": 0}, _OPERATION]},
            "metadata": {"$ref": "#/$defs/metadata"},
        },
        "additionalProperties": False,
    }


def _operators() -> dict[str, Any]:
    found = {name: _arguments(operator, BETWEEN.get(name)) for name, operator in OPERATORS.items()}
    several = _list(_RULE, 1)
    names = _list({"type": "string"}, 0)
    text = _literal({"type": "string"})
    return {
        **found,
        **{name: _exactly(text, text) for name in ("starts_with", "ends_with")},
        "sem_ver": _exactly(_version(), _literal({"enum": list(COMPARISONS)}), _version()),
        **{name: {"anyOf": [several, _single()]} for name in ("if", "and", "or")},
        **{name: _exactly(_RULE, _RULE) for name in ("map", "filter", "all", "none", "some")},
        "var": {"anyOf": [_variable(), {**_exactly(_variable(), _scalar()), "minItems": 1}]},
        "missing": {"anyOf": [{"type": "string"}, names, _exactly(names)]},
        "missing_some": _exactly({"type": "integer"}, {"anyOf": [names, _exactly(names)]}),
        "fractional": _split(),
        "$ref": {"description": "The name of a shared rule.", "type": "string"},
    }


def _arguments(operator: Operator, between: Operator | None) -> dict[str, Any]:
    most = operator.most if between is None else between.most
    several = _list(_RULE, operator.least) | ({} if most == MANY else {"maxItems": most})
    return {"anyOf": [several, _single()]} if operator.least == 1 else several


def _split() -> dict[str, Any]:
    weight = {"anyOf": [{"type": "integer", "minimum": 0}, _OPERATION]}
    part = {**_exactly(_RULE, weight), "minItems": 1}
    by_key = {"type": "array", "prefixItems": [_OPERATION], "items": part, "minItems": 2}
    return {
        "description": "Shares of users by variant; where it begins with a rule, that gives the text that is hashed.",
        "anyOf": [_list(part, 1), by_key],
    }


def _variable() -> dict[str, Any]:
    named = {"type": "string", "pattern": r"^(?!\$flagd\.)|^\$flagd\.(flagKey|timestamp)$"}
    return {"anyOf": [named, {"type": ["null", "integer"]}]}


def _version() -> dict[str, Any]:
    return _literal({"type": "string", "pattern": _VERSION})


def _literal(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What is written out has a form; what a rule gives is known when it is evaluated."""
    return {"anyOf": [schema, _OPERATION]}


def _scalar() -> dict[str, Any]:
    return {"type": ["null", "boolean", "number", "string"]}


def _single() -> dict[str, Any]:
    """Return what stands for a list of one argument."""
    return {"anyOf": [_scalar(), _OPERATION]}


def _list(items: Mapping[str, Any], least: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


def _exactly(*items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "prefixItems": list(items), "items": False, "minItems": len(items)}
