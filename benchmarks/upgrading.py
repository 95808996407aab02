"""What it takes to rewrite all users for a new release, and to copy them: ``python benchmarks/upgrading.py``.

It builds stores of SQLite and, where a server is installed, of PostgreSQL; it takes some minutes, and about 2 kB of
disk for each user and kind. All is removed at the end.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from fairness import postgresql_server
from many import asked
from measure import machine
from table import Row, aligned, size

import cfgcore
from cfgcore import Config, hookimpl, section, setting, step
from cfgcore.change.copying import BATCH as COPIED
from cfgcore.change.upgrade import BATCH
from cfgcore.store.opening import open_store
from cfgcore.store.protocol import Manifold, Request, Write
from cfgcore.store.record import Draft, Edit, Head
from cfgcore.values.absent import ABSENT

PAGE = 1000
STRIDE = 7919  # visits users far from each other

_MEASURED = """
import json, resource, sys
import upgrading
found = upgrading.{}
found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps(found))
"""
WORKER = _MEASURED.format("finished(sys.argv[1])")
COPIER = _MEASURED.format("copied(*sys.argv[1:])")

Rewrite = Callable[[int], None]


def minutes(values: Mapping[str, Any]) -> dict[str, Any]:
    """Bring version 1 to version 2."""
    newer = dict(values)
    if "timeout_s" in newer:
        newer["timeout_minutes"] = newer.pop("timeout_s") / 60
    return newer


def seconds(values: Mapping[str, Any]) -> dict[str, Any]:
    """Bring version 2 back to version 1."""
    older = dict(values)
    if "timeout_minutes" in older:
        older["timeout_s"] = round(older.pop("timeout_minutes") * 60)
    return older


@section("download", version=2, steps=[step(1, minutes, down=seconds)])
class Download:
    """The section of today."""

    max_retries: int = setting(3, minimum=0)
    timeout_minutes: float = setting(1.0, unit="min")


class Plugin:
    """The release of today."""

    name = "downloader"

    @hookimpl
    def cfgcore_sections(self) -> list[type]:
        """Return the section."""
        return [Download]


def main() -> None:
    """Build, measure, and print the table."""
    given = asked(__doc__)
    print(f"{machine()}\n")
    if given.only != "postgresql":
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            url = f"sqlite:///{Path(folder) / 'users.db'}"
            print(aligned(_rows("SQLite", url, given.users, _raw_sqlite)), flush=True)
    if given.only != "sqlite":
        with postgresql_server() as server:
            if server is not None:
                url = server.url(cfgcore_schema="users")
                print(aligned(_rows("PostgreSQL", url, given.users, _raw_postgresql)), flush=True)


def opened(url: str) -> Config:
    """Open the application of today with that store."""
    return cfgcore.open(settings_files=[], plugins=[Plugin()], plugin_group=None, environ={}, store=url)


def finished(url: str) -> dict[str, Any]:
    """Finish the upgrade; return the seconds it took, and whether nothing is left to do."""
    with opened(url) as config:
        start, cpu = time.perf_counter(), time.process_time()
        config.upgrade.finish(actor="root")
        took = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}
        return {**took, "finished": config.upgrade.plan().finished}


def _rows(kind: str, url: str, users: int, raw: Callable[[str], AbstractContextManager[Rewrite]]) -> list[Row]:
    _build(url, users)
    alone = _changes(url, users, lambda: None, 200)
    command = [sys.executable, "-c", WORKER, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent) as worker:
        meanwhile = _changes(url, users, worker.poll)
        found: dict[str, Any] = json.loads(worker.communicate()[0])
    assert found["finished"], found
    with raw(url) as rewrite:
        start = time.perf_counter()
        rewrite(BATCH)
        limit = time.perf_counter() - start
    against = f"raw rewrite of the documents, {BATCH} in a transaction"
    return [
        Row(
            f"upgrade of {users:,} users in {kind}, while others change",
            found["seconds"],
            limit,
            against,
        ),
        Row("  for each user", found["seconds"] / users, limit / users, "the same"),
        Row("  of that, CPU of the process", found["cpu"], limit, "the same"),
        Row("  memory of the process", found["memory"], 150e6, "", within=150e6, unit=size),
        Row("  a commit of another process meanwhile, median", median(meanwhile), median(alone), "without an upgrade"),
        Row("  the longest", max(meanwhile), max(alone), "without an upgrade", within=1.0),
        *_copying(url, users),
    ]


def _copying(url: str, users: int) -> list[Row]:
    """Return the rows of a copy of the store, whose users are checked, into a new SQLite store."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", COPIER, url, f"sqlite:///{Path(folder) / 'copy.db'}"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=Path(__file__).parent)
        found: dict[str, Any] = json.loads(done.stdout)
        limit = _raw_copy(Path(folder) / "copy.db", Path(folder) / "raw.db")
    against = "raw copy of its rows, 500 in a transaction"
    return [
        Row(f"cfgcore migrate of {users:,} users into a new SQLite store", found["seconds"], limit, against),
        Row("  of that, CPU of the process", found["cpu"], limit, "the same"),
        Row("  memory of the process", found["memory"], 150e6, "", within=150e6, unit=size),
    ]


def copied(source: str, target: str) -> dict[str, Any]:
    """Migrate a store into a new one; return the seconds it took."""
    start, cpu = time.perf_counter(), time.process_time()
    cfgcore.migrate(source, target, plugins=[Plugin()], plugin_group=None)
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}


def _raw_copy(source: Path, target: Path) -> float:
    """Copy the rows of all tables into another database, and return the seconds it took."""
    from cfgcore.store.sqlite_tables import COLUMNS, create

    opened = (closing(sqlite3.connect(file, isolation_level=None)) for file in (source, target))
    with next(opened) as old, next(opened) as new:
        new.execute("PRAGMA journal_mode = WAL")
        new.execute("PRAGMA synchronous = FULL")
        create(new, Head("raw"))
        start = time.perf_counter()
        for table, columns in COLUMNS.items():
            rows = old.execute(f"SELECT {', '.join(columns)} FROM {table}")
            query = f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})"
            while page := rows.fetchmany(COPIED):
                new.execute("BEGIN IMMEDIATE")
                new.executemany(query, page)
                new.execute("COMMIT")
        return time.perf_counter() - start


def _changes(url: str, users: int, ended: Callable[[], object], times: int = 10**9) -> list[float]:
    """Change users far from each other until it is ended; return the seconds that each change took."""
    took: list[float] = []
    with opened(url) as config:
        while ended() is None and len(took) < times:
            user = f"user{len(took) * STRIDE % users:07}"
            start = time.perf_counter()
            config.update({"download.max_retries": 100 + len(took)}, user=user)
            took.append(time.perf_counter() - start)
    return took


def _build(url: str, users: int) -> None:
    """Write so many users for the release before, a commit for each, many in one transaction."""
    with closing(open_store(url)) as store:
        assert isinstance(store, Manifold), "every store that speaks SQL is"
        for first in range(0, users, PAGE):
            store.commit_all([_request(number) for number in range(first, min(first + PAGE, users))])


def _request(number: int) -> Request:
    user = f"user{number:07}"
    values = {"max_retries": number % 50, "timeout_s": 60 * (number % 90)}
    edits = tuple(Edit(("download", name), ABSENT, value) for name, value in values.items())
    draft = Draft("update", user, "", "2026-01-31T12:00:00Z", {f"user/{user}": edits}, {"download": 1})
    return Request({f"user/{user}": Write({"download": values}, {"download": 1})}, {}, draft, {}, commits=True)


@contextmanager
def _raw_sqlite(url: str) -> Iterator[Rewrite]:
    from cfgcore.store.sqlite_file import connect

    with closing(connect(Path(url.removeprefix("sqlite:///")))) as connection:

        def rewrite(size: int) -> None:
            after = ""
            query = "SELECT name, revision, content, digest FROM documents WHERE name > ? ORDER BY name LIMIT ?"
            while rows := connection.execute(query, (after, size)).fetchall():
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows)
                connection.execute("COMMIT")
                after = rows[-1][0]

        yield rewrite


@contextmanager
def _raw_postgresql(url: str) -> Iterator[Rewrite]:
    from cfgcore.store.session import address_of, connect

    address = address_of(url)
    with closing(connect(address, 10.0)) as connection:
        table = f'"{address.schema}".documents'

        def rewrite(size: int) -> None:
            after = ""
            query = f"SELECT name, revision, content, digest FROM {table} WHERE name > %s ORDER BY name LIMIT %s"
            update = (
                f"INSERT INTO {table} SELECT * FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[])"
                " ON CONFLICT (name) DO UPDATE SET revision = excluded.revision, content = excluded.content,"
                " digest = excluded.digest"
            )
            while rows := connection.execute(query.encode(), (after, size)).fetchall():
                columns = [list(column) for column in zip(*rows, strict=True)]
                connection.execute(update.encode(), columns)  # a transaction of its own
                after = rows[-1][0]

        yield rewrite


if __name__ == "__main__":
    main()
