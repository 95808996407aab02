"""P3: limits of the process, disks that fill up, writes that are short: a typed error, and the old state stays."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from cfgcore.errors import StoreError
from reliability import server
from reliability.application import POSTGRESQL, open_config, open_storage
from reliability.child import ACKNOWLEDGED, OUTCOME, TRIED, Board, Child
from reliability.iofaults import ACKED, REFUSED, STEPS, allowed_after, judged
from reliability.kill import PRELUDE, goes_on
from reliability.model import Model
from reliability.mutants import Mutant, one_write, swallowed_errors
from reliability.observation import observe, unexpected
from reliability.place import copy_of, fresh, prepare, workplace
from reliability.report import Row
from reliability.scale import Scale
from reliability.workload import Step, follow, perform

#: A commit that is larger than what SQLite needs to open a database at all.
LARGE = Step("update", "bob", {"work.text": "x" * 40_000})

DISK = "200k"
DISKS = {POSTGRESQL: "1m"}
FULL = 10_000


def limits(kind: str, scale: Scale) -> Row:
    """Let a file's size and the number of open files reach the limits of the process, one after the other."""
    row = Row("P3", "limits of the process", kind)
    with workplace(kind) as place:
        model = prepare(kind, place / "ready", PRELUDE, keep_after=3)
        for step in (*STEPS, LARGE):
            for size in range(0, 60_000, scale.of(1009, 97)):
                _limited(row, kind, place / "ready", model, step, "FSIZE", size)
            for number in range(40):
                _limited(row, kind, place / "ready", model, step, "NOFILE", number)
        mutant, control = swallowed_errors(kind), Row("P3", "", kind)
        for size in range(0, 60_000, 5_003):
            if not control.violations:
                _limited(control, kind, place / "ready", model, LARGE, "FSIZE", size, mutant)
        row.controls[mutant.name] = bool(control.violations)
    return row


def full_disk(kind: str, scale: Scale) -> Row:
    """Fill a small disk by changes, until no change fits, again and again as a little is set free."""
    row = Row("P3", "a small disk fills up", kind)
    mutant, control = swallowed_errors(kind), Row("P3", "", kind)
    with workplace(kind) as place, _small_disk(kind, place / "disk") as reason:
        if reason is not None:
            row.skipped = reason
            return row
        folder, most = place / ("store" if kind == POSTGRESQL else "disk/store"), 0
        for number in range(scale.of(3 if kind == POSTGRESQL else 12, 200)):
            fresh(kind, folder)
            ballast = _ballast(kind, place / "disk", number)
            most = max(most, _filled(row, kind, folder, ballast, f"ballast {number}", FULL))
        fresh(kind, folder)  # the mutant never notices that the disk is full
        _filled(control, kind, folder, _ballast(kind, place / "disk", 0), "control", 2 * most, mutant)
        row.controls[mutant.name] = bool(control.violations)
    return row


def _ballast(kind: str, disk: Path, number: int) -> Path:
    """Fill a part of the disk, another one for each number, and return the file that does it."""
    file = disk / "ballast"
    file.write_bytes(bytes((5 if kind == POSTGRESQL else 1) * 1000 * (60 + 7 * number % 50)))
    return file


def short_writes(kind: str, scale: Scale) -> Row:
    """Let the system take only a few bytes at a time."""
    row = Row("P3", "short writes", kind)
    with workplace(kind) as place:
        model = prepare(kind, place / "ready", PRELUDE, keep_after=3)
        for step in STEPS:
            for size in range(1, 200, scale.of(20, 1)):
                _shortened(row, kind, place / "ready", model, step, size)
        mutant, control = one_write(), Row("P3", "", kind)
        _shortened(control, kind, place / "ready", model, STEPS[0], 20, mutant)
        row.controls[mutant.name] = bool(control.violations)
    return row


def _shortened(
    row: Row, kind: str, template: Path, model: Model, step: Step, size: int, mutant: Mutant | None = None
) -> None:
    """Take a step while the system takes so many bytes at a time."""
    folder, after = copy_of(kind, template, template.with_name("trial")), model.copy()
    follow(after, step)
    child = Child(_short(kind, folder, step, size, mutant))
    child.go()
    row.trials += 1
    fault = None if child.wait() == 0 else child.board.text
    child.board.close()
    try:
        with closing(open_storage(kind, folder)) as store:
            found = observe(store)
    except StoreError as error:
        row.violations.append(f"{step.kind}, {size} bytes at a time: {error}")
        return
    if fault or found != after.holding():
        row.violations.append(f"{step.kind}, {size} bytes at a time: {fault or unexpected(found, [after.holding()])}")


def _limited(
    row: Row,
    kind: str,
    template: Path,
    model: Model,
    step: Step,
    limit: str,
    value: int,
    mutant: Mutant | None = None,
) -> None:
    """Take a step with a limit of the process; a store that cannot say what it holds under it says so."""
    folder, allowed = copy_of(kind, template, template.with_name("trial")), allowed_after(model, step)

    def act(board: Board) -> None:
        if mutant is not None:
            mutant.apply()
        store = open_storage(kind, folder)
        config = open_config(kind, folder, store)
        name = getattr(resource, f"RLIMIT_{limit}")
        extra = len(os.listdir("/dev/fd")) - 1 if limit == "NOFILE" else 0
        resource.setrlimit(name, (value + extra, resource.getrlimit(name)[1]))
        try:
            perform(config, step, folder)
            board[OUTCOME] = ACKED
        except StoreError:
            board[OUTCOME] = REFUSED
        with suppress(StoreError):
            found = observe(store)
            if found not in allowed[board[OUTCOME]]:
                board.text = f"under the limit it says {found}, which is none of {allowed[board[OUTCOME]]}"

    child = Child(act)
    child.go()
    child.wait()
    row.trials += 1
    fault = judged(kind, folder, allowed, child.board)
    child.board.close()
    if fault is not None:
        row.violations.append(f"{step.kind}, {limit} {value}: {fault}")


def _filled(
    row: Row, kind: str, folder: Path, ballast: Path, place: str, most: int, mutant: Mutant | None = None
) -> int:
    """Commit until the disk is full, at most so often; set some of it free, and go on. Return how often it was."""
    child = Child(_filling(kind, folder, most, mutant))
    child.go()
    if child.wait():
        row.violations.append(f"{place}: {child.board.text}")
    number, tried = child.board[ACKNOWLEDGED], child.board[TRIED]
    row.trials += tried
    child.board.close()
    try:
        for _ in range(2):
            with open_config(kind, folder) as config:
                if config.work.number != number:
                    row.violations.append(f"{place}: {number} was acknowledged, and {config.work.number} is there")
                if not config.audit.verify():
                    row.violations.append(f"{place}: {config.audit.verify()}")
            ballast.write_bytes(b"")
        fault = goes_on(kind, folder)
        if fault is not None:
            row.violations.append(f"{place}: with space again, {fault}")
    except StoreError as error:
        row.violations.append(f"{place}: on a full disk, what was stored cannot be read: {error}")
    except Exception as error:
        row.violations.append(f"{place}: {type(error).__name__}: {error}")
    return tried


def _filling(kind: str, folder: Path, most: int, mutant: Mutant | None) -> Callable[[Board], None]:
    def act(board: Board) -> None:
        if mutant is not None:
            mutant.apply()
        refused = 0
        with open_config(kind, folder) as config:
            while refused < 3 and board[TRIED] < most:
                board[TRIED] += 1
                try:
                    config.update({"work.number": board[ACKNOWLEDGED] + 1, "work.text": "x" * 500})
                    board[ACKNOWLEDGED] += 1
                except StoreError:
                    refused += 1

    return act


@contextmanager
def _small_disk(kind: str, folder: Path) -> Iterator[str | None]:
    """Mount a small disk in `folder`, for the store or for the server's tables, or say why that is not possible."""
    folder.mkdir()
    size = DISKS.get(kind, DISK)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=777", "tmpfs", str(folder)]
    found = subprocess.run(command, check=False, capture_output=True, text=True) if shutil.which("mount") else None
    if found is None or found.returncode:
        yield f"no disk can be mounted (root may: {' '.join(command[:-1])})"
        return
    try:
        if kind == POSTGRESQL:
            server.put_tables_in(folder)
        yield None
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _short(kind: str, folder: Path, step: Step, size: int, mutant: Mutant | None) -> Callable[[Board], None]:
    def act(board: Board) -> None:
        if mutant is not None:
            mutant.apply()
        write = os.write
        os.write = lambda descriptor, data: write(descriptor, bytes(memoryview(data)[:size]))
        with open_config(kind, folder) as config:
            perform(config, step, folder)

    return act
