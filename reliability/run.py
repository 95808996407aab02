"""Break the stores, and print what they kept of their promises: ``python reliability/run.py [--long]``."""

from __future__ import annotations

import argparse
import logging
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from reliability.report import Row, aligned, troubles
from reliability.rows import ROWS
from reliability.scale import Scale

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
    options = parser.parse_args()
    if options.one:
        print(tried(options.one, Scale(options.seed, options.long)).dumps())
        return 0
    names = [name for name in ROWS if not options.rows or name.startswith(tuple(options.rows))]
    print(f"seed {options.seed}", flush=True)
    rows = list(_all(names, Scale(options.seed, options.long), options.jobs))
    print("\n" + aligned(rows))
    print("".join(f"\n{text}" for row in rows if (text := troubles(row))))
    return 0 if all(row.passed for row in rows) else 1


def tried(name: str, scale: Scale) -> Row:
    """Try one row in this process, which must not have threads: it forks."""
    logging.disable()  # what the stores say of thousands of accidents
    start = time.monotonic()
    row = ROWS[name](scale)
    row.seconds = time.monotonic() - start
    return row


def tried_apart(name: str, scale: Scale) -> Row:
    """Try one row in a process of its own. One that fails itself has broken its promise."""
    command = [sys.executable, "-m", "reliability.run", "--one", name, "--seed", str(scale.seed)]
    found = subprocess.run(
        command + ["--long"] * scale.long,
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if found.returncode != 0:
        return Row(name, "the harness failed", "", violations=[found.stderr[-4000:]])
    return Row.loads(found.stdout.splitlines()[-1])


def _all(names: Sequence[str], scale: Scale, jobs: int) -> Iterator[Row]:
    with ThreadPoolExecutor(jobs) as pool:
        waiting = {pool.submit(tried_apart, name, scale): name for name in names}
        found = {}
        for future in as_completed(waiting):
            name = waiting[future]
            found[name] = row = future.result()
            verdict = row.skipped or ("kept" if row.passed else "BROKEN")
            print(f"{name}: {verdict} ({row.trials:,} trials, {row.seconds:.0f} s)", flush=True)
    yield from (found[name] for name in names)


if __name__ == "__main__":
    sys.exit(main())
