"""Copies of a store's readable file, the newest few of them."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path as File

from cfgcore.errors import StoreError
from cfgcore.store.durable import write_whole
from cfgcore.store.projection import Header, Projection, read
from cfgcore.store.record import Head
from cfgcore.store.state import State

HOUR = 3600.0

_logger = logging.getLogger("cfgcore.store")


class Backups:
    """The backups of `file`: ``models.json.backup-41`` holds what the file held at revision 41.

    A file with another name is none of them, whatever it begins with.
    """

    def __init__(self, file: File, count: int) -> None:
        self._file = file
        self._count = count
        self._newest: float | None = None

    def all(self) -> list[File]:
        """Return the backups, oldest first."""
        found = [file for file in self._file.parent.iterdir() if self.owns(file)]
        return sorted(found, key=lambda file: (file.stat().st_mtime_ns, file.name))

    def owns(self, file: File) -> bool:
        """Return whether a file has the name of one of these backups, of which the oldest are removed."""
        begin, _, revision = file.name.rpartition("-")
        is_number = revision.isascii() and revision.isdecimal()
        return is_number and begin == f"{self._file.name}.backup" and file.parent == self._file.parent

    def advice(self) -> str:
        """Return what to do when the store cannot be read."""
        try:
            found = self.all()
        except OSError:
            found = []
        name = self._file.name
        if found:
            return f"restore the newest backup, {found[-1]}: move {name} and {name}.journal away, and copy it to {name}"
        return f"there is no backup: move {name} and {name}.journal away to begin anew"

    def due(self) -> bool:
        """Return whether a backup is to be made: there is none, or the newest is over an hour old, whoever made it.

        While the newest that was seen is younger than that, nobody looks for a newer one.
        """
        if not self._count or self._is_young():
            return False
        try:
            found = self.all()
            self._newest = found[-1].stat().st_mtime if found else None
        except OSError:
            return True
        return not self._is_young()

    def _is_young(self) -> bool:
        return self._newest is not None and abs(time.time() - self._newest) <= HOUR

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

    def drop(self, before: int) -> None:
        """Remove the backups of revisions below `before`. Raises ``StoreError`` where one remains."""
        self._newest = None
        try:
            for file in self.all():
                if int(file.name.rpartition("-")[2]) < before:
                    file.unlink()
        except OSError as error:
            raise StoreError(f"{self._file}: a backup cannot be removed: {error.strerror}") from error

    def erase(self, document: str) -> None:
        """Write every backup anew without `document`; one that cannot be read is left. Raises ``StoreError``."""
        try:
            for file in self.all():
                _erase(file, document)
        except OSError as error:
            raise StoreError(f"{self._file}: a backup may still hold {document!r}: {error.strerror}") from error


def _erase(file: File, document: str) -> None:
    found = read(file.read_bytes())
    if document in found.documents:
        documents = {name: kept for name, kept in found.documents.items() if name != document}
        header = found.header or Header(Head(""), "", 0, 0)
        state = State(header.journal, header.head, header.head, documents, header.saved, header.offset)
        times = file.stat()
        write_whole(file, [Projection().render(state)], mode=0o600)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
