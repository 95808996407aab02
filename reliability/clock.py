"""P12: order, compare-and-swap and what is stored do not depend on what the clock says."""

from __future__ import annotations

import logging
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cfgcore.change import recording
from cfgcore.errors import Conflict
from reliability.application import open_config, open_storage
from reliability.child import Board, call
from reliability.model import Model
from reliability.mutants import ordered_by_clock
from reliability.observation import chain_fault, observe, unexpected
from reliability.place import fresh, workplace
from reliability.report import Row
from reliability.scale import Scale
from reliability.workload import choose, follow, perform

ROOT = Path(__file__).resolve().parent.parent
JUMPS_EACH = 50
JUMPS = (-3600.0, 86400.0)
DATES = (datetime(1970, 1, 1, 0, 0, 10, tzinfo=timezone.utc), datetime(2100, 1, 1, tzinfo=timezone.utc))


#: Where Debian has libfaketime, for processes with threads.
LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
PATCHED = "no libfaketime here: the clock is patched in Python"

Jump = Callable[[float], None]


def jumps(kind: str, scale: Scale) -> Row:
    """Let the clock jump before every step, by an hour back, a day on, to 1970 and to 2100, and reopen the store."""
    row, control = Row("P12", "jumps of the clock", kind, note="" if LIBRARY else PATCHED), Row("P12", "", kind)
    with workplace(kind) as place:
        for number in range(scale.of(4, 40)):
            _try(row, kind, place, f"{scale.seed}-{number}", mutated=False)
        for number in range(5):
            if not control.violations:
                _try(control, kind, place, f"control-{number}", mutated=True)
    row.controls[ordered_by_clock(kind).name] = bool(control.violations)
    return row


def main(kind: str, folder: str, seed: str, mutated: str) -> None:
    """Take steps in this process, whose clock is what a file says; print what is wrong."""
    place = Path(folder)
    logging.disable()
    faked, probe = place.with_name("clock"), place.with_name("probe")

    def jump(shift: float) -> None:
        faked.write_text(f"{shift:+.0f}", encoding="ascii")
        probe.write_bytes(b"")  # the clock of the kernel does not jump
        assert abs(time.time() - shift - probe.stat().st_mtime) < 60, "the clock does not jump"

    print(_run(kind, place, seed, mutated == "mutated", jump), end="")


def _try(row: Row, kind: str, place: Path, seed: str, *, mutated: bool) -> None:
    code, text = (_faked if LIBRARY else _patched)(kind, fresh(kind, place / "store"), seed, mutated)
    row.trials += JUMPS_EACH
    if code or text:
        row.violations.append(f"run {seed}: {text}")


def _faked(kind: str, folder: Path, seed: str, mutated: bool) -> tuple[int, str]:
    """Run where every library of the process sees the clock jump; only the kernel does not."""
    clock = folder.with_name("clock")
    clock.write_text("+0", encoding="ascii")
    environment = {
        **os.environ,
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
    command = [sys.executable, "-m", "reliability.clock", kind, str(folder), seed, "mutated" if mutated else ""]
    found = subprocess.run(
        command, env=environment, cwd=ROOT, check=False, capture_output=True, text=True, encoding="utf-8"
    )
    return found.returncode, (found.stdout + found.stderr)[-4000:]


def _patched(kind: str, folder: Path, seed: str, mutated: bool) -> tuple[int, str]:
    def act(board: Board) -> None:
        real, shift = time.time, [0.0]
        time.time = lambda: real() + shift[0]
        recording.now = lambda: datetime.fromtimestamp(time.time(), timezone.utc).isoformat().replace("+00:00", "Z")
        board.text = _run(kind, folder, seed, mutated, lambda to: shift.__setitem__(0, to))

    return call(act)


def _run(kind: str, place: Path, seed: str, mutated: bool, jump: Jump) -> str:
    """Take steps while the clock jumps, and return what is wrong."""
    if mutated:
        ordered_by_clock(kind).apply()
    chance, model, shift, real = random.Random(seed), Model(), 0.0, time.time()
    for _ in range(JUMPS_EACH):
        shift = _jumped(chance, shift, real)
        jump(shift)
        with open_config(kind, place) as config:
            shift = _jumped(chance, shift, real)
            jump(shift)
            step = choose(chance, model)
            perform(config, step, place)
            follow(model, step)
            _refuses_stale(config.view.revision, kind, place)
        store = open_storage(kind, place)
        found, fault = observe(store), chain_fault(store)
        store.close()
        if fault or found != model.holding():
            return f"after {step}: {fault or unexpected(found, [model.holding()])}"
    return ""


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


if __name__ == "__main__":
    main(*sys.argv[1:])
