"""P12: order, compare-and-swap and what is stored do not depend on what the clock says."""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

from cfgcore.change import recording
from cfgcore.errors import Conflict
from reliability.application import open_config, open_storage
from reliability.child import Board, call
from reliability.model import Model
from reliability.mutants import Mutant, ordered_by_clock
from reliability.observation import chain_fault, observe, unexpected
from reliability.place import fresh, workplace
from reliability.report import Row
from reliability.scale import Scale
from reliability.workload import choose, follow, perform

JUMPS_EACH = 20
JUMPS = (-3600.0, 86400.0)
DATES = (datetime(1970, 1, 1, 0, 0, 10, tzinfo=timezone.utc), datetime(2100, 1, 1, tzinfo=timezone.utc))


def jumps(kind: str, scale: Scale) -> Row:
    """Let the clock jump before every step, by an hour back, a day on, to 1970 and to 2100, and reopen the store."""
    row, mutant, control = Row("P12", "jumps of the clock", kind), ordered_by_clock(kind), Row("P12", "", kind)
    with workplace(kind) as place:
        for number in range(scale.of(10, 100)):
            _try(row, kind, place, f"{scale.seed}-{number}")
        for number in range(5):
            _try(control, kind, place, f"control-{number}", mutant)
    row.controls[mutant.name] = bool(control.violations)
    return row


def _try(row: Row, kind: str, place: Path, seed: str, mutant: Mutant | None = None) -> None:
    code, text = call(partial(_run, kind, fresh(kind, place / "store"), seed, mutant))
    row.trials += JUMPS_EACH
    if code or text:
        row.violations.append(f"run {seed}: {text}")


def _run(kind: str, place: Path, seed: str, mutant: Mutant | None, board: Board) -> None:
    if mutant is not None:
        mutant.apply()
    chance, model, shift = random.Random(seed), Model(), [0.0]
    real = time.time
    time.time = lambda: real() + shift[0]
    recording.now = lambda: datetime.fromtimestamp(time.time(), timezone.utc).isoformat().replace("+00:00", "Z")
    for _ in range(JUMPS_EACH):
        shift[0] = _jumped(chance, shift[0], real())
        with open_config(kind, place) as config:
            shift[0] = _jumped(chance, shift[0], real())
            step = choose(chance, model)
            perform(config, step, place)
            follow(model, step)
            _refuses_stale(config.view.revision, kind, place)
        store = open_storage(kind, place)
        found, fault = observe(store), chain_fault(store)
        store.close()
        if fault or found != model.holding():
            board.text = f"after {step}: {fault or unexpected(found, [model.holding()])}"
            return


def _refuses_stale(revision: int, kind: str, place: Path) -> None:
    """Check that a change that expects an older revision is refused, whatever the clock says."""
    if not revision:
        return
    with open_config(kind, place) as config:
        try:
            config.update({"work.number": 1234}, expected_revision=revision - 1)
        except Conflict:
            return
    raise AssertionError("a stale change was taken")


def _jumped(chance: random.Random, shift: float, now: float) -> float:
    aims = [shift + jump for jump in JUMPS] + [date.timestamp() - now for date in DATES]
    earliest, latest = (date.timestamp() - now for date in DATES)
    return min(max(chance.choice(aims), earliest), latest + timedelta(days=30).total_seconds())
