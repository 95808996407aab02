"""What kind of value a setting takes, and what is known of the setting."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from cfgcore.declare.declaration import Declaration
from cfgcore.values.absent import Absent
from cfgcore.values.frozen import FrozenDict

Name = Literal[
    "bool",
    "int",
    "float",
    "str",
    "enum",
    "literal",
    "datetime",
    "timedelta",
    "path",
    "decimal",
    "uuid",
    "list",
    "dict",
    "record",
    "any",
    "flag",
]

SCALARS: Mapping[Any, Name] = {
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    datetime: "datetime",
    timedelta: "timedelta",
    Path: "path",
    Decimal: "decimal",
    UUID: "uuid",
}

#: Kinds whose variables are taken as they are written, because casting would change them: 1.10 is not 1.1.
TEXTUAL: frozenset[Name] = frozenset({"str", "path", "enum", "literal", "decimal", "uuid", "datetime"})

_PHRASES: Mapping[Name, str] = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "datetime": "a date and time (ISO 8601)",
    "timedelta": "a duration (seconds, or text such as '1h30m')",
    "path": "a path",
    "decimal": "a decimal number",
    "uuid": "a UUID",
    "list": "a list",
    "dict": "a table",
    "record": "a table",
    "any": "a value",
    "flag": "true, false, a percentage such as '25%', a variant or a definition",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What values a setting takes: its name, whether None is one of them, and what its items or fields are.

    `cls` is the Enum or dataclass, `choices` the values of an Enum or Literal as a file writes them, `item` the kind of
    a list's items or a dict's values, `fields` the kinds of a dataclass's fields.
    """

    name: Name
    optional: bool = False
    cls: Any = None
    choices: tuple[Any, ...] = ()
    item: Kind | None = None
    fields: Mapping[str, Setting] = dataclasses.field(default_factory=FrozenDict)

    @property
    def innermost(self) -> Kind:
        """The kind of the items of a list or dict, however deep they lie; of anything else, the kind itself."""
        return self.item.innermost if self.item else self

    @property
    def types(self) -> tuple[type, ...]:
        """The Python types of a single value of this kind; a whole number may stand for a number."""
        if self.name == "literal":
            return tuple({type(choice) for choice in self.choices})
        scalars = tuple(cls for cls, name in SCALARS.items() if name == self.name)
        return (*scalars, *((int,) if self.name == "float" else ()), *((self.cls,) if self.cls else ()))

    @property
    def phrase(self) -> str:
        """What it expects, in words: ``a whole number``."""
        if self.choices:
            return "one of " + ", ".join(repr(choice) for choice in self.choices)
        if self.name == "list" and self.item:
            return f"a list, each item {self.item.phrase}"
        return _PHRASES[self.name]


@dataclass(frozen=True, slots=True)
class Setting:
    """One named, typed value: its kind, its frozen default (``ABSENT``: it is required), what its author declared."""

    name: str
    kind: Kind
    default: Any | Absent
    declared: Declaration

    @property
    def bounds(self) -> str:
        """Its bounds in words: ``0 to 10``, ``at least 1``, ``more than 0``; empty where there are none."""
        given = self.declared
        if given.minimum is not None and given.maximum is not None:
            return f"{given.minimum} to {given.maximum}"
        words = {
            "at least": given.minimum,
            "more than": given.exclusive_minimum,
            "at most": given.maximum,
            "less than": given.exclusive_maximum,
        }
        return ", ".join(f"{phrase} {bound}" for phrase, bound in words.items() if bound is not None)

    @property
    def expects(self) -> str:
        """What it expects, in words: ``a whole number, 0 to 10``."""
        choices = self.declared.choices
        phrase = f"one of {', '.join(map(repr, choices))}" if choices and self.kind.name != "list" else self.kind.phrase
        return f"{phrase}, {self.bounds}" if self.bounds else phrase
