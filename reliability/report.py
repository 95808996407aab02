"""What a row of the table says, and how the table is printed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

COLUMNS = ("promise", "what", "store", "trials", "violations", "control caught", "seconds", "CPU s")
SHOWN = 5


@dataclass(slots=True)
class Row:
    """One line: what was tried how often, what went wrong, and whether the harness catches what is broken on purpose.

    `controls` says of each mutant whether it was caught. `skipped` says why nothing was tried, and what helps.
    """

    promise: str
    what: str
    store: str
    trials: int = 0
    violations: list[str] = field(default_factory=list)
    controls: dict[str, bool] = field(default_factory=dict)
    note: str = ""
    skipped: str | None = None
    seconds: float = 0.0
    cpu: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether the promise held, there was a control, and every control was caught."""
        return not self.violations and bool(self.controls) and all(self.controls.values())

    def cells(self) -> tuple[str, ...]:
        """Return the row as text."""
        caught = ", ".join(f"{name}: {'yes' if caught else 'NO'}" for name, caught in self.controls.items())
        trials = f"{self.trials:,}" if self.skipped is None else "skipped"
        what = f"{self.what} ({self.note})" if self.note else self.what
        times = (f"{self.seconds:.0f}", f"{self.cpu:.0f}")
        return self.promise, what, self.store, trials, str(len(self.violations)), caught, *times

    def dumps(self) -> str:
        """Return the row as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, text: str) -> Row:
        """Return the row of a line that :meth:`dumps` wrote."""
        return cls(**json.loads(text))


def merged(parts: Sequence[Row]) -> Row:
    """Return the row of which these are parts, in any order."""
    row = Row(parts[0].promise, parts[0].what, parts[0].store, note=parts[0].note, skipped=parts[0].skipped)
    for part in parts:
        row.trials += part.trials
        row.violations += part.violations
        row.seconds = max(row.seconds, part.seconds)
        row.cpu += part.cpu
        for name, caught in part.controls.items():
            row.controls[name] = row.controls.get(name, True) and caught
    return row


def aligned(rows: Iterable[Row]) -> str:
    """Return the rows below their headings, in columns as wide as they need to be."""
    cells = [COLUMNS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in cells
    )


def troubles(row: Row) -> str:
    """Return the first violations of a row, and the controls that were not caught."""
    lines = [f"{row.promise} {row.what}, {row.store}: {text}" for text in row.violations[:SHOWN]]
    lines += [f"{row.promise} {row.what}, {row.store}: the control {n!r} was not caught" for n in _survivors(row)]
    return "\n".join(lines)


def _survivors(row: Row) -> list[str]:
    return [name for name, caught in row.controls.items() if not caught]
