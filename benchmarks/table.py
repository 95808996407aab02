"""The table that is printed: what was measured, against which limit, and whether the goal is reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

COLUMNS = ("what", "measured", "limit", "ratio", "goal", "reached")


@dataclass(frozen=True, slots=True)
class Row:
    """One line: `measured` and `limit`, in seconds unless `unit` shows something else.

    `times` is the goal as a multiple of the limit, `within` as a number. A row without a goal is there for comparison.
    """

    what: str
    measured: float
    limit: float
    limited_by: str
    times: float | None = None
    within: float | None = None
    unit: Callable[[float], str] = field(default_factory=lambda: duration)

    @property
    def ratio(self) -> float:
        """How many times the limit was measured."""
        return self.measured / self.limit

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.within is not None:
            return self.measured <= self.within
        return None if self.times is None else self.ratio <= self.times

    def cells(self) -> tuple[str, ...]:
        """Return the row as text."""
        goal = f"≤ {self.unit(self.within)}" if self.within is not None else f"≤ {self.times} ×" if self.times else ""
        verdict = {True: "yes", False: "NO", None: ""}[self.reached]
        limit = f"{self.unit(self.limit)} {self.limited_by}"
        return self.what, self.unit(self.measured), limit, f"{self.ratio:.2f}", goal, verdict


def duration(seconds: float) -> str:
    """Return a duration with three significant digits: ``13.2 ns``, ``15.6 ms``."""
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def size(count: float) -> str:
    """Return a number of bytes with three significant digits: ``153 MB``, ``1.02 kB``."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count:.3g} B"


def aligned(rows: Iterable[Row]) -> str:
    """Return the rows below their headings, in columns as wide as they need to be."""
    cells = [COLUMNS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in cells
    )
