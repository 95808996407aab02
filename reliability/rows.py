"""All rows of the table by name: a promise, what is done, a store; and in how many parts it is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reliability import (
    clock,
    comparison,
    damage,
    hostile,
    interruption,
    iofaults,
    kill,
    limits,
    listeners,
    outage,
    patterns,
    powerloss,
    server,
    takeover,
    tampering,
    tracer,
    users,
    writers,
)
from reliability.application import POSTGRESQL
from reliability.report import Row
from reliability.scale import Scale

Act = Callable[[str, Scale], Row]

_FILES = ("json", "sqlite")
_ALL = (*_FILES, POSTGRESQL)

_ACTS: Mapping[str, tuple[Act, tuple[str, ...]]] = {
    "P1-calls": (interruption.every_call, _ALL),
    "P1-random": (kill.at_random, _ALL),
    "P1-writers": (kill.writers_killed, _ALL),
    "P1-server": (outage.server_killed, (POSTGRESQL,)),
    "P1-migrate": (takeover.migrations, _ALL),
    "P1-upgrade": (takeover.upgrades, _ALL),
    "P2-loss": (powerloss.power_loss, _FILES),
    "P3-calls": (iofaults.every_call, _FILES),
    "P3-limits": (limits.limits, _FILES),
    "P3-full": (limits.full_disk, _ALL),
    "P3-short": (limits.short_writes, ("json",)),
    "P3-sync": (powerloss.failed_syncs, _FILES),
    "P3-statements": (outage.failing_statements, (POSTGRESQL,)),
    "P3-cut": (outage.cut_connections, (POSTGRESQL,)),
    "P4-bits": (damage.every_bit, _FILES),
    "P4-cuts": (damage.cuts, _FILES),
    "P4-rows": (damage.rows, (POSTGRESQL,)),
    "P5-updates": (writers.increments, _ALL),
    "P5-paths": (writers.different_paths, _ALL),
    "P5-skew": (writers.write_skew, _ALL),
    "P5-fairness": (writers.fairness, _ALL),
    "P6-whole": (writers.whole_reads, _ALL),
    "P7-model": (comparison.against_dictionaries, _ALL),
    "P12-clock": (clock.jumps, _ALL),
    "P13-listeners": (listeners.hostile, _FILES),
    "P14-patterns": (patterns.never_stall, ("re2",)),
    "P15-files": (hostile.files, _FILES),
    "P15-texts": (hostile.texts, _FILES),  # PostgreSQL has the rows of SQLite
    "P15-variables": (hostile.variables, ("environment",)),
    "P15-values": (hostile.values, _ALL),
    "P19-users": (users.hostile, _ALL),
    "P22-erasures": (interruption.erasures, _ALL),
    "P22-log": (tampering.tampered, _ALL),
}

#: Rows that take long are tried in parts, at the same time.
_PARTS: Mapping[str, int] = {
    "P1-calls-sqlite": 2,
    "P1-migrate-sqlite": 3,
    "P2-loss-sqlite": 2,
    "P3-cut-postgresql": 2,
    "P3-calls-json": 2,
    "P3-calls-sqlite": 2,
    "P4-bits-sqlite": 2,
    "P7-model-json": 2,
    "P7-model-sqlite": 2,
    "P7-model-postgresql": 2,
}

_TRACED = (
    interruption.every_call,
    interruption.erasures,
    takeover.migrations,
    takeover.upgrades,
    iofaults.every_call,
    powerloss.power_loss,
    powerloss.failed_syncs,
)


@dataclass(frozen=True, slots=True)
class Trial:
    """A row that can be tried, whole or in parts; beside others, or alone because it measures."""

    act: Act
    kind: str
    parts: int = 1
    alone: bool = False

    def missing(self) -> str | None:
        """Return what the row needs and is not there, and how to install it, or None."""
        reason = tracer.missing() if self.act in _TRACED else None
        return reason or (server.missing() if self.kind == POSTGRESQL else None)


ROWS: Mapping[str, Trial] = {
    f"{name}-{kind}": Trial(act, kind, _PARTS.get(f"{name}-{kind}", 1), alone=act is writers.fairness)
    for name, (act, kinds) in _ACTS.items()
    for kind in kinds
}


def pieces(names: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield the parts of rows, each with its number.

    First come those that run alone, because others wait for them. The parts of a row are spread over all the others:
    where one waits, as most of P3-cut does, the next would too, and nothing would run.
    """
    found = [(name, part) for name in names for part in range(ROWS[name].parts)]
    place = {name: number / len(names) for number, name in enumerate(names)}

    def turn(piece: tuple[str, int]) -> tuple[bool, float]:
        name, part = piece
        row = ROWS[name]
        return not row.alone, part / row.parts if row.parts > 1 else place[name]

    yield from sorted(found, key=turn)
