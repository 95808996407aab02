"""Where a value came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

Path = tuple[str, ...]

Kind = Literal["default", "file", "variable", "secret", "profile", "source", "override", "stored", "asked", "policy"]

_KINDS = {
    "default": "default of",
    "file": "file",
    "variable": "environment variable",
    "secret": "secret file",
    "profile": "profile",
    "source": "source",
    "override": "override",
    "asked": "",
    "stored": "stored for",
    "policy": "",
}


class Locator(Protocol):
    """What can tell the line of a key in a text, once somebody asks."""

    def line_of(self, key: Path) -> int | None:
        """Return the 1-based line on which `key` stands, or None where it is not known."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: the layer, what gave it, and the line where that is a file.

    `name` is the plugin of a default, the path of a file, the full name of a variable. The line is looked up when first
    asked for, because most values are never asked about.
    """

    layer: str
    kind: Kind
    name: str
    key: Path = ()
    locator: Locator | None = field(default=None, repr=False, compare=False)

    @property
    def line(self) -> int | None:
        """The 1-based line in the file, or None."""
        return self.locator.line_of(self.key) if self.locator else None

    @property
    def place(self) -> str:
        """The short form that begins an error: ``settings.toml:12``, or the name of a variable."""
        line = self.line
        return f"{self.name}:{line}" if line else self.name

    def __str__(self) -> str:
        return f"{_KINDS[self.kind]} {self.place}".strip()
