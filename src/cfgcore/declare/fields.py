"""marshmallow fields that take a value as it is or refuse it: no text for a number, no 1 for true, no infinity.

Each field raises findings with a code and a message that quotes the value and says what was expected.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields

from cfgcore.declare.bounds import refusal, shown
from cfgcore.declare.kind import Kind, Setting
from cfgcore.values.absent import ABSENT
from cfgcore.values.frozen import FrozenDict, freeze
from cfgcore.values.suggest import closest, did_you_mean

#: Whole numbers beyond 64 bits are refused: no store and no other language would keep them.
LARGEST = 2**63

_SURROGATE = re.compile("[\ud800-\udfff\x00]")
_DURATION = re.compile(
    r" *".join(["", *(f"(?:([0-9]+){unit})?" for unit in "wdhm"), r"(?:([0-9]+(?:\.[0-9]+)?)s)?", ""])
)
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")


class _Strict:
    """What the fields share: the setting they stand for, and the refusal of a value of another kind."""

    setting: Setting
    kind: Kind
    secret: bool

    def bind(self, setting: Setting, kind: Kind, secret: bool) -> None:
        self.setting, self.kind, self.secret = setting, kind, secret

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        if key == "required":
            return refusal("required", f"it is required ({self.setting.expects})")
        return self.wrong(None)

    def wrong(self, value: Any, because: str = "") -> ValidationError:
        bounds = f" ({self.setting.bounds})" if self.setting.bounds else ""
        message = f"{shown(value, self.setting, self.secret)} is not {self.kind.phrase}{because}{bounds}"
        return refusal("type", message, {"expected": self.kind.phrase})


class StrictBoolean(_Strict, fields.Boolean):
    """True or false, and neither 1 nor "yes"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if type(value) is not bool:
            raise self.wrong(value)
        return value


class StrictInteger(_Strict, fields.Integer):
    """A whole number of at most 64 bits, written as one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if type(value) is not int:
            raise self.wrong(value)
        if not -LARGEST <= value < LARGEST:
            raise self.wrong(value, " of at most 64 bits")
        return value


class StrictFloat(_Strict, fields.Float):
    """A number, neither infinite nor "not a number"; a whole number is one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if type(value) is int and -LARGEST <= value < LARGEST:
            return float(value)
        if type(value) is not float:
            raise self.wrong(value)
        if not math.isfinite(value):
            raise self.wrong(value, "; it must be finite")
        return value


class StrictString(_Strict, fields.String):
    """Text without NUL and without lone surrogates, which no file and no database would keep."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if type(value) is not str:
            raise self.wrong(value, "; put it in quotes" if isinstance(value, (int, float, date, time)) else "")
        if _SURROGATE.search(value):
            raise self.wrong(value, " that can be stored (it holds NUL or a lone surrogate)")
        return value


class Choice(_Strict, fields.Field[Any]):
    """A member of an Enum, by its value, or one of the values of a Literal."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        for choice in self.kind.choices:
            if type(choice) is type(value) and choice == value:
                return self.kind.cls(choice) if self.kind.cls else choice
        names = [choice for choice in self.kind.choices if isinstance(choice, str)]
        alike = closest(value, names) if isinstance(value, str) else None
        message = f"{shown(value, self.setting, self.secret)} is not {self.kind.phrase}"
        raise refusal("choice", message, {"choices": self.kind.choices}, alike or ABSENT)


class Written(_Strict, fields.Field[Any]):
    """A Decimal, UUID, path or date-time, from its text, or from what the file format itself makes of it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        accepted, read = _WRITTEN[self.kind.name]
        if type(value) not in accepted or (isinstance(value, str) and _SURROGATE.search(value)):
            raise self.wrong(value)
        try:
            return read(value)
        except (ValueError, ArithmeticError) as error:
            raise self.wrong(value) from error


def _decimal(value: Any) -> Decimal:
    text = str(value)
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def _date_time(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    return datetime.fromisoformat(value.replace("Z", "+00:00"))


def _uuid(value: str) -> UUID:
    if not value.isascii():
        raise ValueError(value)
    return UUID(value)


_WRITTEN: Mapping[str, tuple[tuple[type, ...], Callable[[Any], Any]]] = {
    "decimal": ((str, int, float), _decimal),
    "uuid": ((str,), _uuid),
    "path": ((str,), Path),
    "datetime": ((str, datetime, date), _date_time),
}


class Duration(_Strict, fields.Field[timedelta]):
    """A duration: a number of seconds, or text such as ``1h30m``, ``2w``, ``0.5s``."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> timedelta:
        try:
            if type(value) in (int, float):
                return timedelta(seconds=value)
            found = _DURATION.fullmatch(value) if isinstance(value, str) else None
            if found and any(found.groups()):
                weeks, days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
                return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
        except (OverflowError, ValueError) as error:
            raise self.wrong(value) from error
        raise self.wrong(value)


class Items(_Strict, fields.Field[Any]):
    """A list as a tuple, or a table as a read-only mapping, each item checked by `inner`."""

    def __init__(self, inner: fields.Field[Any], **options: Any) -> None:
        super().__init__(**options)
        self.inner = inner

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if self.kind.name == "list":
            if not isinstance(value, (list, tuple)):
                raise self.wrong(value)
            return tuple(self._each(enumerate(value)).values())
        if not isinstance(value, Mapping):
            raise self.wrong(value)
        return FrozenDict(self._each(value.items()))

    def _each(self, items: Any) -> dict[Any, Any]:
        good, bad = {}, {}
        for key, item in items:
            try:
                self._check_key(key)
                good[key] = self.inner.deserialize(item)
            except ValidationError as error:
                bad[key] = error.messages
        if bad:
            raise ValidationError(bad)
        return good

    def _check_key(self, key: Any) -> None:
        if self.kind.name == "dict" and (type(key) is not str or _SURROGATE.search(key)):
            raise refusal("type", f"the key {shown(key, self.setting, self.secret)} is not text that can be stored")


class Record(_Strict, fields.Nested):
    """A nested dataclass, checked by the Schema derived from it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, partial: Any = None, **kwargs: Any) -> Any:
        if not isinstance(value, Mapping):
            raise self.wrong(value)
        loaded = self._loaded(value)
        values = {name: setting.default for name, setting in self.kind.fields.items()}
        values |= {name: freeze(item) for name, item in loaded.items()}
        missing = [name for name, item in values.items() if item is ABSENT]
        if missing:
            raise ValidationError({name: refusal("required", "it is required").messages for name in missing})
        try:
            return self.kind.cls(**values)
        except ValueError as error:
            raise self.wrong(value, f" that {self.kind.cls.__name__} takes: {error}") from error

    def _loaded(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the Schema makes of a table. Raises all findings; a name that it does not have is one."""
        known = {field.data_key or name for name, field in self.schema.fields.items()}
        odd = {
            str(key): refusal("unknown", f"there is no such value.{did_you_mean(str(key), known)}").messages
            for key in value
            if key not in known
        }
        try:
            loaded: Mapping[str, Any] = self.schema.load({k: v for k, v in value.items() if k in known}, partial=False)
        except ValidationError as error:
            raise ValidationError({**odd, **error.messages_dict}) from error
        if odd:
            raise ValidationError(odd)
        return loaded


class Anything(_Strict, fields.Field[Any]):
    """Any value, frozen."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return freeze(value)
        except ValueError as error:
            raise self.wrong(value, f": {error}") from error
