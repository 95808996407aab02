"""Values that callers give for a setting, as plain data of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from cfgcore.declare.kind import SCALARS, Kind, Setting
from cfgcore.values.data import WRITTEN, NoData, data, members, refused, text_key, within

#: Kinds of single values: each takes typed values of its own type alone.
_SINGLE = frozenset(SCALARS.values())


def given(setting: Setting, value: Any) -> Any:
    """Return `value` as plain data for `setting`; a field of the author's own writes values of types of its own.

    Raises :class:`~cfgcore.values.data.NoData` for what is none, and for a value that another type writes as text:
    a path is no text, a duration no number. Whether the setting takes the data is not looked at.
    """
    if setting.declared.field is None:
        return _of_kind(setting.kind, value)
    try:
        return data(value)
    except NoData as error:
        from cfgcore.declare.schema import field_of

        try:
            return data(field_of(setting).serialize("value", {"value": value}))
        except Exception:
            raise error from None


def _of_kind(kind: Kind, value: Any) -> Any:
    if kind.item is not None and isinstance(value, (list, tuple)):
        return [within(index, _of_kind, kind.item, item) for index, item in enumerate(value)]
    if kind.name == "record" and isinstance(value, (Mapping, kind.cls)):
        named = value.items() if isinstance(value, Mapping) else members(value)
        return {text_key(key): within(key, _of_field, kind, key, item) for key, item in named}
    if kind.item is not None and isinstance(value, Mapping):
        return {text_key(key): within(key, _of_kind, kind.item, item) for key, item in value.items()}
    if kind.name in _SINGLE and isinstance(value, WRITTEN) and not isinstance(value, (Enum, *kind.types)):
        raise refused(value, kind.phrase)
    try:
        return data(value)
    except NoData as error:
        raise error if error.path else refused(value, kind.phrase) from None


def _of_field(kind: Kind, key: str, value: Any) -> Any:
    """Return the value of a field of a record, found by its name in data."""
    found = next((field for name, field in kind.fields.items() if key in (name, field.declared.key)), None)
    return data(value) if found is None else given(found, value)
