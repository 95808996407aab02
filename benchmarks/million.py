"""What a million users cost, against a thousand: ``python benchmarks/million.py``.

It builds stores of SQLite and, where a server is installed, of PostgreSQL; it takes some minutes, and about 1.5 kB of
disk for each user and kind. All is removed at the end.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import measure
from committing import Plugin, draft_of
from fairness import postgresql_server
from many import asked
from table import Row, aligned, size

import cfgcore
from cfgcore import Config
from cfgcore.store.opening import open_store
from cfgcore.store.protocol import Manifold, Request, Write

FEW = 1000
PAGE = 1000
BATCH = 20
ROUNDS = 25
STRIDE = 7919  # visits users far from each other

MEMORY = """
import resource, sys
import million
with million.opened(sys.argv[1]) as config:
    million.visited(config, int(sys.argv[2]), 2000)()
    million.changed(config, int(sys.argv[2]), 200)()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""


@dataclass(frozen=True, slots=True)
class Built:
    """A store with so many users, and what it took to write it: seconds, and bytes on the disk."""

    url: str
    users: int
    seconds: float
    bytes: int


def main() -> None:
    """Build, measure, and print the table."""
    given = asked(__doc__)
    print(f"{measure.machine()}\n")
    rows: list[Row] = []
    if given.only != "postgresql":
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            rows += _shown(_rows("SQLite", *(_sqlite(Path(folder), users) for users in (FEW, given.users))))
    if given.only != "sqlite":
        with postgresql_server() as server:
            if server is not None:
                urls = (server.url(cfgcore_schema=f"users_{users}") for users in (FEW, given.users))
                rows += _shown(_rows("PostgreSQL", *map(_built, urls, (FEW, given.users))))
    missed = [row.what for row in rows if row.reached is False]
    print(f"\n{'Every goal is reached.' if not missed else 'Not reached: ' + '; '.join(missed) + '.'}")


def _shown(rows: list[Row]) -> list[Row]:
    print(aligned(rows), flush=True)
    return rows


def opened(url: str) -> Config:
    """Open a small application with that store."""
    return cfgcore.open(settings_files=[], plugins=[Plugin()], plugin_group=None, environ={}, store=url)


def visited(config: Config, users: int, times: int) -> Callable[[], object]:
    """Return a function that makes the views of other users each time it is called."""
    chosen = _chosen(users)
    return lambda: [config.for_user(next(chosen)) for _ in range(times)]


def changed(config: Config, users: int, times: int) -> Callable[[], object]:
    """Return a function that commits one override of other users each time it is called."""
    chosen, numbers = _chosen(users), count(100)
    return lambda: [config.update({"download.max_retries": next(numbers)}, user=next(chosen)) for _ in range(times)]


def _rows(kind: str, few: Built, many: Built) -> list[Row]:
    named = f"{many.users:,} users in {kind}"
    against = f"with {few.users:,}"
    with ExitStack() as stack:
        configs = {built.users: stack.enter_context(opened(built.url)) for built in (few, many)}
        subjects = {f"commit {users}": changed(config, users, BATCH) for users, config in configs.items()}
        subjects |= {f"view {users}": _cold(config, users) for users, config in configs.items()}
        found = {name: seconds / BATCH for name, seconds in measure.medians(subjects, ROUNDS).items()}
    opening = measure.medians({str(b.users): partial(_open_and_close, b.url) for b in (few, many)}, ROUNDS)
    memory = [_memory(built) for built in (few, many)]
    return [
        Row(
            f"{named}: commit of one override, checked",
            found[f"commit {many.users}"],
            found[f"commit {few.users}"],
            against,
            times=1.2,
        ),
        Row("  a user's view, not cached", found[f"view {many.users}"], found[f"view {few.users}"], against, times=1.2),
        Row("  open the configuration", opening[str(many.users)], opening[str(few.users)], against, within=0.5),
        Row("  memory of the process", memory[1], memory[0], against, within=150e6, unit=size),
        Row("  disk for each user", many.bytes / many.users, few.bytes / few.users, against, unit=size),
        Row("  writing all of them, for each user", many.seconds / many.users, few.seconds / few.users, against),
    ]


def _sqlite(folder: Path, users: int) -> Built:
    return _built(f"sqlite:///{folder / f'{users}.db'}", users)


def _built(url: str, users: int) -> Built:
    """Write so many users, a commit for each, many in one transaction."""
    start = time.perf_counter()
    with closing(open_store(url)) as store:
        assert isinstance(store, Manifold), "every store that speaks SQL is"
        for first in range(0, users, PAGE):
            store.commit_all([_request(number) for number in range(first, min(first + PAGE, users))])
        return Built(url, users, time.perf_counter() - start, _bytes(url))


def _bytes(url: str) -> int:
    if not url.startswith("sqlite:"):
        return _postgresql_bytes(url)
    file = Path(url.removeprefix("sqlite:///"))
    return sum(part.stat().st_size for part in file.parent.glob(f"{file.name}*"))


def _postgresql_bytes(url: str) -> int:
    from cfgcore.store.session import address_of, connect

    query = "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class WHERE relnamespace = %s::regnamespace"
    address = address_of(url)
    with closing(connect(address, 10.0)) as connection:
        return int(connection.execute(query.encode(), [address.schema]).fetchall()[0][0])


def _request(number: int) -> Request:
    name = f"user/{_user(number)}"
    write = Write({"download": {"max_retries": number % 50}}, {"download": 1})
    return Request({name: write}, {}, draft_of(_user(number), number % 50), {}, commits=True)


def _user(number: int) -> str:
    return f"user{number:07}"


def _chosen(users: int) -> Iterator[str]:
    return (_user(number * STRIDE % users) for number in count(1))


def _cold(config: Config, users: int) -> Callable[[], object]:
    """Return a function that makes views which are not in the cache, which is emptied as by changes of those users."""
    chosen = _chosen(users)

    def run() -> None:
        names = [next(chosen) for _ in range(BATCH)]
        config._users.drop(names)
        for name in names:
            config.for_user(name)

    return run


def _open_and_close(url: str) -> None:
    opened(url).close()


def _memory(built: Built) -> float:
    """Return the largest resident size (bytes) of a process that opens the store, visits users and changes some."""
    command = [sys.executable, "-c", MEMORY, built.url, str(built.users)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parent).stdout)


if __name__ == "__main__":
    main()
