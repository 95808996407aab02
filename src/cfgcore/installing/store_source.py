"""A store that is read and left exactly as it is: of what lies in files, a copy is opened."""

from __future__ import annotations

import contextlib
import logging
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path as File

from cfgcore.errors import SourceError, StoreError
from cfgcore.installing.recognition import Recognised, is_database
from cfgcore.plugins import Plugins
from cfgcore.store.backups import Backups
from cfgcore.store.json_file import JsonFileStore
from cfgcore.store.opening import open_store
from cfgcore.store.outside import not_taken_in
from cfgcore.store.place import beside
from cfgcore.store.protocol import Store
from cfgcore.store.sqlite import SqliteStore

_BESIDE = ("", ".journal", ".secrets")


@contextlib.contextmanager
def opened_copy(found: Recognised, plugins: Plugins, *, edited: bool = False) -> Iterator[Store]:
    """Open the store that was recognised; of files, a copy in a temporary folder.

    With `edited`, it holds what its file says, where that was edited by hand; else such an edit is refused.

    Raises ``StoreError`` where the store is damaged or newer, and :class:`SourceError` where it cannot be read.
    """
    if found.file is None:
        with contextlib.closing(plugins.open_store(found.url) or open_store(found.url)) as store:
            yield store
        return
    with (
        copied(found.file, found.name) as copy,
        _silent(copy),
        contextlib.closing(_open(copy, found, edited=edited)) as store,
    ):
        yield store


def _open(copy: File, found: Recognised, *, edited: bool) -> Store:
    """Open a copy, to which a document without a journal may add one."""
    try:
        store = SqliteStore(copy) if is_database(copy) else JsonFileStore(copy, backups=0)
        edit = store.outside_edit() if isinstance(store, JsonFileStore) else None
        if edit is None:
            return store
        store.close()
        if not edited:
            raise not_taken_in(str(copy))
        beside(copy, "journal").unlink()
        return JsonFileStore(copy, backups=0)
    except StoreError as error:
        assert found.file is not None, "a copy is one of a file"
        advice = Backups(copy, 0).advice(), Backups(found.file, 0).advice()
        raise type(error)(str(error).replace(*advice).replace(str(copy), found.name)) from error


@contextlib.contextmanager
def _silent(copy: File) -> Iterator[None]:
    """Keep what is logged of a copy to ourselves: nobody else knows of it."""

    def is_of_others(record: logging.LogRecord) -> bool:
        return str(copy) not in record.getMessage()

    logger = logging.getLogger("cfgcore.store")
    logger.addFilter(is_of_others)
    try:
        yield
    finally:
        logger.removeFilter(is_of_others)


@contextlib.contextmanager
def copied(file: File, name: str) -> Iterator[File]:
    """Copy the files of a store into a temporary folder, as of one moment."""
    with tempfile.TemporaryDirectory(prefix="cfgcore-source-") as folder:
        target = File(folder) / file.name
        try:
            if file.with_name(f"{file.name}-wal").exists():
                _copy_database(file, target)
            else:
                for suffix in _BESIDE:
                    part = file.with_name(file.name + suffix)
                    if part.is_file():
                        shutil.copy2(part, target.with_name(target.name + suffix))
        except OSError as error:
            raise SourceError(name, f"it cannot be copied to be read: {error.strerror}") from error
        yield target


def _copy_database(file: File, target: File) -> None:
    """Copy a database that somebody has open; where that cannot be asked of SQLite, with the log beside it."""
    address = f"{file.absolute().as_uri()}?mode=ro"
    try:
        with (
            contextlib.closing(sqlite3.connect(address, uri=True)) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
    except sqlite3.Error:
        for suffix in ("", "-wal"):
            shutil.copy2(file.with_name(file.name + suffix), target.with_name(target.name + suffix))
