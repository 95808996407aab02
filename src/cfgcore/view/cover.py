"""Values as they may be shown: plain data, with dots in the place of secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cfgcore.declare.kind import Kind, Setting
from cfgcore.values.frozen import plain
from cfgcore.values.problem import REDACTED


def cover_section(settings: Mapping[str, Setting], instance: Any) -> dict[str, Any]:
    """Return a section, or a record in one, as plain data with dots for its secrets."""
    return {name: cover_setting(setting, getattr(instance, name)) for name, setting in settings.items()}


def cover_setting(setting: Setting, value: Any) -> Any:
    """Return the value of `setting` as plain data with dots for the secrets in it; None is shown as None."""
    if value is None:
        return None
    return REDACTED if setting.declared.secret else cover(setting.kind, value)


def cover(kind: Kind, value: Any) -> Any:
    """Return a value of `kind`, typed or as a source wrote it, as plain data with dots for the secrets in it.

    What does not have the shape of its kind is dots altogether, if the kind holds a secret.
    """
    if value is None or not holds_secret(kind):
        return plain(value)
    if kind.name == "record" and isinstance(value, Mapping):
        return {
            key: cover_setting(kind.fields[key], item) if key in kind.fields else REDACTED
            for key, item in value.items()
        }
    if kind.name == "record" and isinstance(value, kind.cls):
        return cover_section(kind.fields, value)
    if kind.name == "list" and kind.item is not None and isinstance(value, (list, tuple)):
        return [cover(kind.item, item) for item in value]
    if kind.name == "dict" and kind.item is not None and isinstance(value, Mapping):
        return {key: cover(kind.item, item) for key, item in value.items()}
    return REDACTED


def holds_secret(kind: Kind) -> bool:
    """Return whether a secret lies somewhere in a value of `kind`."""
    if kind.item is not None and holds_secret(kind.item):
        return True
    return any(setting.declared.secret or holds_secret(setting.kind) for setting in kind.fields.values())
