"""Whom a change of policies touches, among a million users: ``python benchmarks/surveying.py [--users N]``.

It builds stores of SQLite and, where a server is installed, of PostgreSQL, with the plugins of this repository; that
takes about a minute and 500 bytes of disk for each user, and is not measured. All is removed at the end.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from fairness import postgresql_server
from many import asked
from measure import machine
from table import Row, aligned, size

import cfgcore
from cfgcore.store.opening import open_store
from cfgcore.store.protocol import Manifold, Request, Write
from cfgcore.store.record import Draft

PAGE = 1000
WITHIN = 60.0
MEMORY = 150e6

PLUGINS = ("analytics", "downloader", "fallback", "health", "models", "notifications", "storage", "updates")

LEVELS = ("manual", "semi_automatic", "fully_automatic")

#: The changes that are planned: two policies of plugins, of which one binds what profiles set, and a rule.
CHANGES: dict[str, dict[str, Any]] = {
    "max_user_storage_gb": {"policies.storage.max_user_storage_gb": 100.0},
    "require_approval_for_updates": {"policies.updates.require_approval_for_updates": True},
    "a rule on health.check_interval_hours": {
        "policies.rules": [{"path": "health.check_interval_hours", "minimum": 12, "maximum": 48}]
    },
}


def main() -> None:
    """Build, measure, and print the table."""
    given = asked(__doc__)
    print(f"{machine()}\n")
    found: list[Row] = []
    if given.only != "postgresql":
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            found += _shown("SQLite", f"sqlite:///{Path(folder) / 'users.db'}", given.users)
    if given.only != "sqlite":
        with postgresql_server() as server:
            if server is not None:
                found += _shown("PostgreSQL", server.url(cfgcore_schema="users"), given.users)
    missed = [row.what for row in found if row.reached is False]
    print(f"\n{'Every goal is reached.' if not missed else 'Not reached: ' + '; '.join(missed) + '.'}")


def _shown(kind: str, url: str, users: int) -> list[Row]:
    build(url, users)
    found = list(rows(kind, url, users))
    print(aligned(found), flush=True)
    return found


def build(url: str, users: int) -> None:
    """Write so many users, a thousand in a commit: most have set a limit, some an automation level, some a schedule."""
    with closing(open_store(url)) as store:
        assert isinstance(store, Manifold), "every store that speaks SQL is"
        for first in range(0, users, 10 * PAGE):
            starts = range(first, min(first + 10 * PAGE, users), PAGE)
            store.commit_all([_request(start, min(start + PAGE, users)) for start in starts])


def _request(start: int, end: int) -> Request:
    writes = {f"user/user{number:07}": _write(number) for number in range(start, end)}
    return Request(writes, {}, Draft("import", "root", "", "2026-01-01T00:00:00Z", {}, {}), {}, commits=True)


def _write(number: int) -> Write:
    values = dict(_values(number))
    return Write(values, dict.fromkeys(values, 1))


def _values(number: int) -> Iterator[tuple[str, Any]]:
    if number % 2:
        yield "storage", {"max_storage_gb": 1 + number / 1000, "min_free_space_gb": 1 + number % 89}
    else:
        yield "health", {"check_interval_hours": 1 + number % 8760}
    if number % 10 == 0:
        yield "models", {"automation_level": LEVELS[number // 10 % 3], "preferred_models": ["acme/x", "gpt2"]}
    if number % 3 == 0:
        yield "download", {"max_retries": number % 11}


def rows(kind: str, url: str, users: int) -> Iterator[Row]:
    """Yield the rows of a store: for each change what it takes, and the memory of the process that asked."""
    command = [sys.executable, __file__, "--measure", url]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    reading, named = said["reading"], f"whom a policy touches, among {users:,} users in {kind}: "
    for what, found in said["changes"].items():
        assert found["total"] == users
        about = f"{named}{what} ({found['count']:,})"
        yield Row(about, found["seconds"], reading["seconds"], "reading and decoding them", within=WITHIN)
        yield Row("  the same, processor time", found["processor"], reading["processor"], "reading and decoding them")
        named = "  "
    yield Row("  memory of the process", said["memory"], said["before"], "before it asked", within=MEMORY, unit=size)


def measure(url: str) -> dict[str, Any]:
    """Return what each change takes in this process, and what reading all documents and decoding them takes."""
    plugins = [importlib.import_module(f"cfgcore_{name}.plugin") for name in PLUGINS]
    with cfgcore.open(store=url, plugins=plugins, plugin_group=None, settings_files=[], environ={}) as config:
        _read(url)  # the pages of the database are in the memory of the machine from now on
        start = _Start()
        _read(url)
        reading, before = start.taken(), _resident()
        changes = {}
        for what, change in CHANGES.items():
            start = _Start()
            touched = config.plan(change, actor="root").users()
            changes[what] = {"count": touched.count, "total": touched.total, **start.taken()}
    return {"reading": reading, "before": before, "changes": changes, "memory": _resident()}


class _Start:
    """A moment, from which time is taken: seconds, and those of the processor."""

    def __init__(self) -> None:
        self._seconds, self._processor = time.perf_counter(), time.process_time()

    def taken(self) -> dict[str, float]:
        """Return the time since then."""
        return {
            "seconds": time.perf_counter() - self._seconds,
            "processor": time.process_time() - self._processor,
        }


def _read(url: str) -> None:
    """Read the text of every document, without a look at its digest, and decode it."""
    for text in _texts(url):
        json.loads(text)


def _texts(url: str) -> Iterator[str]:
    query = "SELECT content FROM documents WHERE name >= 'user/' ORDER BY name"
    if url.startswith("sqlite:"):
        import sqlite3

        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            yield from (text for (text,) in connection.execute(query))
    else:
        from cfgcore.store.session import address_of, connect

        address = address_of(url)
        declared = f"DECLARE every CURSOR FOR {query.replace('documents', f'{address.schema}.documents')}"
        with closing(connect(address, 10.0)) as session:
            session.execute(b"BEGIN")
            session.execute(declared.encode())
            while found := session.execute(f"FETCH {PAGE} FROM every".encode()).fetchall():
                yield from (text for (text,) in found)


def _resident() -> float:
    import resource

    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(sys.argv[2])))
    else:
        main()
