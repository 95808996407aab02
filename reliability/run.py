"""Break the stores, and print what they kept of their promises: ``python reliability/run.py [--long]``."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import random
import resource
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from reliability.report import Row, aligned, merged, troubles
from reliability.rows import ROWS, pieces
from reliability.scale import Scale
from reliability.turns import turn

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Try all rows, or those that are named, and return 1 where a promise or a control failed."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="rows: " + ", ".join(ROWS))
    parser.add_argument("rows", nargs="*", help="the beginnings of the names of rows; without any, all are tried")
    parser.add_argument("--long", action="store_true", help="try much more, for hours")
    parser.add_argument(
        "--seed", type=int, default=random.SystemRandom().randrange(10**6), help="for all that is random"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many rows are tried at a time")
    parser.add_argument("--one", choices=ROWS, help="try this row here, and print it as JSON")
    parser.add_argument("--part", type=int, default=0, help="with --one: which part of a row that is split")
    options = parser.parse_args()
    scale = Scale(options.seed, options.long)
    if options.one:
        print(tried(options.one, options.part, scale).dumps())
        return 0
    names = [name for name in ROWS if not options.rows or name.startswith(tuple(options.rows))]
    print(f"seed {options.seed}", flush=True)
    rows = list(_all(names, scale, options.jobs))
    print("\n" + aligned(rows))
    print("".join(f"\n{text}" for row in rows if (text := troubles(row))))
    return 0 if all(row.passed for row in rows) else 1


def tried(name: str, part: int, scale: Scale) -> Row:
    """Try one part of a row in this process, which must not have threads: it forks."""
    logging.disable()  # what the stores say of thousands of accidents
    trial = ROWS[name]
    reason = trial.missing()
    if reason is not None:
        return Row(name.partition("-")[0], name, trial.kind, skipped=reason)
    gc.freeze()  # what was imported
    gc.set_threshold(50_000)
    with turn(alone=trial.alone):
        start = time.monotonic()
        row = trial.act(trial.kind, scale.piece(part, trial.parts))
        row.seconds = time.monotonic() - start
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    row.cpu = sum(each.ru_utime + each.ru_stime for each in used)
    return row


def tried_apart(name: str, part: int, scale: Scale) -> Row:
    """Try one part of a row in a process of its own. One that fails itself has broken its promise."""
    heard, said = _processes().Pipe(duplex=False)
    process = _processes().Process(target=_say, args=(said, name, part, scale))
    process.start()
    said.close()
    try:
        return Row.loads(heard.recv())
    except EOFError:
        process.join()
        return Row(name, "the harness failed", "", violations=[f"its process ended with {process.exitcode}"])
    finally:
        process.join()
        heard.close()


@cache
def _processes() -> ForkServerContext:
    """Return what forks processes from one without threads that has imported all rows: to import takes a second."""
    found = get_context("forkserver")
    found.set_forkserver_preload(["reliability.rows"])
    return found


def _say(said: Connection, name: str, part: int, scale: Scale) -> None:
    try:
        row = tried(name, part, scale)
    except Exception:
        row = Row(name, "the harness failed", "", violations=[traceback.format_exc()[-4000:]])
    said.send(row.dumps())


def _all(names: Sequence[str], scale: Scale, jobs: int) -> Iterator[Row]:
    found: dict[str, list[Row]] = {name: [] for name in names}
    with ThreadPoolExecutor(jobs) as pool:
        waiting = {pool.submit(tried_apart, name, part, scale): name for name, part in pieces(names)}
        for future in as_completed(waiting):
            name = waiting[future]
            found[name].append(future.result())
            if len(found[name]) == ROWS[name].parts:
                row = merged(found[name])
                verdict = row.skipped or ("kept" if row.passed else "BROKEN")
                print(
                    f"{name}: {verdict} ({row.trials:,} trials, {row.seconds:.0f} s, {row.cpu:.0f} CPU s)", flush=True
                )
    yield from (merged(rows) for rows in found.values())


if __name__ == "__main__":
    sys.exit(main())
