"""Copies of a store's readable file, the newest few of them."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path as File

from cfgcore.errors import StoreError
from cfgcore.store.durable import write_whole
from cfgcore.store.projection import Projection, read
from cfgcore.store.state import State

HOUR = 3600.0

_logger = logging.getLogger("cfgcore.store")


class Backups:
    """The backups of `file`: ``models.json.backup-41`` holds what the file held at revision 41."""

    def __init__(self, file: File, count: int) -> None:
        self._file = file
        self._count = count
        self._kept: float | None = None

    def all(self) -> list[File]:
        """Return the backups, oldest first."""
        begin = f"{self._file.name}.backup-"
        found = [file for file in self._file.parent.iterdir() if file.name.startswith(begin)]
        return sorted(found, key=lambda file: (file.stat().st_mtime_ns, file.name))

    def advice(self) -> str:
        """Return what to do when the store cannot be read."""
        try:
            found = self.all()
        except OSError:
            found = []
        return f"restore the newest backup, {found[-1]}" if found else "there is no backup: move it away to begin anew"

    def due(self) -> bool:
        """Return whether a backup is to be made: none was by this process, or over an hour ago."""
        return self._count > 0 and (self._kept is None or time.monotonic() - self._kept > HOUR)

    def keep(self, revision: int, data: bytes) -> None:
        """Keep `data` as the backup of `revision`, and drop the oldest. Failing is no reason to refuse a change."""
        if not self._count:
            return
        try:
            write_whole(self._file.with_name(f"{self._file.name}.backup-{revision}"), [data], mode=0o600)
            for file in self.all()[: -self._count]:
                file.unlink(missing_ok=True)
        except OSError as error:
            _logger.warning("%s: no backup of revision %d could be made: %s", self._file, revision, error.strerror)
        self._kept = time.monotonic()

    def drop(self, before: int) -> None:
        """Remove the backups of revisions below `before`. Raises ``StoreError`` where one remains."""
        try:
            for file in self.all():
                revision = file.name.rpartition("-")[2]
                if revision.isdecimal() and int(revision) < before:
                    file.unlink()
        except OSError as error:
            raise StoreError(f"{self._file}: a backup cannot be removed: {error.strerror}") from error

    def erase(self, document: str) -> None:
        """Write every backup anew without `document`; one that cannot be read is removed. Raises ``StoreError``."""
        try:
            for file in self.all():
                _erase(file, document)
        except OSError as error:
            raise StoreError(f"{self._file}: a backup may still hold {document!r}: {error.strerror}") from error


def _erase(file: File, document: str) -> None:
    found = read(file.read_bytes())
    header = found.header
    if header is None or found.problem is not None:
        file.unlink()
    elif document in found.documents:
        documents = {name: kept for name, kept in found.documents.items() if name != document}
        state = State(header.journal, header.head, header.head, documents, header.saved, header.offset)
        times = file.stat()
        write_whole(file, [Projection().render(state)], mode=0o600)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
