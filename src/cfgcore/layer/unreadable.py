"""The refusal of a text that is not of its format."""

from __future__ import annotations


class Unreadable(ValueError):
    """A text that is not of its format; `line` is 1-based, or None where the parser does not tell."""

    def __init__(self, cause: str, line: int | None = None) -> None:
        super().__init__(cause)
        self.cause = cause
        self.line = line
