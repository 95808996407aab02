"""A file that is to be written: refused, or backed up, where there is one; then replaced at once."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path as File

from cfgcore.errors import CfgcoreError, SourceError
from cfgcore.store.durable import write_whole

NEW_MODE = 0o666


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written, and where the one that was there before is kept, or None."""

    file: File
    backup: File | None = None


def real_place(file: File) -> File:
    """Return where `file` lies, symbolic links followed. Raises :class:`CfgcoreError` where no file can be."""
    try:
        found = file.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise CfgcoreError(f"{str(file)!r}: it cannot be found: {error}") from error
    if found.is_dir():
        raise CfgcoreError(f"{file}: it is a folder; name a file in it")
    if not found.parent.is_dir():
        raise CfgcoreError(f"{file}: the folder {found.parent} does not exist; make it first")
    if os.path.lexists(found) and not found.is_file():
        raise CfgcoreError(f"{file}: it is a pipe, socket or device, not a file")
    return found


def replace_file(file: File, data: bytes, *, force: bool, backup: bool = True) -> Written:
    """Write `data` to `file` at once, after the file that is there was copied beside it.

    Raises :class:`CfgcoreError` where one is there and it is not to be replaced by `force`, and :class:`SourceError`
    where it cannot be written; the file then is as it was.
    """
    place = real_place(file)
    if place.exists() and not force:
        raise CfgcoreError(f"{file}: it exists; give it another name, or replace it with --force (it is backed up)")
    try:
        kept = back_up([place])[0] if backup and place.exists() else None
        mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else NEW_MODE
        write_whole(place, [data], mode=mode)
    except OSError as error:
        raise SourceError(str(file), f"it cannot be written: {error.strerror}; it is as it was") from error
    return Written(file, kept)


def back_up(files: Iterable[File]) -> list[File]:
    """Copy `files`, which belong together, to names with the first free ``.before-<n>``; raises ``OSError``.

    A store makes room among its ``.backup-<n>`` for newer ones; what it did not write is not called so.
    """
    there = [file for file in files if file.exists()]
    for number in itertools.count(1):
        copies = [file.with_name(f"{file.name}.before-{number}") for file in there]
        if not any(map(os.path.lexists, copies)):
            break
    for file, copy in zip(there, copies, strict=True):
        write_whole(copy, [file.read_bytes()], mode=stat.S_IMODE(file.stat().st_mode))
    return copies
