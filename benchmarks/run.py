"""Measure cfgcore against what cannot be undercut, and against its peers: ``python benchmarks/run.py [--peers]``."""

from __future__ import annotations

import argparse
import importlib.util
import os
import tempfile
from pathlib import Path

import application
import committing
import fairness
import flags
import loading
import reading
import starting
import viewing
from measure import machine
from table import aligned

PEERS = ("attrs", "pydantic")


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", action="store_true", help="measure those who do the same as well")
    peers = parser.parse_args().peers
    missing = [name for name in PEERS if importlib.util.find_spec(name) is None] if peers else []
    if missing:
        parser.error(f"not installed: {', '.join(missing)}; install with: pip install {' '.join(missing)}")
    absent = [name for module, name in flags.PEERS.items() if peers and not flags.is_installed(module)]
    if absent:
        print(f"Not installed, and left out of the rows about flags: {', '.join(absent)}.\n")
    print(f"{machine()}\n")
    os.environ.update(application.variables())
    with tempfile.TemporaryDirectory() as folder:
        files = application.write_files(Path(folder))
        for file in files:
            os.utime(file, (0, 0))
        rows = [*reading.rows(files, peers=peers), *loading.rows(files, peers=peers)]
        rows += viewing.rows(files, Path(folder), peers=peers)
        rows += flags.rows(Path(folder), peers=peers)
        rows += [*committing.rows(), *fairness.rows(), *starting.rows(files)]
    print(aligned(rows))
    missed = [row.what for row in rows if row.reached is False]
    print(f"\n{'Every goal is reached.' if not missed else 'Not reached: ' + '; '.join(missed) + '.'}")


if __name__ == "__main__":
    main()
