"""Stores that are broken on purpose: a harness that does not catch them has proved nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Mutant:
    """A defect with a name. `apply` breaks the running process, which is a child that goes soon."""

    name: str
    apply: Callable[[], None]


def unlocked_acknowledgement(kind: str) -> Mutant:
    """Return the store that acknowledges a commit before it has written it: the one before the last is written."""
    return Mutant("written one commit late", _late_json if kind == "json" else _late_sqlite)


def no_sync(kind: str) -> Mutant:
    """Return the store that does not wait for the disk."""
    if kind == "json":
        return Mutant("no fsync", _no_fsync)
    return Mutant("synchronous=NORMAL", _normal)


def no_folder_sync() -> Mutant:
    """Return the JSON store that does not see the names of its files to the disk."""
    return Mutant("no fsync of the folder", _no_folder_sync)


def no_expectations(kind: str) -> Mutant:
    """Return the store that commits whatever has been committed since it was read."""
    return Mutant("no compare-and-swap", _no_check_json if kind == "json" else _no_check_sqlite)


def no_digest(kind: str) -> Mutant:
    """Return the store that believes what it reads."""
    return Mutant("no digests", _no_digest_json if kind == "json" else _no_digest_sqlite)


def unchecked_chain() -> Mutant:
    """Return the store whose chain is there for show."""
    return Mutant("a chain that nobody checks", _no_chain)


def fsync_again() -> Mutant:
    """Return the JSON store that asks a failed descriptor once more, and believes the answer."""
    return Mutant("a failed fsync is tried again", _again)


def no_take_back() -> Mutant:
    """Return the JSON store that leaves what it could not write whole where it is."""
    return Mutant("a failed write stays", _no_take_back)


def swallowed_errors() -> Mutant:
    """Return the SQLite store that acknowledges what could not be committed."""
    return Mutant("errors are swallowed", _swallow)


def _late_json() -> None:
    from cfgcore.store.json_file import JsonFileStore
    from cfgcore.store.record import seal

    plain, late = JsonFileStore.commit, list[Any]()

    def commit(self: JsonFileStore, writes: Any, expect: Any, draft: Any, secrets: Any = None, **named: Any) -> Any:
        for waiting in late:
            plain(self, *waiting)
        late[:] = [(writes, {}, draft, secrets)]
        return seal(self.head(), draft, commits=True)

    _replace(JsonFileStore, "commit", commit)


def _late_sqlite() -> None:
    from cfgcore.store.record import seal
    from cfgcore.store.sqlite import SqliteStore

    plain, late = SqliteStore.commit, list[Any]()

    def commit(self: SqliteStore, writes: Any, expect: Any, draft: Any, secrets: Any = None) -> Any:
        for waiting in late:
            plain(self, *waiting)
        late[:] = [(writes, {}, draft, secrets)]
        return seal(self.head(), draft, commits=True)

    _replace(SqliteStore, "commit", commit)


def _no_fsync() -> None:
    from cfgcore.store import durable

    _replace(durable, "sync", lambda descriptor: None)


def _no_folder_sync() -> None:
    from cfgcore.store import durable

    _replace(durable, "sync_folder", lambda folder: None)


def _normal() -> None:
    from cfgcore.store import sqlite, sqlite_file

    plain = sqlite_file.connect

    def connect(file: Path) -> Any:
        connection = plain(file)
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    _replace(sqlite, "connect", connect)


def _no_check_json() -> None:
    from cfgcore.store.json_file import JsonFileStore

    _replace(JsonFileStore, "_check", lambda self, expect: None)


def _no_check_sqlite() -> None:
    from cfgcore.store.sqlite import SqliteStore

    plain = SqliteStore.commit
    _replace(
        SqliteStore, "commit", lambda self, writes, expect, draft, secrets=None: plain(self, writes, {}, draft, secrets)
    )


def _believe(data: bytes) -> Any:
    from cfgcore.store.data import loads

    return {name: value for name, value in loads(data).items() if name != "digest"}


def _no_digest_json() -> None:
    from cfgcore.store import line, projection, state

    _replace(line, "from_line", _believe)
    _replace(state, "from_line", _believe)
    _replace(state, "broken", lambda records, head, start=None: None)
    _replace(projection, "_is_intact", lambda data: True)


def _no_digest_sqlite() -> None:
    from cfgcore.store import rows

    _replace(rows, "from_line", _believe)
    _replace(rows, "check_line", lambda line: None)
    _replace(rows, "_is_intact", lambda *row: True)


def _no_chain() -> None:
    from cfgcore.change import audit
    from cfgcore.store import replica, state

    _replace(audit, "broken", lambda records, head: None)
    _replace(state, "broken", lambda records, head, start=None: None)
    _replace(replica, "_belongs", lambda line, header: True)


def _again() -> None:
    from cfgcore.store import durable

    plain = durable.sync

    def sync(descriptor: int) -> None:
        try:
            plain(descriptor)
        except OSError:
            plain(descriptor)

    _replace(durable, "sync", sync)


def _no_take_back() -> None:
    from cfgcore.store.journal import Journal

    _replace(Journal, "_take_back", lambda self, offset, cause: None)


def _swallow() -> None:
    from cfgcore.errors import StoreError
    from cfgcore.store.record import seal
    from cfgcore.store.sqlite import SqliteStore

    plain = SqliteStore.commit

    def commit(self: SqliteStore, writes: Any, expect: Any, draft: Any, secrets: Any = None) -> Any:
        try:
            return plain(self, writes, expect, draft, secrets)
        except StoreError:
            return seal(self.head(), draft, commits=True)

    _replace(SqliteStore, "commit", commit)


def _replace(owner: object, name: str, value: object) -> None:
    assert hasattr(owner, name), f"{owner} has no {name} any more"
    setattr(owner, name, value)
