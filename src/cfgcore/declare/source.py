"""A source of values besides files and variables, as a plugin contributes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cfgcore.errors import DeclarationError


@dataclass(frozen=True, slots=True)
class Source:
    """A function that returns a nested mapping of plain values: ``{"server": {"port": 8000}}``.

    It is read at open and at each reload, and ranks above the other values of its `layer`. Its values are data: tokens
    and templates in them are not evaluated.
    """

    name: str
    read: Callable[[], Mapping[str, Any]]
    layer: Literal["file", "environment"] = "file"

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not callable(self.read) or self.layer not in ("file", "environment"):
            raise DeclarationError(
                f"source {self.name!r}: name is text, read a function, layer 'file' or 'environment'"
            )
