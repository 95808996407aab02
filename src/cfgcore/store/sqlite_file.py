"""The file of a SQLite database: made whole or not at all, opened, and told from a damaged or a foreign one."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path as File
from typing import Any

from cfgcore.errors import StoreDamaged, StoreError
from cfgcore.store.durable import draft_of, open_descriptor, replace, sweep, sync_file, sync_folder
from cfgcore.store.network import is_network
from cfgcore.store.place import unwritable
from cfgcore.store.record import Head
from cfgcore.store.rows import FORMAT
from cfgcore.store.sqlite_check import check, is_small
from cfgcore.store.sqlite_tables import COLUMNS, create, read_head

ADVICE = "restore a backup, or move the file away to begin anew"

_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON")


def refuse_place(file: File) -> None:
    """Raise ``StoreError`` where no database can be at `file`, or none that would last."""
    folder = file.parent
    if not folder.is_dir():
        raise StoreError(f"{file}: the folder {folder} does not exist")
    if file.exists() and not file.is_file():
        raise StoreError(f"{file}: it is a folder, not a file")
    if is_network(folder):
        raise StoreError(f"{file}: {folder} is a network file system, on which SQLite loses data; use postgresql://")


def ensure(file: File) -> None:
    """Make the database where there is none. Its lock must be held.

    A database is never seen half made: an empty file is one that has lost everything, and raises ``StoreDamaged``.
    """
    sweep(file)
    if not file.exists():
        write_database(file, Head(uuid.uuid4().hex), {})
    elif file.stat().st_size == 0:
        raise StoreDamaged(f"{file}: it is empty; {ADVICE}")


def connect(file: File) -> sqlite3.Connection:
    """Open an existing database, so that a commit has reached the disk when it returns."""
    connection = _connect(file, timeout=5.0, check_same_thread=False)
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def connect_read_only(file: File) -> sqlite3.Connection:
    """Open a database that this process cannot write. Raises ``StoreError`` where SQLite cannot read it like that.

    While another process writes it, or after one died, its newest commits lie in the ``-wal``, of which SQLite finds
    its way by the ``-shm``. Without a ``-wal`` the database is complete, and nothing beside it has to be written.
    """
    log, index = (file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm"))
    if not log.exists():
        return _connect(file, "mode=ro&immutable=1", check_same_thread=False)
    if not index.exists() and unwritable(file.parent) is not None:
        raise StoreError(
            f"{file}: its newest commits are in {log.name}, which cannot be read without {index.name}; "
            f"copy both files to where they can be written, and open the copy"
        )
    return _connect(file, "mode=ro", timeout=5.0, check_same_thread=False)


def recognise(file: File, connection: sqlite3.Connection) -> None:
    """Raise ``StoreError`` where the database is something else's or newer, ``StoreDamaged`` where it is damaged."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "head" not in tables:
        raise StoreError(f"{file}: it is a database of something else; nothing was changed")
    (found,) = connection.execute("SELECT max(format) FROM head").fetchone()
    if isinstance(found, int) and found > FORMAT:
        raise StoreError(f"{file}: it was written by a newer cfgcore (format {found}); upgrade cfgcore")
    if is_small(connection):
        check(connection)


def write_database(file: File, head: Head, tables: Mapping[str, Iterable[tuple[Any, ...]]]) -> None:
    """Write a database with these rows to `file`, which is not there before it is complete and on the disk."""
    with _draft(file) as draft, contextlib.closing(_connect(draft)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")  # a draft needs no way back
        connection.execute("BEGIN")
        create(connection, head)
        for name, rows in tables.items():
            places = ", ".join("?" * len(COLUMNS[name]))
            connection.executemany(f"INSERT INTO {name} VALUES ({places})", rows)
        connection.execute("COMMIT")


def write_copy(connection: sqlite3.Connection, target: File) -> Head:
    """Copy the whole database, as of one moment, to `target`, at once; return the head that the copy holds."""
    with _draft(target) as draft:
        connection.execute("VACUUM INTO ?", (str(draft),))
        with contextlib.closing(_connect(draft)) as copy:
            return read_head(copy)


def refuse_existing(target: File) -> None:
    """Raise ``StoreError`` where a backup would overwrite something, or has no folder."""
    if target.exists():
        raise StoreError(f"{target}: the target of a backup must not exist")
    if not target.parent.is_dir():
        raise StoreError(f"{target}: the folder {target.parent} does not exist")


class translated:
    """Raises what SQLite, or the system, says as ``StoreDamaged`` or ``StoreError`` of the store at `url`."""

    __slots__ = ("_url",)

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, (UnicodeDecodeError, OSError, sqlite3.DatabaseError)):
            raise _translation(self._url, error) from error


def _translation(url: str, error: UnicodeDecodeError | OSError | sqlite3.DatabaseError) -> StoreError:
    if isinstance(error, UnicodeDecodeError):
        return StoreDamaged(f"{url}: {error}; {ADVICE}")
    if isinstance(error, OSError):
        return StoreError(f"{url}: {error.strerror or error}")
    name = getattr(error, "sqlite_errorname", "")  # since Python 3.11
    damaged = name in ("SQLITE_CORRUPT", "SQLITE_NOTADB")
    if damaged or "malformed" in str(error) or "not a database" in str(error):
        return StoreDamaged(f"{url}: {error}; {ADVICE}")
    return StoreError(f"{url}: {error}")


def _connect(file: File, mode: str = "mode=rw", **options: Any) -> sqlite3.Connection:
    address = f"{file.absolute().as_uri()}?{mode}"  # and never make one
    connection: sqlite3.Connection = sqlite3.connect(address, uri=True, isolation_level=None, **options)
    return connection


@contextlib.contextmanager
def _draft(file: File) -> Iterator[File]:
    """Give an empty file that only its owner may read, because it will hold secrets; put it in the place of `file`."""
    draft = draft_of(file)
    try:
        os.close(open_descriptor(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        yield draft
        sync_file(draft)
        replace(draft, file)
        sync_folder(file.parent)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{file}: it cannot be written: {error}") from error
    finally:
        draft.unlink(missing_ok=True)
