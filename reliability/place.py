"""Folders with stores: one is prepared once, and copied for each trial."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from reliability.application import open_config
from reliability.model import Model
from reliability.workload import Step, backup_in, follow, perform

MEMORY = Path("/dev/shm")


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder that is gone afterwards, in memory where that is possible: what was synced is the harness's to know."""
    home = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="reliability-", dir=home) as folder:
        yield Path(folder)


def prepare(kind: str, folder: Path, steps: Sequence[Step], *, keep_after: int | None = None) -> Model:
    """Make a store in `folder` on which steps were taken; after so many of them, a backup is made."""
    folder.mkdir()
    model = Model()
    with open_config(kind, folder) as config:
        for number, step in enumerate(steps, 1):
            perform(config, step, folder)
            follow(model, step)
            if number == keep_after:
                backup_in(folder).parent.mkdir()
                config.backup(backup_in(folder))
                model.keep()
    return model


def copy_of(folder: Path, target: Path) -> Path:
    """Copy a folder, times included, to a place that does not matter any more, and return that."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target)
    return target
