"""How long a durable commit of one override takes, against what any durable write on this machine must cost."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path

import measure
from table import Row

import cfgcore
from cfgcore import Config, hookimpl, section, setting
from cfgcore.store.json_file import JsonFileStore
from cfgcore.store.protocol import Store, Write
from cfgcore.store.record import Draft, Edit
from cfgcore.store.sqlite import SqliteStore

BATCH = 50
ROUNDS = 15
WRITERS = 8
USERS = 100
VERSIONS = {"download": 1}


@section("download")
class DownloadConfig:
    """What is overridden."""

    max_retries: int = setting(3, minimum=0)


class Plugin:
    """Brings the section."""

    @hookimpl
    def cfgcore_sections(self) -> list[type[DownloadConfig]]:
        return [DownloadConfig]


def rows() -> list[Row]:
    """Return the rows of commits, each a batch of them, one commit at a time."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        sqlite = stack.enter_context(closing(SqliteStore(folder / "store.db")))
        json_file = stack.enter_context(closing(JsonFileStore(folder / "store.json")))
        config = stack.enter_context(_config(folder))
        for number in range(USERS):
            commit(json_file, f"user{number}", number)
        subjects = {
            "sqlite": _batch(sqlite),
            "writers": _together(sqlite),
            "json": _batch(json_file),
            "update": _updates(config),
            "raw": _raw_sqlite(stack, folder),
            "replace": _replace(folder, (folder / "store.json").read_bytes()),
            "log": _log(stack, folder),
        }
        found = {name: seconds / BATCH for name, seconds in measure.medians(subjects, ROUNDS).items()}
    raw = found["raw"], "raw SQLite, WAL, synchronous=FULL"
    return [
        Row("durable commit of one override, SQLite store", found["sqlite"], *raw, times=2.0),
        Row(f"  the same, {WRITERS} writers sharing fsyncs", found["writers"], *raw),
        Row("  the same through config.update(), checked and published", found["update"], *raw, times=2.0),
        Row("  against a log that is written and synced", found["sqlite"], found["log"], "write and fdatasync"),
        Row(
            f"durable commit of one override, JSON store with {USERS} users",
            found["json"],
            found["replace"],
            "write, fsync and rename",
            times=2.0,
        ),
    ]


def _config(folder: Path) -> Config:
    return cfgcore.open(
        settings_files=[], plugins=[Plugin()], plugin_group=None, environ={}, store=f"sqlite:///{folder / 'update.db'}"
    )


def commit(store: Store, user: str, number: int) -> None:
    """Commit an override of a user."""
    store.commit({f"user/{user}": Write({"download": {"max_retries": number}}, VERSIONS)}, {}, draft_of(user, number))


def draft_of(user: str, number: int) -> Draft:
    """Return the record of such a commit."""
    edits = {f"user/{user}": [Edit(("download", "max_retries"), 3, number)]}
    return Draft("update", user, "", "2026-01-01T00:00:00Z", edits, VERSIONS)


def _numbers() -> Iterator[int]:
    return count(1)


def _batch(store: Store) -> Callable[[], object]:
    numbers = _numbers()
    return _repeated(lambda: commit(store, "user7", next(numbers)))


def _together(store: Store) -> Callable[[], object]:
    numbers = _numbers()

    def commit_some(user: str) -> None:
        for _ in range(max(1, BATCH // WRITERS)):
            commit(store, user, next(numbers))

    def run() -> None:
        threads = [threading.Thread(target=commit_some, args=(f"user{number}",)) for number in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return run


def _updates(config: Config) -> Callable[[], object]:
    numbers = _numbers()
    return lambda: [config.update({"download.max_retries": next(numbers)}, user="user7") for _ in range(BATCH)]


def _raw_sqlite(stack: ExitStack, folder: Path) -> Callable[[], object]:
    connection = stack.enter_context(closing(sqlite3.connect(folder / "raw.db", isolation_level=None)))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE overrides (user TEXT PRIMARY KEY, content TEXT)")
    numbers = _numbers()
    statement = "INSERT OR REPLACE INTO overrides VALUES ('user7', ?)"
    return lambda: [connection.execute(statement, (f'{{"max_retries": {next(numbers)}}}',)) for _ in range(BATCH)]


def _replace(folder: Path, content: bytes) -> Callable[[], object]:
    def once() -> None:
        with open(folder / "new", "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(folder / "new", folder / "replaced")

    return _repeated(once)


def _log(stack: ExitStack, folder: Path) -> Callable[[], object]:
    descriptor = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    stack.callback(os.close, descriptor)
    sync = getattr(os, "fdatasync", os.fsync)

    def once() -> None:
        os.write(descriptor, b"x" * 500)
        sync(descriptor)

    return _repeated(once)


def _repeated(once: Callable[[], None]) -> Callable[[], object]:
    def run() -> None:
        for _ in range(BATCH):
            once()

    return run
