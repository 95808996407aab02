"""The PostgreSQL server of a row: every folder of the row's workplace has a schema of its own on it."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cfgcore.testing.postgresql import INSTALL, PostgresqlServer, programs

ADDRESS = "server.url"
PATIENCE = 60.0
TABLES = ("head", "documents", "records", "mentions", "secrets")


def missing() -> str | None:
    """Return why there can be no server here, and what helps, or None."""
    if find_spec("psycopg") is None:
        return "psycopg is not installed: pip install 'cfgcore[postgresql]'"
    return f"there is no PostgreSQL server: {INSTALL}" if programs() is None else None


@contextmanager
def running(place: Path) -> Iterator[PostgresqlServer]:
    """Run a server whose data lie beside the folders of `place`, which say where it is."""
    found = programs()
    assert found is not None, "whoever calls has asked whether a server is missing"
    with PostgresqlServer(found, home=place.parent, login="md5") as server:
        (place / ADDRESS).write_text(server.url(sslmode="disable", gssencmode="disable"), encoding="ascii")
        yield server


def url_of(folder: Path) -> str:
    """Return the URL of the store of a folder."""
    address = (folder.parent / ADDRESS).read_text(encoding="ascii")
    return f"{address}&cfgcore_schema={schema_of(folder)}"


def schema_of(folder: Path) -> str:
    """Return the schema of a folder."""
    return f"s_{folder.name}"


def sql(folder: Path, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Run a query as the owner of the server; ``$.`` stands for the schema of the folder."""
    import psycopg

    desk = _desk(os.getpid(), (folder.parent / ADDRESS).read_text(encoding="ascii"))
    text = query.replace("$.", f"{schema_of(folder)}.").encode()
    try:
        cursor = desk.connection().execute(text, parameters or None)
    except psycopg.OperationalError:
        if not desk.is_lost():
            raise
        cursor = desk.connection().execute(text, parameters or None)  # the server was started anew since
    return cursor.fetchall() if cursor.description else []


class _Desk:
    """The connection by which one process of the harness asks a server; a child that was forked has its own."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection: Any = None

    def connection(self) -> Any:
        """Return the connection, made anew where it is lost."""
        if self.is_lost():
            self._connection = _connect(self._address)
        return self._connection

    def is_lost(self) -> bool:
        """Return whether there is no connection, or one that is of no use any more."""
        return self._connection is None or self._connection.closed


@cache
def _desk(process: int, address: str) -> _Desk:
    return _Desk(address)


@contextmanager
def connected(folder: Path) -> Iterator[Any]:
    """A connection of the owner's; a server that is recovering is waited for."""
    with closing(_connect((folder.parent / ADDRESS).read_text(encoding="ascii"))) as connection:
        yield connection


def _connect(address: str) -> Any:
    import psycopg

    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return psycopg.connect(address, autocommit=True, application_name="reliability")
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise


def kill_session(folder: Path) -> None:
    """Kill the process of one of the connections of stores, if there is one, and wait until the server is itself again.

    The server takes that for a crash: it ends all connections, and recovers.
    """
    import psycopg

    with connected(folder) as connection:
        query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'cfgcore' ORDER BY random() LIMIT 1"
        found = connection.execute(query).fetchone()
        if found is None:
            return
        os.kill(found[0], signal.SIGKILL)
        with suppress(psycopg.OperationalError):
            while True:
                connection.execute("SELECT 1")
    sql(folder, "SELECT 1")


def put_tables_in(disk: Path) -> None:
    """Have the server put all tables that are made from now on in a folder, which anybody may write."""
    tables = disk / "tables"
    disk.parent.chmod(0o755)  # the server is somebody else
    tables.mkdir(mode=0o700)
    owner = sql(disk, "SHOW data_directory")[0][0]
    shutil.chown(tables, Path(owner).owner(), Path(owner).group())
    sql(disk, f"CREATE TABLESPACE small LOCATION '{tables}'")
    sql(disk, "ALTER SYSTEM SET default_tablespace = 'small'")
    sql(disk, "SELECT pg_reload_conf()")
    while sql(disk, "SHOW default_tablespace") != [("small",)]:
        continue


def drop(folder: Path) -> None:
    """Remove the store of a folder."""
    sql(folder, f"DROP SCHEMA IF EXISTS {schema_of(folder)} CASCADE")


def copy(folder: Path, target: Path) -> None:
    """Put a copy of a folder's store in the place of another one's."""
    if _has_tables(folder) and _has_tables(target):
        statements = [f"TRUNCATE {', '.join(f'{schema_of(target)}.{table}' for table in TABLES)}"]
        statements += [f"INSERT INTO {schema_of(target)}.{table} SELECT * FROM $.{table}" for table in TABLES]
        sql(folder, "; ".join(statements))
        return
    drop(target)
    if not _has_schema(folder):
        return
    statements = [f"CREATE SCHEMA {schema_of(target)}"]
    for table in TABLES:
        statements.append(f"CREATE TABLE {schema_of(target)}.{table} (LIKE $.{table} INCLUDING ALL)")
        statements.append(f"INSERT INTO {schema_of(target)}.{table} SELECT * FROM $.{table}")
    sql(folder, "; ".join(statements))


def _has_schema(folder: Path) -> bool:
    return bool(sql(folder, "SELECT 1 FROM pg_namespace WHERE nspname = %s", schema_of(folder)))


def _has_tables(folder: Path) -> bool:
    query = "SELECT count(*) FROM pg_tables WHERE schemaname = %s AND tablename = ANY(%s)"
    return sql(folder, query, schema_of(folder), list(TABLES)) == [(len(TABLES),)]


def settle(folder: Path) -> None:
    """Wait until the server has finished what killed clients asked of it."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    while sql(folder, query) != [(0,)]:
        continue
