"""The readable file of a JSON store on disk: read, written anew, moved aside."""

from __future__ import annotations

import hashlib
import itertools
import os
import stat
from pathlib import Path as File

from cfgcore.errors import StoreError
from cfgcore.store.durable import replace, sync_file, write_whole
from cfgcore.store.projection import Found, Projection, read
from cfgcore.store.state import State
from cfgcore.store.verdict import SECOND

Signature = tuple[int, int, int]


class Readable:
    """``models.json``. Whoever writes holds the lock of the store."""

    def __init__(self, file: File) -> None:
        self.file = file
        self._projection = Projection()
        self._known: Signature | None = None
        self._mode: int | None = None
        self._edit: tuple[bytes, Found] | None = None

    def load(self) -> tuple[Found, Signature, bytes] | None:
        """Return what the file holds, what it is known by, and its bytes; None where there is none."""
        try:
            with self.file.open("rb") as stream:
                found = os.fstat(stream.fileno())
                data = stream.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{self.file}: it cannot be read: {error.strerror}; see to its permissions") from error
        self._mode = stat.S_IMODE(found.st_mode)
        return self._read(data), _signature(found), data

    def _read(self, data: bytes) -> Found:
        """Return what bytes are, from memory where they are those of an edit that was read last."""
        name = hashlib.sha256(data).digest()
        if self._edit is None or self._edit[0] != name:
            found = read(data)
            self._edit = None if found.intact else (name, found)
            return found
        return self._edit[1]

    def is_ours(self, state: State) -> bool:
        """Return whether nobody has touched the file since a store wrote it for `state`, by its metadata alone."""
        try:
            found = os.stat(self.file)
        except OSError:
            return False
        if found.st_mtime_ns == state.saved * SECOND:
            self._known = _signature(found)
        return _signature(found) == self._known

    def is_known(self) -> bool:
        """Return whether the file is the one that was read or written last."""
        try:
            return _signature(os.stat(self.file)) == self._known
        except OSError:
            return self._known is None

    def know(self, signature: Signature | None) -> None:
        """Take the file with this signature, None for no file, for seen."""
        self._known = signature

    def render(self, state: State) -> bytes:
        """Return what the file holds for `state`."""
        return self._projection.render(state)

    def write(self, state: State) -> None:
        """Put a file for `state` in the place of the one there. Raises ``OSError``; the old one then is still there."""
        mode = 0o666 if self._mode is None else self._mode
        write_whole(self.file, [self.render(state)], mode=mode, durable=False, modified=state.saved)
        self._edit = None
        found = os.stat(self.file)
        if self._mode not in (None, stat.S_IMODE(found.st_mode)):
            os.chmod(self.file, mode)
        self._known = _signature(found)

    def move_aside(self, kind: str) -> File:
        """Rename the file to the first free ``models.json.<kind>-<n>``, and return that. Raises ``OSError``."""
        for number in itertools.count(1):
            target = self.file.with_name(f"{self.file.name}.{kind}-{number}")
            if not os.path.lexists(target):
                break
        replace(self.file, target)
        self._known = None
        return target

    def sync(self) -> None:
        """Wait until the file is on the disk. Raises ``OSError``."""
        sync_file(self.file)


def _signature(found: os.stat_result) -> Signature:
    return found.st_ino, found.st_size, found.st_mtime_ns
