"""A profile: a named sparse set of values, selected by the value of a setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cfgcore.errors import DeclarationError
from cfgcore.values.frozen import freeze


@dataclass(frozen=True, slots=True)
class Profile:
    """One plugin's part of a profile: when the setting `selector` is `value`, the settings in `values` follow.

    `values` maps dotted paths to values. They rank just below the explicit values of the layer that made the selection.
    Several plugins may contribute parts of the same profile, each for settings that the others do not name.
    """

    selector: str
    value: Any
    values: Mapping[str, Any]

    def __post_init__(self) -> None:
        subject = f"profile {self.value!r} of {self.selector}"
        if not isinstance(self.values, Mapping):
            raise DeclarationError(f"{subject}: values={self.values!r} does not map paths to values")
        for path in (self.selector, *self.values):
            if not isinstance(path, str) or "." not in path:
                raise DeclarationError(f"{subject}: paths are of the form 'section.setting', not {path!r}")
        for path, value in self.values.items():
            try:
                freeze(value)
            except ValueError as error:
                raise DeclarationError(f"{subject}: {path}: {error}") from error
        object.__setattr__(self, "values", freeze(self.values))
