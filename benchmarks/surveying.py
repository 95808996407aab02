"""Whom a change of policies touches, among a million users: ``python benchmarks/surveying.py [--users N]``.

It builds a SQLite store, with the plugins of this repository; it takes some minutes and 1.5 kB of disk for each user.
All is removed at the end.
"""

from __future__ import annotations

import argparse
import importlib
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from committing import draft_of
from table import Row, aligned, size

import cfgcore
from cfgcore.store.opening import open_store
from cfgcore.store.protocol import Manifold, Request, Store, Write

MANY = 1_000_000
PAGE = 1000
WITHIN = 60.0

PLUGINS = ("analytics", "downloader", "fallback", "health", "models", "notifications", "storage", "updates")

LEVELS = ("manual", "semi_automatic", "fully_automatic")


def main() -> None:
    """Build, measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=MANY, metavar="N", help=f"how many there are ({MANY:,})")
    parser.add_argument("--folder", type=Path, help="where the store is built (a temporary folder)")
    given = parser.parse_args()
    print(f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} {platform.machine()}\n")
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        url = f"sqlite:///{Path(folder) / 'users.db'}"
        with closing(open_store(url)) as store:
            build(store, given.users)
            reading = _timed_reading(store)
        print(aligned(rows(url, given.users, reading)), flush=True)


def rows(url: str, users: int, reading: float) -> list[Row]:
    """Return the rows: a policy that binds what every other user has set, and rules that hang together."""
    plugins = [importlib.import_module(f"cfgcore_{name}.plugin") for name in PLUGINS]
    with cfgcore.open(store=url, plugins=plugins, plugin_group=None, settings_files=[], environ={}) as config:
        named = f"whom a policy touches, among {users:,} users: "
        found = []
        for what, change in CHANGES.items():
            start = time.perf_counter()
            touched = config.plan(change, actor="root").users()
            took = time.perf_counter() - start
            assert touched.total == users
            found.append(Row(f"{named}{what} ({touched.count:,})", took, reading, "reading them", within=WITHIN))
        return [*found, Row("  memory of the process", _resident(), 150e6, "", unit=size)]


CHANGES: dict[str, dict[str, Any]] = {
    "max_user_storage_gb": {"policies.storage.max_user_storage_gb": 100.0},
    "require_approval_for_updates": {"policies.updates.require_approval_for_updates": True},
    "a rule on health.check_interval_hours": {
        "policies.rules": [{"path": "health.check_interval_hours", "minimum": 12, "maximum": 48}]
    },
}


def build(store: Store, users: int) -> None:
    """Write so many users, a commit for each: most have set a limit, some an automation level, some a schedule."""
    assert isinstance(store, Manifold), "every store that speaks SQL is"
    for first in range(0, users, PAGE):
        store.commit_all([_request(number) for number in range(first, min(first + PAGE, users))])


def _request(number: int) -> Request:
    values = dict(_values(number))
    write = Write(values, dict.fromkeys(values, 1))
    return Request({f"user/user{number:07}": write}, {}, draft_of(f"user{number:07}", number % 50), {}, commits=True)


def _values(number: int) -> Iterator[tuple[str, Any]]:
    if number % 2:
        yield "storage", {"max_storage_gb": 1 + number % 997 / 4, "min_free_space_gb": 1 + number % 89}
    else:
        yield "health", {"check_interval_hours": 1 + number % 8760}
    if number % 10 == 0:
        yield "models", {"automation_level": LEVELS[number // 10 % 3], "preferred_models": ["acme/x", "gpt2"]}
    if number % 3 == 0:
        yield "download", {"max_retries": number % 11}


def _timed_reading(store: Store) -> float:
    start, after = time.perf_counter(), ""
    while names := store.names("user/", after, PAGE):
        store.read(names)
        after = names[-1]
    return time.perf_counter() - start


def _resident() -> float:
    import resource

    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))


if __name__ == "__main__":
    main()
