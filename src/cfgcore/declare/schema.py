"""The marshmallow Schema of a section: the author's own, or one derived from the dataclass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, fields

from cfgcore.declare import fields as strict
from cfgcore.declare.bounds import container_validators, item_validators
from cfgcore.declare.kind import Kind, Name, Setting
from cfgcore.declare.resolved import Section
from cfgcore.errors import DeclarationError
from cfgcore.values.absent import ABSENT

_FIELDS: Mapping[Name, Any] = {
    "bool": strict.StrictBoolean,
    "int": strict.StrictInteger,
    "float": strict.StrictFloat,
    "str": strict.StrictString,
    "enum": strict.Choice,
    "literal": strict.Choice,
    "datetime": strict.Written,
    "decimal": strict.Written,
    "uuid": strict.Written,
    "path": strict.Written,
    "timedelta": strict.Duration,
    "any": strict.Anything,
}


class DerivedSchema(Schema):
    """A Schema of the fields that it is given. It refuses unknown names.

    One class serves all sections, because marshmallow takes its time to look through a class, and keeps it for ever.
    """

    class Meta:
        """The options that marshmallow reads."""

        unknown = RAISE
        register = False

    def __init__(self, members: Mapping[str, fields.Field[Any]]) -> None:
        self._declared_fields = dict(members)
        super().__init__()


def schema_of(section: Section) -> Schema:
    """Return the Schema that checks `section`: the one given to ``@section(schema=...)``, or the derived one.

    A derived Schema refuses unknown names, loads to a dict of the settings it was given, and raises findings.

    Raises :class:`DeclarationError` for an own Schema that is none, or that lacks a setting, and for a ``field=`` that
    is no field.
    """
    subject = f"plugin {section.plugin!r}: section {section.name!r}"
    if section.header.schema is None:
        try:
            return _derive(section.settings, secret=False)
        except TypeError as error:
            raise DeclarationError(f"{subject}: {error}") from error
    if not issubclass(section.header.schema, Schema):
        raise DeclarationError(f"{subject}: schema={section.header.schema!r} is no marshmallow Schema")
    schema = section.header.schema()
    known = {field.data_key or name for name, field in schema.load_fields.items()}
    missing = [name for name in section.settings if name not in known]
    if missing and schema.unknown == RAISE:
        raise DeclarationError(f"{subject}: {missing[0]}: {type(schema).__name__} has no field of that name")
    return schema


def _derive(settings: Mapping[str, Setting], secret: bool) -> Schema:
    return DerivedSchema({name: _named_field(setting, secret) for name, setting in settings.items()})


def _named_field(setting: Setting, secret: bool) -> fields.Field[Any]:
    try:
        return field_of(setting, secret)
    except TypeError as error:
        raise TypeError(f"{setting.name}: {error}") from error


def field_of(setting: Setting, secret: bool = False) -> fields.Field[Any]:
    """Return the marshmallow field of `setting`; `secret` says that it lies in one.

    Raises ``TypeError`` for a ``field=`` that is no field and makes none.
    """
    given = setting.declared.field
    if given is not None:
        made = given() if callable(given) else given
        if not isinstance(made, fields.Field):
            raise TypeError(f"field={given!r} is neither a marshmallow field nor a function that makes one")
        return made
    options: dict[str, Any] = {
        "required": setting.default is ABSENT,
        "metadata": {"description": setting.declared.help},
        **({"data_key": setting.declared.key} if setting.declared.key else {}),
    }
    field: fields.Field[Any] = _field(setting, setting.kind, secret or setting.declared.secret, options)
    return field


def _field(setting: Setting, kind: Kind, secret: bool, options: Mapping[str, Any]) -> Any:
    options = {**options, "allow_none": kind.optional}
    top = kind is setting.kind
    if kind.name in ("list", "dict") and kind.item is not None:
        inner = _field(setting, kind.item, secret, {})
        field: Any = strict.Items(inner, validate=container_validators(setting, secret) if top else None, **options)
    elif kind.name == "record":
        field = strict.Record(_derive(kind.fields, secret), **options)
    else:
        validators = item_validators(setting, secret) + (container_validators(setting, secret) if top else [])
        field = _FIELDS[kind.name](validate=validators, **options)
    field.bind(setting, kind, secret)
    return field
