"""A folder beside a file, in which what takes its place is built."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path as File

from cfgcore.errors import StoreError

_WORKSHOP = ".migrating-"

#: Stands in the place of a process's number where one was interrupted.
_LEFT = "left"


@contextlib.contextmanager
def workshop(file: File, keeps: Callable[[File], bool] | None = None) -> Iterator[File]:
    """Give a folder beside `file`, on the same disk; one that an interruption left, where it `keeps` that.

    With `keeps`, an interruption leaves the folder for the next time.
    """
    begin = f"{file.name}{_WORKSHOP}"
    try:
        folder = File(tempfile.mkdtemp(prefix=f"{begin}{os.getpid()}-", dir=file.parent))
        for left in _left(file):
            if keeps is not None and keeps(left):
                os.rmdir(folder)
                os.rename(left, folder)
                break
    except OSError as error:
        raise StoreError(f"{file}: the folder {file.parent} cannot be written to: {error.strerror}") from error
    clear(file)
    try:
        yield folder
    except KeyboardInterrupt:
        if keeps is not None:
            with contextlib.suppress(OSError):
                os.rename(folder, folder.with_name(f"{begin}{_LEFT}-{folder.name.rpartition('-')[2]}"))
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _left(file: File) -> list[File]:
    """Return what killed and interrupted migrations left beside `file`."""
    begin = f"{file.name}{_WORKSHOP}"
    found = [one for one in file.parent.iterdir() if one.name.startswith(begin)]
    return [one for one in found if not _is_alive(one.name[len(begin) :].partition("-")[0])]


def clear(file: File) -> None:
    """Remove what killed and interrupted migrations left beside `file`."""
    for left in _left(file):
        shutil.rmtree(left, ignore_errors=True)


def _is_alive(number: str) -> bool:
    """Whether a process of this number may be running; where that cannot be asked, it may."""
    if number == _LEFT:
        return False
    if os.name != "posix" or not number.isdecimal():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
