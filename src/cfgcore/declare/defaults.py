"""What plugins declare as values (defaults, choices, examples, parts of profiles), checked as if a source had set them.

It happens once, when the plugins are registered, so that a mistake is found where it was made and not where it is used.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from cfgcore.declare.kind import Kind, Setting
from cfgcore.declare.registry import Registry
from cfgcore.declare.resolved import Section
from cfgcore.declare.schema import field_of
from cfgcore.errors import DeclarationError
from cfgcore.values.absent import ABSENT
from cfgcore.values.frozen import plain
from cfgcore.values.problem import Finding


def check_defaults(registry: Registry) -> None:
    """Raise :class:`DeclarationError` for the first default, choice, example or profile value that is refused."""
    for section in registry.policies.values():
        for setting in section.settings.values():
            for fault in _faults(setting, None):
                raise DeclarationError(
                    f"plugin {section.plugin!r}: policy section {section.name!r}: {setting.name}: {fault}"
                )
    for section in registry.sections.values():
        subject = f"plugin {section.plugin!r}: section {section.name!r}"
        derived = registry.schemas[section.name].fields if section.header.schema is None else {}
        for setting in section.settings.values():
            for fault in _faults(setting, derived.get(setting.name)):
                raise DeclarationError(f"{subject}: {setting.name}: {fault}")
        if section.header.schema is not None:
            _check_own_schema(section, registry.schemas[section.name], subject)
    for plugin, profile in registry.profiles:
        subject = f"plugin {plugin!r}: profile {profile.value!r}"
        for dotted, value in {profile.selector: profile.value, **profile.values}.items():
            place = registry.place(tuple(dotted.split(".")))
            if place is None or place.kind is not place.setting.kind:
                continue
            refused = _refusal(place.setting, value, field_of(place.setting))
            if refused:
                raise DeclarationError(f"{subject}: {dotted}: the value {refused}")


def _faults(setting: Setting, derived: fields.Field[Any] | None) -> Iterator[str]:
    field = derived or field_of(setting)
    if setting.kind.name == "record":
        for below in setting.kind.fields.values():
            yield from (f"{below.name}: {fault}" for fault in _faults(below, None))
    if setting.default is not ABSENT:
        yield from _faults_of_default(setting, field)
    if setting.declared.field is None:
        yield from _faults_of_choices(setting)
        for example in setting.declared.examples:
            if fault := _refusal(setting, example, field):
                yield f"the example {fault}"


def _faults_of_default(setting: Setting, field: fields.Field[Any]) -> Iterator[str]:
    fault = _refusal(setting, setting.default, field)
    if fault and setting.default is None:
        yield f"the default {fault}; give the type '| None', or another default"
    elif fault:
        yield f"the default {fault}"
    elif setting.declared.field is None and not _is_typed(setting.kind, setting.default):
        phrase = setting.kind.phrase
        yield f"the default is as a file would write it, not of the setting's type; give the value, {phrase}"


def _faults_of_choices(setting: Setting) -> Iterator[str]:
    if not setting.declared.choices:
        return
    item = setting.kind.innermost
    declared = dataclasses.replace(setting.declared, choices=(), length=None)
    alone = dataclasses.replace(setting, kind=item, declared=declared)
    field = field_of(alone)
    for choice in setting.declared.choices:
        if fault := _refusal(alone, choice, field):
            yield f"the choice {fault}"
        elif not _is_typed(item, choice):
            yield f"the choice {choice!r} is {type(choice).__name__}, not {item.phrase}"


def _is_typed(kind: Kind, value: Any) -> bool:
    """Return whether `value`, which its field accepts, is of the type that its annotation promises."""
    if value is None or kind.name == "any":
        return True
    if kind.name == "list" and kind.item is not None:
        return all(_is_typed(kind.item, item) for item in value)
    if kind.name == "dict" and kind.item is not None:
        return all(type(key) is str and _is_typed(kind.item, item) for key, item in value.items())
    if kind.name == "record" and isinstance(value, kind.cls):
        return all(_is_typed(below.kind, getattr(value, name)) for name, below in kind.fields.items())
    return isinstance(value, kind.types)


def _refusal(setting: Setting, value: Any, field: fields.Field[Any]) -> str | None:
    try:
        written = plain(value) if setting.declared.field is None else field.serialize("value", {"value": value})
        field.deserialize(written)
    except ValidationError as error:
        return first_message(error.messages)
    except (ValueError, TypeError, ArithmeticError, AttributeError) as error:
        return f"{plain(value)!r} does not suit its own field: {error}"
    return None


def _check_own_schema(section: Section, schema: Schema, subject: str) -> None:
    if len(section.defaults) < len(section.settings):
        return
    try:
        schema.load(plain(section.defaults))
    except ValidationError as error:
        path = "".join(f"{key}: " for key in _first_path(error.messages))
        raise DeclarationError(
            f"{subject}: {path}{type(schema).__name__} refuses the defaults: {first_message(error.messages)}"
        ) from error
    except Exception as error:
        cause = f"{type(error).__name__}: {error}"
        raise DeclarationError(f"{subject}: {type(schema).__name__} fails on the defaults: {cause}") from error


def _first_path(messages: Any) -> Iterator[str]:
    while isinstance(messages, Mapping):
        key, messages = next(iter(messages.items()))
        if key != "_schema":
            yield str(key)


def first_message(messages: Any) -> str:
    """Return the first sentence in the messages of a marshmallow error, however deep it lies."""
    while isinstance(messages, (dict, list)):
        messages = next(iter(messages.values())) if isinstance(messages, dict) else messages[0]
    return messages.message if isinstance(messages, Finding) else str(messages)
