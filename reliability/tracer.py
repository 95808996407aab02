"""strace: kills a process before its Nth system call, makes the Nth one fail, or writes down what it did."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reliability.child import Child

#: System calls that change files or locks, or tell a server to: between two of them, nothing that lasts changes.
CHANGING = (
    *("openat", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "fallocate", "rename", "renameat", "renameat2"),
    *("unlink", "unlinkat", "link", "linkat", "mkdir", "rmdir", "utimensat", "chmod", "fchmod", "fchmodat"),
    *("flock", "fcntl", "close", "munmap", "sendto"),
)

INSTALL = "apt-get install strace"


def missing() -> str | None:
    """Return why nothing can be traced here, and what helps, or None."""
    if shutil.which("strace") is None:
        return f"strace is not installed: {INSTALL}"
    child = Child(lambda board: None)
    try:
        with attached(child, "-e", "trace=close"):
            child.go()
            return None
    except RuntimeError as error:
        child.kill()
        return f"strace cannot trace here: {error}"
    finally:
        child.wait()
        child.board.close()


@contextmanager
def attached(child: Child, *options: str, log: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Trace a child that waits at its gate. Raises ``RuntimeError`` saying why that is not possible."""
    command = ["strace", "-p", str(child.pid), *options, "-o", os.fspath(log) if log else os.devnull]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    assert tracer.stderr is not None
    try:
        line = tracer.stderr.readline().decode()
        if "attached" not in line:
            raise RuntimeError(line.strip())
        yield tracer
        tracer.stderr.read()
        tracer.wait()
    finally:
        tracer.stderr.close()
        if tracer.poll() is None:
            tracer.terminate()
            tracer.wait()


def killing(calls: str, number: int) -> list[str]:
    """Return the options that kill before the `number`th call of each of these system calls."""
    return ["-e", f"trace={calls}", "-e", "signal=none", "-e", f"inject={calls}:signal=SIGKILL:when={number}"]


def failing(calls: str, error: str, number: int, *, for_ever: bool) -> list[str]:
    """Return the options that make the `number`th call of each of these fail, and all that follow if `for_ever`."""
    when = f"{number}+" if for_ever else str(number)
    return ["-e", f"trace={calls}", "-e", "signal=none", "-e", f"inject={calls}:error={error}:when={when}"]
