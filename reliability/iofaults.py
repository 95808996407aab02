"""P3: disks that are full, broken, read-only: a typed error, nothing acknowledged, and the old state stays."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from cfgcore import Config
from cfgcore.errors import StoreError
from cfgcore.store.protocol import Store
from reliability import server, tracer
from reliability.application import POSTGRESQL, open_config, open_storage
from reliability.child import ACKNOWLEDGED, OUTCOME, PHASE, TRIED, Board, Child
from reliability.kill import PRELUDE, goes_on
from reliability.model import Holding, Model
from reliability.mutants import Mutant, no_take_back, one_write, swallowed_errors
from reliability.observation import chain_fault, observe, unexpected
from reliability.place import copy_of, fresh, prepare, workplace
from reliability.report import Row
from reliability.scale import Scale
from reliability.workload import Step, follow, perform

Acts = tuple[Callable[[], None], Callable[[Board], None]]

#: Which system calls fail how. A call that was interrupted is one that is made again, so that it fails once.
WRITING = ("write", "pwrite64", "fsync", "fdatasync", "ftruncate", "openat", "rename", "unlink", "utimensat")
ERRORS = {
    "ENOSPC": ("write", "pwrite64", "ftruncate", "openat", "rename"),
    "EDQUOT": ("write", "pwrite64", "openat", "fsync", "fdatasync"),
    "EIO": (*WRITING, "read", "pread64"),
    "EROFS": ("openat", "rename", "unlink", "ftruncate", "utimensat"),
    "EMFILE": ("openat",),
    "EINTR": ("write", "pwrite64", "fsync", "fdatasync", "openat", "flock", "read", "pread64"),
}
STEPS = (
    Step("update", None, {"work.number": 2}),
    Step("batch", "bob", {"work.left": 30, "work.right": 70, "work.token": "new"}),
    Step("rollback", to=2),
    Step("compact", to=4),
    Step("erase", "alice"),
)
OPENING = Step("open")
ACKED, REFUSED = 1, 2
DISK = "200k"
DISKS = {POSTGRESQL: "4m"}
FULL = 10_000
ENOUGH = 20

_CALL = re.compile(r"([a-z]\w*)\((\d*).*\)\s+= (-?\d+|\?)(.*INJECTED)?")


def every_call(kind: str, scale: Scale) -> Row:
    """Make each system call of a step fail: once, and from then on for ever."""
    row = Row("P3", "errors at each system call", kind)
    with workplace(kind) as place:
        model = prepare(kind, place / "ready", PRELUDE, keep_after=3)
        faults = [(step, *fault) for step in (*STEPS, OPENING) for fault in _faults(scale)]
        for number, (step, error, call, for_ever) in enumerate(faults):
            if scale.has_part(number):
                _each(row, kind, place / "ready", model, step, error, call, for_ever=for_ever)
        mutant = no_take_back() if kind == "json" else swallowed_errors(kind)
        control = Row("P3", "", kind)
        for call in ("fdatasync", "pwrite64"):
            _each(control, kind, place / "ready", model, STEPS[0], "EIO", call, for_ever=False, mutant=mutant)
        row.controls[mutant.name] = bool(control.violations)
    return row


def limits(kind: str, scale: Scale) -> Row:
    """Let a file's size and the number of open files reach the limits of the process, one after the other."""
    row = Row("P3", "limits of the process", kind)
    with workplace(kind) as place:
        model = prepare(kind, place / "ready", PRELUDE, keep_after=3)
        for step in STEPS:
            for size in range(0, 60_000, scale.of(1009, 97)):
                _limited(row, kind, place / "ready", model, step, "FSIZE", size)
            for number in range(40):
                _limited(row, kind, place / "ready", model, step, "NOFILE", number)
        mutant, control = swallowed_errors(kind), Row("P3", "", kind)
        for size in range(0, 60_000, 5_003):
            _limited(control, kind, place / "ready", model, STEPS[0], "FSIZE", size, mutant)
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
        folder = place / ("store" if kind == POSTGRESQL else "disk/store")
        for number in range(scale.of(12, 200)):
            fresh(kind, folder)
            _filled(row, kind, folder, _ballast(kind, place / "disk", number), f"ballast {number}")
        fresh(kind, folder)
        _filled(control, kind, folder, _ballast(kind, place / "disk", 0), "control", mutant)
        row.controls[mutant.name] = bool(control.violations)
    return row


def _ballast(kind: str, disk: Path, number: int) -> Path:
    """Fill a part of the disk, another one for each number, and return the file that does it."""
    file = disk / "ballast"
    file.write_bytes(bytes((20 if kind == POSTGRESQL else 1) * 1000 * (60 + 7 * number % 50)))
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


def _faults(scale: Scale) -> Iterator[tuple[str, str, bool]]:
    for error, calls in ERRORS.items():
        for call in calls:
            yield error, call, False
            if error != "EINTR" and call != "read":
                yield error, call, True


def _each(
    row: Row,
    kind: str,
    template: Path,
    model: Model,
    step: Step,
    error: str,
    call: str,
    *,
    for_ever: bool,
    mutant: Mutant | None = None,
) -> None:
    """Let the first, second, third ... call of a kind fail, until none did."""
    folder, log, number, injected = template.with_name("trial"), template.with_name("log"), 0, True
    allowed = allowed_after(model, step)
    traced = f"trace={','.join({call, 'fsync', 'fdatasync', 'close'})}"
    while injected:
        number += 1
        copy_of(kind, template, folder)
        before, under = _act(kind, folder, step, allowed, mutant)
        child = Child(under, before)
        options = tracer.failing(call, error, number, for_ever=for_ever)[2:]
        with tracer.attached(child, "-e", traced, *options, log=log) as strace:
            child.go()
            child.until(PHASE, 1)
            strace.terminate()
        child.board[PHASE] = 2
        child.wait()
        lines = log.read_text()
        injected = "INJECTED" in lines
        row.trials += injected
        fault = _judged(kind, folder, allowed, child.board) or (_synced_again(lines) if kind == "json" else None)
        child.board.close()
        if fault is not None:
            place = f"{step.kind}, {error} at {call} {number}{' and on' if for_ever else ''}"
            row.violations.append(f"{place}: {fault}")
            if len(row.violations) > ENOUGH:
                return


def allowed_after(model: Model, step: Step) -> dict[int, list[Holding]]:
    """Return what may be there after the step was acknowledged, and after it was refused."""
    after = model.copy()
    if step is not OPENING:
        follow(after, step)
    return {
        ACKED: [after.holding()],
        REFUSED: [model.holding(), *([after.holding()] if step.kind in ("compact", "erase") else [])],
    }


def _judged(kind: str, folder: Path, allowed: Mapping[int, list[Holding]], board: Board) -> str | None:
    if board.text or not board[OUTCOME]:
        return board.text or "it ended without a word"
    if board[ACKNOWLEDGED]:
        return _has_change(kind, folder)
    try:
        with open_config(kind, folder):
            pass
        with closing(open_storage(kind, folder)) as store:
            found, fault = observe(store), chain_fault(store)
    except Exception as error:
        return f"the store cannot be opened any more: {type(error).__name__}: {error}"
    if fault is None and found not in allowed[board[OUTCOME]]:
        fault = f"{'acknowledged' if board[OUTCOME] == ACKED else 'refused'}, but it holds {found}"
    return fault or goes_on(kind, folder)


def _has_change(kind: str, folder: Path) -> str | None:
    """Return what is wrong with a store that took a change once the faults were over."""
    try:
        with open_config(kind, folder) as config:
            if config.work.number != 4711:
                return "a change that was acknowledged after the faults is not there"
            return None if config.audit.verify() else f"the chain breaks: {config.audit.verify()}"
    except Exception as error:
        return f"the store cannot be opened any more: {type(error).__name__}: {error}"


def _synced_again(lines: str) -> str | None:
    """Return where a descriptor was synced again after that had failed, or None."""
    failed: set[str] = set()
    for line in lines.splitlines():
        found = _CALL.match(line)
        if found is None:
            continue
        call, descriptor, result, _ = found.groups()
        if call == "close":
            failed.discard(descriptor)
        elif call in ("fsync", "fdatasync"):
            if descriptor in failed:
                return f"{line} was tried again"
            if result == "-1" and "EINTR" not in line:
                failed.add(descriptor)
    return None


def _act(kind: str, folder: Path, step: Step, allowed: Mapping[int, list[Holding]], mutant: Mutant | None) -> Acts:
    """Return what comes before the faults, and what comes under them: the step.

    Then, when they are over, the same handle must say what is so, and take a change or refuse it.
    """
    opened: list[tuple[Store, Config]] = []

    def before() -> None:
        if mutant is not None:
            mutant.apply()
        if step is not OPENING:
            store = open_storage(kind, folder)
            opened.append((store, open_config(kind, folder, store)))

    def under(board: Board) -> None:
        try:
            if step is OPENING:
                open_config(kind, folder).close()
            else:
                perform(opened[0][1], step, folder)
            board[OUTCOME] = ACKED
        except StoreError:
            board[OUTCOME] = REFUSED
        board[PHASE] = 1
        while board[PHASE] < 2:
            os.sched_yield()
        for store, config in opened:
            found = observe(store)
            if found not in allowed[board[OUTCOME]]:
                board.text = f"the same handle says {found}, which is none of {allowed[board[OUTCOME]]}"
            with suppress(StoreError):
                config.update({"work.number": 4711})
                board[ACKNOWLEDGED] = 1
            config.close()

    return before, under


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
    fault = _judged(kind, folder, allowed, child.board)
    child.board.close()
    if fault is not None:
        row.violations.append(f"{step.kind}, {limit} {value}: {fault}")


def _filled(row: Row, kind: str, folder: Path, ballast: Path, place: str, mutant: Mutant | None = None) -> None:
    """Commit until the disk is full; set some of it free, and go on."""
    child = Child(_filling(kind, folder, mutant))
    child.go()
    if child.wait():
        row.violations.append(f"{place}: {child.board.text}")
    number = child.board[ACKNOWLEDGED]
    row.trials += child.board[TRIED]
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


def _filling(kind: str, folder: Path, mutant: Mutant | None) -> Callable[[Board], None]:
    def act(board: Board) -> None:
        if mutant is not None:
            mutant.apply()
        refused = 0
        with open_config(kind, folder) as config:
            while refused < 3 and board[TRIED] < FULL:
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
