"""Files that are written whole or not at all, and bytes that have reached the disk."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path as File

PATIENCE = 2.0

_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)

if sys.platform == "darwin":  # pragma: no cover
    import fcntl

    def sync(descriptor: int) -> None:
        """Wait until the bytes of an open file are on the disk, not only in the disk's own memory."""
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)

elif sys.platform == "win32":  # pragma: no cover

    def sync(descriptor: int) -> None:
        """Wait until the bytes of an open file are on the disk."""
        os.fsync(descriptor)

else:

    def sync(descriptor: int) -> None:
        """Wait until the bytes of an open file, and its length, are on the disk."""
        os.fdatasync(descriptor)


def sync_file(file: File) -> None:
    """Wait until what was written to `file` is on the disk."""
    descriptor = open_descriptor(file, os.O_RDWR)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: File) -> None:
    """Wait until the names in `folder` are on the disk; nothing where the system cannot be asked to."""
    if sys.platform != "win32":
        descriptor = open_descriptor(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def open_descriptor(file: File, flags: int, mode: int = 0o666) -> int:
    """Open `file` for bytes; a program that this one starts does not inherit the descriptor."""
    return os.open(file, flags | _FLAGS, mode)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`, however little the system takes at a time."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def write_at(file: File, offset: int, data: bytes) -> None:
    """Write `data` into an existing file from `offset`, and wait until it is on the disk."""
    descriptor = open_descriptor(file, os.O_WRONLY)
    try:
        os.lseek(descriptor, offset, os.SEEK_SET)
        write_all(descriptor, data)
        sync(descriptor)
    finally:
        os.close(descriptor)


def cut(file: File, length: int) -> None:
    """Shorten `file` to `length` bytes, and wait until that is on the disk."""
    descriptor = open_descriptor(file, os.O_RDWR)
    try:
        os.ftruncate(descriptor, length)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(
    file: File, chunks: Iterable[bytes], *, mode: int = 0o666, durable: bool = True, modified: int | None = None
) -> None:
    """Put a file with these bytes in the place of `file`, at once: a reader sees the old file or the new one.

    `mode` is subject to the umask; `modified` sets the time of modification, in seconds. One that is `durable` has
    reached the disk, its name included, when this returns.
    """
    draft = draft_of(file)
    try:
        descriptor = open_descriptor(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        try:
            for chunk in chunks:
                write_all(descriptor, chunk)
            if durable:
                sync(descriptor)
        finally:
            os.close(descriptor)
        if modified is not None:
            os.utime(draft, (modified, modified))
        replace(draft, file)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(file.parent)


def replace(source: File, target: File) -> None:
    """Rename `source` to `target`. Windows refuses that while somebody reads the target: then it is tried again."""
    deadline = time.monotonic() + PATIENCE
    pause = 0.001
    while True:
        try:
            os.replace(source, target)
        except PermissionError:
            if sys.platform != "win32" or time.monotonic() + pause > deadline:
                raise
            time.sleep(pause)
            pause *= 2
        else:
            return


def draft_of(file: File) -> File:
    """Return the name under which this process writes what shall become `file`."""
    return file.with_name(f".{file.name}.{os.getpid()}.tmp")


def sweep(file: File) -> list[str]:
    """Remove what killed writers of `file`, and of files named after it, left behind; return the names.

    Raises ``OSError``.
    """
    begin = f".{file.name}."
    found = [name for name in os.listdir(file.parent) if name.startswith(begin) and name.endswith(".tmp")]
    for name in found:
        (file.parent / name).unlink(missing_ok=True)
    return found
