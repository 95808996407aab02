"""A feature flag, as a plugin declares it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cfgcore.declare.naming import complaint
from cfgcore.errors import DeclarationError


@dataclass(frozen=True, slots=True)
class Flag:
    """A feature that can be on or off: its name, its default, what it does, who owns it, and when it should be gone."""

    name: str
    default: bool = False
    description: str = ""
    owner: str = ""
    expires: date | None = None

    def __post_init__(self) -> None:
        fault = complaint(self.name)
        if fault or not isinstance(self.default, bool):
            raise DeclarationError(
                f"flag {self.name!r}: {fault or f'the default {self.default!r} is not true or false'}"
            )
