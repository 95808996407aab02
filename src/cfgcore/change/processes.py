"""The processes that have a store open, seen from the versions of sections that this release knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cfgcore.errors import CfgcoreError
from cfgcore.store.presence import Presence
from cfgcore.store.protocol import Ephemeral, Store
from cfgcore.values.frozen import FrozenDict

#: How many processes an error names.
NAMED = 5


@dataclass(frozen=True, slots=True)
class Process:
    """A process that has the store open, since a time in ISO 8601 (UTC).

    `older` are the sections of which it knows an older version than this release, with the version that it knows.
    """

    host: str
    pid: int
    since: str
    program: str = ""
    older: Mapping[str, int] = field(default_factory=FrozenDict)

    def __str__(self) -> str:
        program = f" ({self.program})" if self.program else ""
        return f"process {self.pid} on {self.host}{program}, since {self.since}"


def processes_of(store: Store, code: Mapping[str, int]) -> tuple[Process, ...]:
    """Return who has announced to have the store open, the longest first; `code` are the versions of this release.

    One that has it open several times is told once for each of what it knows. Raises ``StoreError``.
    """
    found = store.present() if isinstance(store, Ephemeral) else []
    ordered = sorted(found, key=lambda presence: (presence.since, presence.host, presence.pid))
    return tuple(_once(_process(presence, code) for presence in ordered))


def refuse_older(processes: Iterable[Process], rising: Mapping[str, int]) -> None:
    """Raise :class:`CfgcoreError` where one knows an older version of a section than that to which it is `rising`."""
    older = [process for process in processes if process.older.keys() & rising.keys()]
    if not older:
        return
    named = [f"{process} ({_versions(process, rising)})" for process in older[:NAMED]]
    more = f"; and {len(older) - NAMED:,} more" if len(older) > NAMED else ""
    raise CfgcoreError(
        f"an older release still has the store open: {'; '.join(named)}{more}. End it first, or use force: such a "
        f"process keeps the values it has, and can change these sections no more"
    )


def _process(presence: Presence, code: Mapping[str, int]) -> Process:
    older = {key: known for key, known in presence.versions.items() if known < code.get(key, 0)}
    return Process(presence.host, presence.pid, presence.since, presence.program, FrozenDict(older))


def _once(processes: Iterable[Process]) -> list[Process]:
    kept: dict[tuple[object, ...], Process] = {}
    for one in processes:
        kept.setdefault((one.host, one.pid, *sorted(one.older.items())), one)
    return list(kept.values())


def _versions(process: Process, rising: Mapping[str, int]) -> str:
    keys = sorted(process.older.keys() & rising.keys())
    return ", ".join(f"{key} {process.older[key]} -> {rising[key]}" for key in keys)
