"""P3: disks that are full, broken, read-only: a typed error, nothing acknowledged, and the old state stays."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path

from cfgcore import Config
from cfgcore.errors import StoreError
from cfgcore.store.protocol import Store
from reliability import tracer
from reliability.application import open_config, open_storage
from reliability.child import ACKNOWLEDGED, OUTCOME, PHASE, Board, Child
from reliability.kill import PRELUDE, goes_on
from reliability.model import Holding, Model
from reliability.mutants import Mutant, no_take_back, swallowed_errors
from reliability.observation import chain_fault, observe
from reliability.place import copy_of, prepare, workplace
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
        fault = judged(kind, folder, allowed, child.board) or (_synced_again(lines) if kind == "json" else None)
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


def judged(kind: str, folder: Path, allowed: Mapping[int, list[Holding]], board: Board) -> str | None:
    """Return what is wrong with a store, or with what its handle said, after a step under faults, or None."""
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
            time.sleep(0.0005)  # by a call that no fault is put into
        for store, config in opened:
            found = observe(store)
            if found not in allowed[board[OUTCOME]]:
                board.text = f"the same handle says {found}, which is none of {allowed[board[OUTCOME]]}"
            with suppress(StoreError):
                config.update({"work.number": 4711})
                board[ACKNOWLEDGED] = 1
            config.close()

    return before, under
