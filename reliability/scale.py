"""How much is tried: on every change, or on demand for as long as it takes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """The seed of all that is random, and whether there is time."""

    seed: int
    long: bool = False

    def of(self, quick: int, long: int) -> int:
        """Return how often to try: `quick` on every change, `long` on demand."""
        return long if self.long else quick
