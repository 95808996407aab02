"""The bounds, choices, patterns and lengths of a setting, as validators of a marshmallow field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sized
from datetime import timedelta
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from cfgcore.declare.arrangement import hides
from cfgcore.declare.declaration import Declaration
from cfgcore.declare.kind import Setting
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.frozen import FrozenDict, plain
from cfgcore.values.problem import REDACTED, Finding
from cfgcore.values.suggest import closest

Validator = Callable[[Any], None]

SHOWN = 80


def shown(value: Any, setting: Setting, secret: bool = False) -> str:
    """Return `value` as a message quotes it: shortened, and dots where the setting is a secret, or holds one."""
    if secret or hides(setting):
        return repr(REDACTED)
    try:
        text = repr(plain(value))
    except (ValueError, RecursionError):
        return "a number of too many digits" if isinstance(value, int) else "a value of too many digits or levels"
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def refusal(
    code: str, message: str, parameters: Mapping[str, Any] | None = None, suggested: Any | Absent = ABSENT
) -> ValidationError:
    """Return the error that a field raises, carrying one :class:`Finding`."""
    return ValidationError([Finding(code, message, FrozenDict(parameters or {}), suggested)])


def item_validators(setting: Setting, secret: bool) -> list[Validator]:
    """Return the validators of a value, or of each item where the setting is a list or a table."""
    given = setting.declared
    found: list[Validator] = [_bound(setting, secret, name) for name in _BROKEN if getattr(given, name) is not None]
    if given.choices:
        found.append(_choice(setting, secret))
    if given.pattern is not None:
        found.append(_pattern(setting, secret, given.pattern))
    return found


def container_validators(setting: Setting, secret: bool) -> list[Validator]:
    """Return the validators of the value as a whole: its length."""
    return [_length(setting, secret, *setting.declared.length)] if setting.declared.length else []


_BROKEN: Mapping[str, tuple[Callable[[Any, Any], bool], str]] = {
    "minimum": (lambda value, bound: value < bound, "is less than {bound}"),
    "maximum": (lambda value, bound: value > bound, "is more than {bound}"),
    "exclusive_minimum": (lambda value, bound: value <= bound, "is not more than {bound}"),
    "exclusive_maximum": (lambda value, bound: value >= bound, "is not less than {bound}"),
}


def _bound(setting: Setting, secret: bool, name: str) -> Validator:
    bound = getattr(setting.declared, name)
    limit = Decimal(str(bound)) if setting.kind.innermost.name == "decimal" else bound
    broken, phrase = _BROKEN[name]
    suggested = ABSENT if name.startswith("exclusive") else bound

    def check(value: Any) -> None:
        number = value.total_seconds() if isinstance(value, timedelta) else value
        if number is not None and broken(number, limit):
            message = f"{shown(value, setting, secret)} {phrase.format(bound=bound)} ({setting.expects})"
            raise refusal(name, message, {"bound": bound}, suggested)

    return check


def _choice(setting: Setting, secret: bool) -> Validator:
    choices = setting.declared.choices
    number = setting.kind.innermost.name == "float"

    def check(value: Any) -> None:
        alike = (choice for choice in choices if number or type(value) is type(choice))
        if value is None or any(value == choice for choice in alike):
            return
        near = (
            closest(value, [choice for choice in choices if isinstance(choice, str)])
            if isinstance(value, str)
            else None
        )
        message = (
            f"{shown(value, setting, secret)} is not one of {', '.join(repr(plain(choice)) for choice in choices)}"
        )
        raise refusal("choice", message, {"choices": choices}, near or ABSENT)

    return check


def _pattern(setting: Setting, secret: bool, pattern: str) -> Validator:
    compiled = re.compile(pattern)

    def check(value: Any) -> None:
        if isinstance(value, str) and not compiled.fullmatch(value):
            message = f"{shown(value, setting, secret)} does not match the pattern {pattern}"
            raise refusal("pattern", message, {"pattern": pattern})

    return check


def _length(setting: Setting, secret: bool, smallest: int, largest: int | None) -> Validator:
    limits = f"{smallest} to {largest}" if largest is not None else f"at least {smallest}"
    unit = "characters" if setting.kind.name == "str" else "items"

    def check(value: Any) -> None:
        if isinstance(value, Sized) and not (smallest <= len(value) and (largest is None or len(value) <= largest)):
            message = f"{shown(value, setting, secret)} has {len(value)} {unit} ({limits})"
            raise refusal("length", message, {"smallest": smallest, "largest": largest})

    return check


def has_number_bounds(declared: Declaration) -> bool:
    """Return whether the declaration bounds numbers."""
    return any(getattr(declared, name) is not None for name in _BROKEN)
