"""The kind of value that an annotation asks for, and the settings of which a dataclass is made."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from cfgcore.declare.annotations import hints_of
from cfgcore.declare.declaration import declaration_of
from cfgcore.declare.kind import SCALARS, Kind, Setting
from cfgcore.declare.options import unsuitable
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.frozen import FrozenDict


def kind_of(annotation: Any, within: tuple[type, ...] = ()) -> Kind:
    """Return the kind of a resolved annotation that stands in the dataclasses `within`.

    Raises ``TypeError`` with what is not supported and what to write instead.
    """
    if annotation in (Any, object):
        return Kind("any", optional=True)
    if typing.get_origin(annotation) is typing.Annotated:
        return kind_of(typing.get_args(annotation)[0], within)
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return _optional(annotation, within)
    if typing.get_origin(annotation) is Literal:
        return _literal(annotation)
    if isinstance(annotation, type) and annotation in SCALARS:
        return Kind(SCALARS[annotation])
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return Kind("enum", cls=annotation, choices=_writable(annotation, [member.value for member in annotation]))
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        return _record(annotation, within)
    return _container(annotation, within)


def _literal(annotation: Any) -> Kind:
    values = typing.get_args(annotation)
    given = [value for value in values if value is not None]
    return Kind("literal", optional=len(given) < len(values), choices=_writable(annotation, given))


def _writable(annotation: Any, values: Sequence[Any]) -> tuple[Any, ...]:
    odd = next((value for value in values if type(value) not in (str, int, float, bool)), None)
    if odd is not None or not values:
        fault = f"the value {odd!r}" if values else "no values"
        raise TypeError(f"{_spell(annotation)} has {fault}; a file can only choose among text, numbers, true and false")
    return tuple(values)


def _optional(annotation: Any, within: tuple[type, ...]) -> Kind:
    members = [member for member in typing.get_args(annotation) if member is not type(None)]
    if len(members) != 1 or len(members) == len(typing.get_args(annotation)):
        raise TypeError(
            f"{_spell(annotation)} is a union of several types; only 'X | None' is supported (or give field=)"
        )
    return dataclasses.replace(kind_of(members[0], within), optional=True)


def _record(cls: Any, within: tuple[type, ...]) -> Kind:
    if cls in within:
        raise TypeError(f"{cls.__name__} contains itself")
    if not cls.__dataclass_params__.frozen:
        raise TypeError(f"{cls.__name__} can be changed in place; make it @subsection or @dataclass(frozen=True)")
    return Kind("record", cls=cls, fields=settings_of(cls, within))


def settings_of(cls: Any, within: tuple[type, ...] = ()) -> Mapping[str, Setting]:
    """Return the settings of a dataclass by name, in order of declaration, with their types resolved.

    Raises ``TypeError`` naming the field whose type is unknown or not supported.
    """
    hints = hints_of(cls)
    within = (*within, cls)
    return FrozenDict({field.name: _named(field, hints[field.name], within) for field in dataclasses.fields(cls)})


def _named(field: dataclasses.Field[Any], hint: Any, within: tuple[type, ...]) -> Setting:
    try:
        return _setting(field, hint, within)
    except TypeError as error:
        raise TypeError(f"{field.name}: {error}") from error


def _setting(field: dataclasses.Field[Any], hint: Any, within: tuple[type, ...]) -> Setting:
    declared = declaration_of(field)
    try:
        kind = kind_of(hint, within)
    except TypeError:
        if declared.field is None:
            raise
        kind = Kind("any", optional=True)
    fault = unsuitable(declared, kind.name, kind.innermost.name)
    if fault:
        raise TypeError(fault)
    default = declared.default
    if default is ABSENT and kind.name == "record" and not kind.optional:
        default = _empty(kind)
    elif kind.name == "float" and type(default) is int and default.bit_length() < 64:
        default = float(default)
    return Setting(field.name, kind, default, declared)


def _empty(record: Kind) -> Any | Absent:
    if any(setting.default is ABSENT for setting in record.fields.values()):
        return ABSENT
    try:
        return record.cls(**{name: setting.default for name, setting in record.fields.items()})
    except Exception as error:
        raise TypeError(f"{record.cls.__name__} cannot be made of its defaults: {error}") from error


def _container(annotation: Any, within: tuple[type, ...]) -> Kind:
    origin, arguments = typing.get_origin(annotation) or annotation, typing.get_args(annotation)
    if origin in (list, Sequence) and len(arguments) <= 1:
        return Kind("list", item=_item(arguments, within))
    if origin is tuple and (not arguments or (len(arguments) == 2 and arguments[1] is Ellipsis)):
        return Kind("list", item=_item(arguments, within))
    if origin in (dict, Mapping) and (not arguments or arguments[0] is str):
        return Kind("dict", item=_item(arguments[1:], within))
    raise TypeError(
        f"{_spell(annotation)} is not a supported type; see the types in docs/plugin-authors.md, or give field="
    )


def _item(arguments: Sequence[Any], within: tuple[type, ...]) -> Kind:
    return kind_of(arguments[0] if arguments else Any, within)


def _spell(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
