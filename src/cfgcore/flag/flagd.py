"""Files of flagd: many definitions, with the shared rules and the metadata that they have in common."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from cfgcore.flag.definition import Definition
from cfgcore.values.frozen import plain
from cfgcore.values.problem import Problem

SCHEMA = "https://flagd.dev/schema/v0/flags.json"

#: How large a file may be, in characters.
SIZE_LIMIT = 16 << 20

_KEYS = ("$schema", "flags", "$evaluators", "metadata")


def read_file(text: str) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Return the definitions in a file's text, as plain data by key, each with the shared rules that it refers to.

    The metadata of the file are those of every flag that does not say otherwise. What is wrong with the file as a whole
    is among the problems; the definitions themselves are not checked.
    """
    try:
        data = _parsed(text)
        flags = _flags(data)
        shared, metadata = _table(data, "$evaluators"), _table(data, "metadata")
    except ValueError as error:
        return {}, (Problem("flag", "", str(error)),)
    found = {key: _complete(definition, shared, metadata) for key, definition in flags.items()}
    return found, ()


def written(definitions: Iterable[Definition]) -> dict[str, Any]:
    """Return a file of definitions as plain data; flags that share a rule under one name keep sharing it.

    A name that stands for two different rules is written as two names.
    """
    flags: dict[str, Any] = {}
    shared: dict[str, Any] = {}
    for definition in definitions:
        data = plain(definition.data())
        own = data.pop("evaluators", {})
        names = {name: _free_name(name, rule, shared) for name, rule in own.items()}
        shared.update({names[name]: _renamed(rule, names) for name, rule in own.items()})
        if "targeting" in data:
            data["targeting"] = _renamed(data["targeting"], names)
        flags[definition.key] = data
    found: dict[str, Any] = {"$schema": SCHEMA, "flags": flags}
    return {**found, "$evaluators": shared} if shared else found


def _parsed(text: str) -> Mapping[str, Any]:
    if len(text) > SIZE_LIMIT:
        raise ValueError(f"the file has more than {SIZE_LIMIT:,} characters")
    try:
        data = json.loads(text, parse_constant=_no_number, object_pairs_hook=_unique)
    except RecursionError:
        raise ValueError("the file nests too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}: it is not JSON: {error.msg}") from None
    if not isinstance(data, Mapping) or "flags" not in data:
        raise ValueError("it is no file of flagd: a table with 'flags'")
    unknown = [key for key in data if key not in _KEYS]
    if unknown:
        raise ValueError(f"a file of flagd has no {unknown[0]!r}; it has {', '.join(_KEYS)}")
    return data


def _flags(data: Mapping[str, Any]) -> Mapping[str, Any]:
    flags = data["flags"]
    if isinstance(flags, list):
        if not all(isinstance(flag, Mapping) and isinstance(flag.get("key"), str) for flag in flags):
            raise ValueError("each flag in a list has its 'key'")
        pairs = [(flag["key"], {name: value for name, value in flag.items() if name != "key"}) for flag in flags]
        return _unique(pairs)
    return _table(data, "flags")


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name, {})
    if not isinstance(found, Mapping):
        raise ValueError(f"{name!r} is a table, not {type(found).__name__}")
    return found


def _complete(definition: Any, shared: Mapping[str, Any], metadata: Mapping[str, Any]) -> Any:
    if not isinstance(definition, Mapping):
        return definition
    found = dict(definition)
    own = found.get("metadata", {})
    if metadata and isinstance(own, Mapping):
        found["metadata"] = {**metadata, **own}
    used: dict[str, Any] = {}
    _collect(found.get("targeting"), shared, used)
    return {**found, "evaluators": used} if used else found


def _collect(rule: Any, shared: Mapping[str, Any], used: dict[str, Any]) -> None:
    """Put every shared rule that `rule` refers to, directly or not, into `used`."""
    left = [rule]
    while left:
        value = left.pop()
        name = value.get("$ref") if isinstance(value, Mapping) else None
        if isinstance(name, str) and name in shared and name not in used:
            used[name] = shared[name]
            left.append(shared[name])
        if isinstance(value, (Mapping, list)):
            left += value.values() if isinstance(value, Mapping) else value


def _free_name(name: str, rule: Any, shared: Mapping[str, Any]) -> str:
    number, free = 1, name
    while free in shared and shared[free] != rule:
        number += 1
        free = f"{name}_{number}"
    return free


def _renamed(rule: Any, names: Mapping[str, str]) -> Any:
    if isinstance(rule, list):
        return [_renamed(item, names) for item in rule]
    if not isinstance(rule, Mapping):
        return rule
    return {
        key: names.get(value, value) if key == "$ref" and isinstance(value, str) else _renamed(value, names)
        for key, value in rule.items()
    }


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number of JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice in one table; remove one of them")
        found[key] = value
    return found
