"""Where the files of a store lie, and whether they can be written."""

from __future__ import annotations

import os
from pathlib import Path as File

from cfgcore.errors import StoreError


def place(file: File) -> File:
    """Return `file` without symbolic links. Raises ``StoreError`` where no file can be."""
    try:
        found = file.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise StoreError(f"{str(file)!r}: it cannot be found: {error}") from error
    if found.is_dir():
        raise StoreError(f"{found}: it is a folder, not a file")
    if not found.parent.is_dir():
        raise StoreError(f"{found}: the folder {found.parent} does not exist")
    if os.path.lexists(found) and not found.is_file():
        raise StoreError(f"{found}: it is not a file")
    return found


def beside(file: File, kind: str) -> File:
    """Return the file that keeps the journal, lock or secrets of `file`."""
    return file.with_name(f"{file.name}.{kind}")


#: How often it is looked whether a file is there and may be written.
LOOKS = 3

#: Why a store that is to be read only takes no change.
FOR_READING = "it is only to be read"


def unwritable(*files: File) -> str | None:
    """Return why a store that has to write these files, as far as they are there, can only be read, or None."""
    denied = next((needed for needed in files if _is_denied(needed)), None)
    return None if denied is None else f"{denied} cannot be written by this user"


def _is_denied(file: File) -> bool:
    """Return whether a file is there and may not be written.

    What is not there may not be written either. Files such as SQLite's index of its log come and go with those who use
    them, so that one look at each question is not enough.
    """
    return all(not _may_write(file) and file.exists() for _ in range(LOOKS))


def _may_write(file: File) -> bool:
    return os.access(file, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
