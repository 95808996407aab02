"""Who has a store of files open: a file for each process, whose lock goes with it, however it ends."""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path as File
from typing import TYPE_CHECKING

from cfgcore.store.durable import open_descriptor, write_all
from cfgcore.store.fork import after_fork
from cfgcore.store.lock import try_lock

if TYPE_CHECKING:
    from cfgcore.store.presence import Presence

ATTEMPTS = 20

_LENGTH = 1 << 16

_logger = logging.getLogger("cfgcore.store")


class Attendance:
    """A folder with a file for each process that announced itself; it is there while one of them is.

    No clock is asked: a file whose lock nobody holds is that of a process that ended, and whoever looks removes it. A
    forked child announces itself anew. Nothing of this waits for the disk, and nothing of it fails: where the folder
    cannot be written, this process is not seen.
    """

    def __init__(self, folder: File) -> None:
        self._folder = folder
        self._own: tuple[Presence, File, int] | None = None
        self._parent: Presence | None = None
        after_fork(self)

    def announce(self, presence: Presence) -> None:
        """Be seen by others, as `presence` says, until this process leaves or ends."""
        self.leave()
        try:
            self._own = self._entered(presence)
        except OSError as error:
            _logger.debug("%s: this process is not announced: %s", self._folder, error.strerror)
        self.present()  # which removes what children left that were forked and ended at once

    def leave(self) -> None:
        """Be seen no more."""
        if self._own is not None:
            _, file, descriptor = self._own
            self._own = None
            _remove(file, descriptor)
            self._tidy()

    def present(self) -> list[Presence]:
        """Return who is there, and remove what is left of those that ended."""
        try:
            names = sorted(os.listdir(self._folder))
        except OSError:
            return []
        found = [self._look(self._folder / name) for name in names]
        self._tidy()
        return [presence for presence in found if presence is not None]

    def leave_parent(self) -> None:
        """Leave, in a forked child, the file to its parent."""
        if self._own is not None:
            presence, _, descriptor = self._own
            self._own, self._parent = None, presence
            os.close(descriptor)  # the kernel frees a lock when the last copy of it is closed

    def revive(self) -> None:
        """Announce the child, where its parent was."""
        parent, self._parent = self._parent, None
        if parent is not None:
            self.announce(parent.renewed())

    def _entered(self, presence: Presence) -> tuple[Presence, File, int] | None:
        from cfgcore.store.presence import to_text

        for _ in range(ATTEMPTS):
            with contextlib.suppress(FileExistsError):
                os.mkdir(self._folder)
            file = self._folder / f"{presence.pid}-{os.urandom(4).hex()}.json"
            try:
                descriptor = open_descriptor(file, os.O_RDWR | os.O_CREAT | os.O_EXCL)
            except FileNotFoundError:
                continue  # the last one that left took the folder away
            try:
                if try_lock(descriptor) and os.fstat(descriptor).st_nlink:
                    write_all(descriptor, b" " + to_text(presence).encode())
                    return presence, file, descriptor
            except OSError:
                _remove(file, descriptor)
                raise
            _remove(file, descriptor)  # somebody looked at it before it was locked
        return None

    def _look(self, file: File) -> Presence | None:
        try:
            descriptor = open_descriptor(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except OSError:
            return None
        if _is_held(descriptor):
            from cfgcore.store.presence import from_text

            with contextlib.closing(os.fdopen(descriptor, "rb")) as content:
                content.seek(1)  # past the byte that is locked, which Windows lets nobody else read
                return from_text(content.read(_LENGTH))
        _remove(file, descriptor)
        return None

    def _tidy(self) -> None:
        with contextlib.suppress(OSError):
            os.rmdir(self._folder)


def _is_held(descriptor: int) -> bool:
    """Return whether somebody holds the lock; where that cannot be asked, nobody does any harm by being seen."""
    try:
        return not try_lock(descriptor, shared=True)  # so that two who look do not take each other for the holder
    except OSError:
        return True


def _remove(file: File, descriptor: int) -> None:
    """Remove a file, and close it: the name first where that can be, so that nobody meets it unlocked."""
    with contextlib.suppress(OSError):
        if os.name != "nt":
            os.unlink(file)
    os.close(descriptor)
    with contextlib.suppress(OSError):
        if os.name == "nt":  # pragma: no cover
            os.unlink(file)


class Attended:
    """What a store of files does so that its processes see each other: the ability ``Ephemeral``."""

    _attendance: Attendance

    def announce(self, presence: Presence) -> None:
        """Let others see that this process has the store open, until it is closed or the process ends."""
        self._attendance.announce(presence)

    def present(self) -> list[Presence]:
        """Return the processes that have announced themselves and are there still."""
        return self._attendance.present()
