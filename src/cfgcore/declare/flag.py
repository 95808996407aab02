"""A feature flag, as a plugin declares it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cfgcore.declare.naming import complaint
from cfgcore.errors import DeclarationError
from cfgcore.values.frozen import FrozenDict, freeze
from cfgcore.values.suggest import did_you_mean

_SAID = ("description", "owner")

_TYPES: tuple[tuple[type, ...], ...] = ((bool,), (str,), (int, float), (FrozenDict,))


@dataclass(frozen=True, slots=True)
class Flag:
    """A feature that may differ between users: its name, its default, what it does, who owns it, when it should go.

    Without `variants` it is on or off, and `default` is true or false. `variants` are values by name, all of one type:
    true and false, text, numbers or tables; `default` is then the name of one of them.
    """

    name: str
    default: bool | str = False
    description: str = ""
    owner: str = ""
    expires: date | None = None
    variants: Mapping[str, Any] = field(default_factory=FrozenDict)

    def __post_init__(self) -> None:
        fault = complaint(self.name) or self._fault()
        if fault:
            raise DeclarationError(f"flag {self.name!r}: {fault}")
        object.__setattr__(self, "variants", freeze(self.variants))

    def _fault(self) -> str | None:
        for name in _SAID:
            if not isinstance(getattr(self, name), str):
                return f"{name}={getattr(self, name)!r} is no text"
        if self.expires is not None and (not isinstance(self.expires, date) or isinstance(self.expires, datetime)):
            return f"expires={self.expires!r} is no date, such as date(2030, 12, 31)"
        if not isinstance(self.variants, Mapping) or not all(isinstance(name, str) and name for name in self.variants):
            return f"the variants {self.variants!r} are not values by name"
        if not self.variants:
            return None if isinstance(self.default, bool) else f"the default {self.default!r} is not true or false"
        return self._fault_of_variants()

    def _fault_of_variants(self) -> str | None:
        values = {name: freeze(value) for name, value in self.variants.items()}
        for name, value in values.items():
            if not any(type(value) in types for types in _TYPES):
                return f"variant {name!r} is {value!r}, and not true or false, text, a number or a table"
        if not any(all(type(value) in types for value in values.values()) for types in _TYPES):
            return "the values of its variants are not of one type: true and false, text, numbers or tables"
        if not isinstance(self.default, str) or self.default not in self.variants:
            hint = did_you_mean(str(self.default), self.variants)
            return f"the default {self.default!r} is none of its variants.{hint}"
        return None
