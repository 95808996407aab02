"""Folders with stores: one is prepared once, and copied for each trial."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cfgcore.testing.postgresql import PostgresqlServer
from reliability import server
from reliability.application import POSTGRESQL, open_config
from reliability.model import Model
from reliability.workload import Step, backup_in, follow, perform

MEMORY = Path("/dev/shm")


@contextmanager
def workplace(kind: str) -> Iterator[Path]:
    """A folder for folders of stores of a kind, which is gone afterwards; with a server, where the kind needs one.

    It lies in memory where that is possible: what was synced is the harness's to know.
    """
    with served() if kind == POSTGRESQL else _folder() as found:
        yield found if isinstance(found, Path) else found[0]


@contextmanager
def served() -> Iterator[tuple[Path, PostgresqlServer]]:
    """A workplace with a server, and the server."""
    with _folder() as place, server.running(place) as found:
        yield place, found


@contextmanager
def _folder() -> Iterator[Path]:
    home = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="reliability-", dir=home) as folder:
        yield Path(folder)


def fresh(kind: str, folder: Path) -> Path:
    """Return the folder, empty, and without a store."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if kind == POSTGRESQL:
        server.drop(folder)
    return folder


def prepare(kind: str, folder: Path, steps: Sequence[Step], *, keep_after: int | None = None) -> Model:
    """Make a store for `folder`, new, on which steps were taken; after so many of them, a backup is made."""
    fresh(kind, folder)
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


def copy_of(kind: str, folder: Path, target: Path) -> Path:
    """Copy a folder and its store, times included, to a place that does not matter any more, and return that."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target)
    if kind == POSTGRESQL:
        server.copy(folder, target)
    return target


def settle(kind: str, folder: Path) -> None:
    """Wait until nothing that killed processes have asked for is still to come."""
    if kind == POSTGRESQL:
        server.settle(folder)
