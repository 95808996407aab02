"""How much is tried: on every change, or on demand for as long as it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Scale:
    """The seed of all that is random, and whether there is time; of a row that is split, which part of how many."""

    seed: int
    long: bool = False
    part: int = 0
    parts: int = 1

    def of(self, quick: int, long: int) -> int:
        """Return how often to try: `quick` on every change, `long` on demand; of a row that is split, its share."""
        whole = long if self.long else quick
        return whole // self.parts + (self.part < whole % self.parts)

    def has_part(self, number: int) -> bool:
        """Return whether the trial of this number is among those of this part."""
        return number % self.parts == self.part

    def piece(self, part: int, parts: int) -> Scale:
        """Return the scale of one part of a row that is split, whose seed is its own."""
        return replace(self, seed=self.seed * parts + part if parts > 1 else self.seed, part=part, parts=parts)
