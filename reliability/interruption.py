"""P1, P22: killed before any system call, a store is what it was or what it was to be, and what is gone is recorded."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from reliability import tracer
from reliability.application import open_config, open_storage
from reliability.child import ACKNOWLEDGED, Board, Child
from reliability.kill import CANARY, PRELUDE, examine, goes_on
from reliability.model import Model
from reliability.mutants import Mutant, recorded_later, two_transactions
from reliability.place import copy_of, fresh, prepare, settle, workplace
from reliability.report import Row
from reliability.scale import Scale
from reliability.workload import Step, backup_in, follow, perform

_CALL = re.compile(r"[a-z]\w*(?=\()")
STEPS = (
    Step("update", None, {"work.number": 2}),
    Step("batch", "bob", {"work.left": 30, "work.right": 70, "work.number": 7, "work.token": "new"}),
    Step("undo", to=5),
    Step("rollback", to=2),
    Step("restore"),
)
ERASING = (Step("compact", to=4), Step("erase", "alice"))
ACTIONS = {"compact": "compact", "erase": "forget"}


def every_call(kind: str, scale: Scale) -> Row:
    """Kill before each system call of opening a store, one step, and closing it, until a run is clean."""
    row = Row("P1", "SIGKILL before each system call", kind)
    with workplace(kind) as place:
        ready = place / "ready"
        if scale.has_part(0):
            empty, first = fresh(kind, place / "empty"), Step("update", None, {"work.number": 1})
            _until_clean(row, kind, empty, Model(), first, long=scale.long)
        model = prepare(kind, ready, PRELUDE, keep_after=3)
        for number, step in enumerate(STEPS, 1):
            if scale.has_part(number):
                _until_clean(row, kind, ready, model, step, long=scale.long)
        mutant, control = two_transactions(kind), Row("P1", "", kind)
        _until_clean(control, kind, ready, model, ERASING[0] if kind == "json" else STEPS[0], long=False, mutant=mutant)
        row.controls[mutant.name] = bool(control.violations)
    return row


def erasures(kind: str, scale: Scale) -> Row:
    """Kill before each system call of an erasure and of a compaction: what is gone, and its record, are one."""
    row = Row("P22", "SIGKILL of an erasure: it is recorded", kind)
    with workplace(kind) as place:
        model = prepare(kind, place / "ready", PRELUDE, keep_after=3)
        for number, step in enumerate(ERASING):
            if scale.has_part(number):
                _until_clean(row, kind, place / "ready", model, step, long=scale.long)
        mutant, control = recorded_later(kind), Row("P22", "", kind)
        _until_clean(control, kind, place / "ready", model, ERASING[1], long=False, mutant=mutant)
        row.controls[mutant.name] = bool(control.violations)
    return row


def _until_clean(
    row: Row,
    kind: str,
    template: Path,
    model: Model,
    step: Step,
    *,
    long: bool,
    mutant: Mutant | None = None,
) -> None:
    """Kill before the first, second, third ... of each system call that one run makes."""
    folder = template.with_name("trial")
    for name in changing_calls(copy_of(kind, template, folder), _one(kind, folder, step, mutant), long=long):
        number, code = 0, -9
        while code == -9:
            number += 1
            copy_of(kind, template, folder)
            child = Child(_one(kind, folder, step, mutant))
            with tracer.attached(child, *tracer.killing(name, number)):
                child.go()
                code = child.wait()
            settle(kind, folder)
            fault = child.board.text or _judged(kind, folder, model, step, child.board)
            child.board.close()
            row.trials += 1
            if fault:
                row.violations.append(f"{step.kind}, killed before {name} {number}: {fault}")
                if mutant is not None:
                    return


def changing_calls(folder: Path, act: Callable[[Board], None], *, long: bool) -> list[str]:
    """Return the system calls that a child makes in `folder` and that change anything that lasts; or (`long`) all."""
    child, log = Child(act), folder.with_name("calls")
    with tracer.attached(child, log=log):
        child.go()
        child.wait()
    child.board.close()
    found = {call[0] for line in log.read_text().splitlines() if (call := _CALL.match(line))}
    return sorted(found if long else found & set(tracer.CHANGING))


def _judged(kind: str, folder: Path, model: Model, step: Step, board: Board) -> str | None:
    after = model.copy()
    follow(after, step)
    allowed = [after.holding()] if board[ACKNOWLEDGED] else [model.holding(), after.holding()]
    fault = examine(kind, folder, allowed) or _unrecorded(kind, folder, step)
    return fault or (_erased(kind, folder) if step.kind == "erase" else None) or goes_on(kind, folder)


def _unrecorded(kind: str, folder: Path, step: Step) -> str | None:
    """Return what is gone without a record that says so, or is recorded and still there."""
    if step.kind not in ACTIONS:
        return None
    with closing(open_storage(kind, folder)) as store:
        recorded = ACTIONS[step.kind] in [record.action for record in store.log()]
        gone = store.head().horizon == step.to - 1 if step.kind == "compact" else "user/alice" not in store.names()
    return None if gone == recorded else f"gone: {gone}, recorded: {recorded}"


def _erased(kind: str, folder: Path) -> str | None:
    """Erase once more what a killed process may have erased by half, and look for what is left of it."""
    try:
        with open_config(kind, folder) as config:
            config.forget("alice")
    except Exception as error:
        return f"erasing cannot be taken up again: {error}"
    kept = backup_in(folder).parent
    left = [f for f in folder.rglob("*") if f.is_file() and kept not in f.parents and CANARY.encode() in f.read_bytes()]
    return f"what was erased is still in {left}" if left else None


def _one(kind: str, folder: Path, step: Step, mutant: Mutant | None) -> Callable[[Board], None]:
    def act(board: Board) -> None:
        if mutant is not None:
            mutant.apply()
        with open_config(kind, folder) as config:
            perform(config, step, folder)
            board[ACKNOWLEDGED] = 1

    return act
