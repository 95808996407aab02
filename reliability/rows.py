"""All rows of the table by name: a promise, what is done, a store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from reliability import clock, comparison, damage, iofaults, kill, powerloss, tampering, users, writers
from reliability.report import Row
from reliability.scale import Scale

_TRIALS: Mapping[str, tuple[Callable[[str, Scale], Row], tuple[str, ...]]] = {
    "P1-calls": (kill.every_call, ("json", "sqlite")),
    "P1-random": (kill.at_random, ("json", "sqlite")),
    "P1-writers": (kill.writers_killed, ("json", "sqlite")),
    "P2-loss": (powerloss.power_loss, ("json", "sqlite")),
    "P3-calls": (iofaults.every_call, ("json", "sqlite")),
    "P3-limits": (iofaults.limits, ("json", "sqlite")),
    "P3-full": (iofaults.full_disk, ("json", "sqlite")),
    "P3-short": (iofaults.short_writes, ("json",)),
    "P3-sync": (powerloss.failed_syncs, ("json", "sqlite")),
    "P4-bits": (damage.every_bit, ("json", "sqlite")),
    "P4-cuts": (damage.cuts, ("json", "sqlite")),
    "P5-updates": (writers.increments, ("json", "sqlite")),
    "P5-paths": (writers.different_paths, ("json", "sqlite")),
    "P5-skew": (writers.write_skew, ("json", "sqlite")),
    "P5-fairness": (writers.fairness, ("json", "sqlite")),
    "P6-whole": (writers.whole_reads, ("json", "sqlite")),
    "P7-model": (comparison.against_dictionaries, ("json", "sqlite")),
    "P12-clock": (clock.jumps, ("json", "sqlite")),
    "P19-users": (users.hostile, ("json", "sqlite")),
    "P22-log": (tampering.tampered, ("json", "sqlite")),
}

ROWS: Mapping[str, Callable[[Scale], Row]] = {
    f"{name}-{kind}": partial(trial, kind) for name, (trial, kinds) in _TRIALS.items() for kind in kinds
}
