"""A backup opened as the store that it is, and left as it is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path as File
from tempfile import TemporaryDirectory

from cfgcore.errors import StoreError
from cfgcore.store.opening import open_backup
from cfgcore.store.protocol import Store

_PARTS = ("", ".journal", ".secrets", "-wal")


@contextmanager
def opened_backup(file: File) -> Iterator[Store]:
    """Open a copy of a backup, and of what may lie beside it. Raises ``StoreError`` for what is no backup."""
    if not file.is_file():
        raise StoreError(f"{file}: " + ("it is a folder, not a backup" if file.is_dir() else "there is no such backup"))
    with TemporaryDirectory(prefix="cfgcore-restore-") as folder:
        _copy(file, folder)
        try:
            store = open_backup(File(folder, file.name))
        except StoreError as error:
            cause = str(error).replace(str(File(folder).resolve()), str(file.parent)).replace(folder, str(file.parent))
            raise type(error)(f"{file}: this backup cannot be used: {cause.partition(';')[0]}") from error
        with closing(store):
            yield store


def _copy(file: File, folder: str) -> None:
    try:
        for suffix in _PARTS:
            part = file.with_name(file.name + suffix)
            if part.is_file():
                shutil.copy2(part, folder)
    except OSError as error:
        raise StoreError(f"{file}: the backup cannot be read: {error.strerror}") from error
