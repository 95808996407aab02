"""A lock between processes, held on a file beside the data; it goes when its holder dies."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as File

from cfgcore.errors import StoreError
from cfgcore.store.fork import after_fork

PATIENCE = 10.0


class ProcessLock:
    """An exclusive lock on `file`, between processes and between the threads of this one.

    Waiting threads take the lock one after the other; waiting processes block in the kernel, which wakes them as soon
    as the lock is free, so that none of them starves. The file itself stays: removing it would let two hold the lock.
    A process that is forked meanwhile holds nothing: neither the lock, nor the place in the queue of a thread it lacks.
    """

    def __init__(self, file: File, patience: float = PATIENCE) -> None:
        self._file = file
        self._patience = patience
        self._threads = threading.Lock()
        self._descriptor: int | None = None
        after_fork(self)

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Hold the lock. Raises ``StoreError`` when it was not free within the patience (seconds)."""
        deadline = time.monotonic() + self._patience
        if not self._threads.acquire(timeout=self._patience):
            raise StoreError(f"{self._file}: another thread has held the lock for {self._patience:g} s")
        try:
            self._descriptor = descriptor = self._take(deadline)
            try:
                yield
            finally:
                self._descriptor = None
                _release(descriptor)
        finally:
            self._threads.release()

    def _take(self, deadline: float) -> int:
        try:
            descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise StoreError(f"{self._file}: the lock cannot be opened: {error.strerror}") from error
        try:
            if try_lock(descriptor) or _wait(descriptor, deadline):
                return descriptor
        except OSError as error:
            os.close(descriptor)
            raise StoreError(f"{self._file}: the file system has no locks: {error.strerror}") from error
        raise StoreError(
            f"{self._file}: another process has held the lock for {self._patience:g} s; is it stopped? "
            f"`lsof {self._file}` names it"
        )

    def leave_parent(self) -> None:
        """Forget, in a forked child, what its parent holds."""
        self._threads = threading.Lock()
        if self._descriptor is not None:
            os.close(self._descriptor)  # the kernel frees a lock when the last copy of it is closed
            self._descriptor = None


if os.name == "nt":  # pragma: no cover
    import msvcrt

    def try_lock(descriptor: int, *, shared: bool = False) -> bool:
        """Lock the first byte of an open file, unless somebody holds it. What is `shared` here is so on POSIX only."""
        try:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True

    def _wait(descriptor: int, deadline: float) -> bool:
        while time.monotonic() < deadline:
            if try_lock(descriptor):
                return True
            time.sleep(0.001)
        os.close(descriptor)
        return False

else:
    import fcntl

    def try_lock(descriptor: int, *, shared: bool = False) -> bool:
        """Lock an open file, unless somebody holds it; a `shared` lock goes with others of its kind."""
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _wait(descriptor: int, deadline: float) -> bool:
        """Block in a thread, because no system call waits for a lock with a time limit; a late lock is given back."""
        outcome: list[OSError | None] = []
        guard = threading.Lock()
        done = threading.Event()
        abandoned = False

        def block() -> None:
            error: OSError | None = None
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            except OSError as caught:
                error = caught
            with guard:
                outcome.append(error)
                if abandoned:
                    os.close(descriptor)
            done.set()

        threading.Thread(target=block, name="cfgcore-lock", daemon=True).start()
        done.wait(max(0.0, deadline - time.monotonic()))
        with guard:
            if not outcome:
                abandoned = True
                return False
        if outcome[0] is not None:
            raise outcome[0]
        return True


def _release(descriptor: int) -> None:
    if os.name == "nt":  # pragma: no cover
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)
