"""P2: the power goes at any moment, and only what was synced is sure to be there: what was acknowledged survives."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from cfgcore import Config
from cfgcore.errors import StoreError
from cfgcore.store.outside import EditableOutside
from reliability.application import open_config, open_storage
from reliability.child import Board
from reliability.disk import Disk, Left
from reliability.kill import PRELUDE
from reliability.model import Holding, Model
from reliability.mutants import Mutant, fsync_again, no_folder_sync, no_sync
from reliability.observation import chain_fault, observe, unexpected
from reliability.place import prepare, workplace
from reliability.recording import Event, names_in, note, record
from reliability.report import Row
from reliability.scale import Scale
from reliability.workload import Step, choose, follow, perform

LENGTH = 8

#: How many states are examined after each thing that was done, on every change.
MOST = {"json": 14, "sqlite": 9}


def power_loss(kind: str, scale: Scale) -> Row:
    """Let the power go after each thing that was done by a run of random steps, on an old store and on a new one."""
    row = Row("P2", "power loss", kind)
    mutants = [no_sync(kind), *([no_folder_sync()] if kind == "json" else [])]
    with workplace(kind) as place:
        for number in range(scale.of(24, 600)):
            _run(row, kind, place, f"{scale.seed}-{number}", most=60 if scale.long else MOST[kind])
        for mutant in mutants:
            control = Row("P2", "", kind)
            for number in range(10):
                _run(control, kind, place, f"{mutant.name}-{number}", most=25, mutant=mutant)
                if control.violations:
                    break
            row.controls[mutant.name] = bool(control.violations)
    return row


def failed_syncs(kind: str, scale: Scale) -> Row:
    """Let a sync fail, which may lose what it was to save, and later the power go: what was acknowledged survives."""
    row = Row("P3", "power loss after a failed fsync", kind)
    with workplace(kind) as place:
        for call in ("fdatasync", "fsync"):
            for number in range(1, scale.of(10, 40)):
                options = ("-e", f"inject={call}:error=EIO:when={number}")
                _run(row, kind, place, f"{scale.seed}-{call}-{number}", most=scale.of(5, 40), options=options)
        mutant, control = fsync_again() if kind == "json" else no_sync(kind), Row("P3", "", kind)
        for number in range(2, 8):
            options = ("-e", f"inject=fdatasync:error=EIO:when={number}")
            if not control.violations:
                _run(control, kind, place, f"control-{number}", most=25, options=options, mutant=mutant)
        row.controls[mutant.name] = bool(control.violations)
    return row


def _run(
    row: Row,
    kind: str,
    place: Path,
    seed: str,
    most: int,
    mutant: Mutant | None = None,
    options: Sequence[str] = (),
) -> None:
    """Record one run, and examine what may be left of it under both models of names."""
    chance, folder = random.Random(seed), place / "store"
    shutil.rmtree(folder, ignore_errors=True)
    new = chance.random() < 0.3 and not options
    model = prepare(kind, folder, PRELUDE, keep_after=3) if not new else Model()
    if new:
        folder.mkdir()
    files = {name: (folder / name).read_bytes() for name in names_in(folder)}
    times = {name: (folder / name).stat().st_mtime_ns for name in files}
    steps, holdings, follower = [], [model.holding()], model.copy()
    for _ in range(LENGTH):
        steps.append(choose(chance, follower))
        follow(follower, steps[-1])
        holdings.append(follower.holding())
    events = record(_act(kind, folder, steps, mutant, bool(options)), folder, place / "log", *options)
    _refuse_gaps(events, Disk(files, times, strict=False), folder)
    for strict in (False, True):
        disk = Disk(files, times, strict=strict)
        _lose(row, kind, place / "left", events, disk, holdings, chance, most, f"run {seed}", new=new)


def _lose(
    row: Row,
    kind: str,
    folder: Path,
    events: Sequence[Event],
    disk: Disk,
    holdings: Sequence[Holding],
    chance: random.Random,
    most: int,
    name: str,
    *,
    new: bool,
) -> None:
    acknowledged, tried, seen = 0, 0, set()
    for number, event in enumerate(events):
        if event.kind == "note":
            tried, acknowledged = (event.file, acknowledged) if event.file > 0 else (tried, -event.file)
        disk.apply(event)
        allowed = holdings[acknowledged : tried + 1]
        for left in disk.states(chance, most):
            key = (acknowledged, tried, _digest(left))
            if key in seen:
                continue
            seen.add(key)
            row.trials += 1
            fault = _examine(kind, folder, left, allowed)
            if fault is not None and not (new and not acknowledged and "begin anew" in fault):
                row.violations.append(f"{name}, after {number} of {len(events)} ({event.kind}): {fault}")
                return


def _refuse_gaps(events: Sequence[Event], disk: Disk, folder: Path) -> None:
    """Raise where the recording, played to its end, does not give the files that are there: it has missed something."""
    for event in events:
        disk.apply(event)
    there = {name: (folder / name).read_bytes() for name in names_in(folder) if not name.endswith("-shm")}
    if {name: data for name, (data, _) in disk.whole().items()} != there:
        raise RuntimeError(f"the recording is not what happened in {folder}")


def _digest(left: Left) -> bytes:
    found = hashlib.sha256()
    for name, (data, time) in sorted(left.items()):
        found.update(f"{name} {time} {len(data)} ".encode() + data)
    return found.digest()


def _examine(kind: str, folder: Path, left: Left, allowed: Sequence[Holding]) -> str | None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, (data, time) in left.items():
        (folder / name).write_bytes(data)
        if time is not None:
            os.utime(folder / name, ns=(time, time))
    try:
        with closing(open_storage(kind, folder)) as store:
            if isinstance(store, EditableOutside) and (edit := store.outside_edit()) is not None:
                if edit.problem is None:
                    return f"power loss was taken for an edit by hand: {edit}"
                store.set_aside()
            found, fault = observe(store), chain_fault(store)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if fault is not None:
        return f"the chain breaks: {fault}"
    return None if found in allowed else unexpected(found, allowed)


def _act(kind: str, folder: Path, steps: Sequence[Step], mutant: Mutant | None, again: bool) -> Callable[[Board], None]:
    """Return the run: its steps, each once more where it failed and that was to be expected."""

    def act(board: Board) -> None:
        if mutant is not None:
            mutant.apply()
        with _opened(kind, folder, again) as config:
            for number, step in enumerate(steps, 1):
                note(number)
                try:
                    perform(config, step, folder)
                except StoreError:
                    if not again:
                        raise
                    perform(config, step, folder)
                note(-number)

    return act


def _opened(kind: str, folder: Path, again: bool) -> Config:
    try:
        return open_config(kind, folder)
    except StoreError:
        if not again:
            raise
        return open_config(kind, folder)
