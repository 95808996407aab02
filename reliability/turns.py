"""Who may run now: a row that measures runs alone, those that do not run side by side, in whatever processes."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def turn(*, alone: bool) -> Iterator[None]:
    """Wait until no other row of this user runs, or none that runs alone.

    Whoever comes after one that waits to run alone waits behind it.
    """
    folder = Path(tempfile.gettempdir()) / f"cfgcore-faults-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    with _opened(folder / "floor") as floor:
        with _opened(folder / "door") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(floor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


@contextmanager
def _opened(file: Path) -> Iterator[int]:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
