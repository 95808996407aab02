"""What a process did to the files of a folder, in the order in which it did it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reliability import tracer
from reliability.child import Board, Child

CALLS = (
    "openat,read,write,pread64,pwrite64,lseek,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat,"
    "link,linkat,utimensat,close,fallocate,pwritev,writev,copy_file_range,sendfile"
)
UNKNOWN = frozenset({"link", "linkat", "fallocate", "pwritev", "writev", "copy_file_range", "sendfile"})
NOTE = "/dev/full"

_LINE = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+|\?)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_TIME = re.compile(r"tv_sec=(\d+), tv_nsec=(\d+)")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was done.

    `kind` is create, write, truncate, time, sync, failed, rename, unlink, folder or note; `file` numbers a file from
    its creation on, whatever it is called; `name` and `target` are names in the folder.
    """

    kind: str
    file: int = -1
    offset: int = 0
    data: bytes = b""
    name: str = ""
    target: str = ""


def note(number: int) -> None:
    """Say in the recording how many steps are acknowledged: only the tracer sees this."""
    descriptor = os.open(NOTE, os.O_WRONLY)
    try:
        os.write(descriptor, str(number).encode())
    except OSError:
        pass
    finally:
        os.close(descriptor)


def record(action: Callable[[Board], None], folder: Path, log: Path, *options: str) -> list[Event]:
    """Call `action` in a child, and return what it did to the files in `folder`, which are numbered by name before."""
    child, reader = Child(action), _Reader(folder)
    whole = ("-xx", "-s", str(1 << 24), "-e", f"trace={CALLS}", "-e", "signal=none")
    with tracer.attached(child, *whole, *options, log=log):
        child.go()
        code = child.wait()
    text = child.board.text
    child.board.close()
    if code != 0:
        raise RuntimeError(f"what is to be recorded failed: {text}")
    return list(reader.events(log.read_text().splitlines()))


class _Reader:
    """Follows descriptors through the lines of strace."""

    def __init__(self, folder: Path) -> None:
        self._folder = os.fspath(folder)
        self._names = {name: number for number, name in enumerate(names_in(folder))}
        self._inner = {inner.name for inner in folder.iterdir() if inner.is_dir()}
        self._count = len(self._names)
        self._files: dict[int, int] = {}
        self._positions: dict[int, int] = {}
        self._notes: set[int] = set()
        self._folders: set[int] = set()

    def events(self, lines: list[str]) -> Iterator[Event]:
        """Yield what the lines say of files in the folder."""
        for line in lines:
            found = _LINE.match(line)
            if found is None:
                continue
            name, arguments, result = found.groups()
            failed = result.startswith(("-", "?"))
            if not failed or name in ("fsync", "fdatasync") or self._is_note(name, arguments):
                yield from self._event(name, arguments, -1 if failed else int(result))

    def _event(self, name: str, arguments: str, result: int) -> Iterator[Event]:
        texts = [bytes.fromhex(text.replace("\\x", "")) for text in _TEXT.findall(arguments)]
        first = arguments.partition(",")[0]
        descriptor = int(first) if first.isdecimal() else -1
        if name == "openat":
            yield from self._opened(texts[0].decode(), arguments, result)
        elif name == "close":
            for known in (self._files, self._positions):
                known.pop(descriptor, None)
            self._folders.discard(descriptor)
            self._notes.discard(descriptor)
        elif name == "write" and descriptor in self._notes:
            yield Event("note", int(texts[0]))
        elif name in ("fsync", "fdatasync") and descriptor in self._folders:
            yield Event("folder" if result == 0 else "failed folder")
        elif descriptor in self._files:
            yield from self._used(name, descriptor, arguments, texts, result)
        elif name.startswith(("rename", "unlink", "utimensat", "link")):
            yield from self._renamed(name, [self._inside(text.decode()) for text in texts], arguments)

    def _opened(self, path: str, arguments: str, descriptor: int) -> Iterator[Event]:
        if path == NOTE:
            self._notes.add(descriptor)
        elif path == self._folder:
            self._folders.add(descriptor)
        elif (name := self._inside(path)) is not None:
            if name not in self._names:
                self._names[name] = self._count
                self._count += 1
                yield Event("create", self._names[name], name=name)
            elif "O_TRUNC" in arguments:
                yield Event("truncate", self._names[name], 0)
            self._files[descriptor], self._positions[descriptor] = self._names[name], 0

    def _used(self, name: str, descriptor: int, arguments: str, texts: list[bytes], result: int) -> Iterator[Event]:
        file = self._files[descriptor]
        if name in UNKNOWN:
            raise RuntimeError(f"the recording cannot follow {name}({arguments})")
        if name in ("fsync", "fdatasync"):
            yield Event("sync" if result == 0 else "failed", file)
        elif name == "write":
            yield Event("write", file, self._positions[descriptor], texts[0][:result])
            self._positions[descriptor] += result
        elif name == "pwrite64":
            yield Event("write", file, int(arguments.rpartition(",")[2]), texts[0][:result])
        elif name == "read":
            self._positions[descriptor] += result
        elif name == "lseek":
            self._positions[descriptor] = result
        elif name == "ftruncate":
            yield Event("truncate", file, int(arguments.rpartition(",")[2]))

    def _renamed(self, name: str, paths: list[str | None], arguments: str) -> Iterator[Event]:
        known = [path for path in paths if path is not None]
        if name == "utimensat" and known:
            _, seconds = _TIME.findall(arguments)
            yield Event("time", self._names[known[0]], int(seconds[0]) * 10**9 + int(seconds[1]))
        elif name.startswith("unlink") and known:
            del self._names[known[0]]
            yield Event("unlink", name=known[0])
        elif name.startswith("rename") and len(known) == 2:
            self._names[known[1]] = self._names.pop(known[0])
            yield Event("rename", name=known[0], target=known[1])
        elif known:
            raise RuntimeError(f"the recording cannot follow {name}({arguments})")

    def _is_note(self, name: str, arguments: str) -> bool:
        return name == "write" and int(arguments.partition(",")[0]) in self._notes

    def _inside(self, path: str) -> str | None:
        folder, _, name = path.rpartition("/")
        return name if folder == self._folder and name not in self._inner else None


def names_in(folder: Path) -> list[str]:
    """Return the names of the files in a folder, in the order of their numbers in a recording."""
    return sorted(file.name for file in folder.iterdir() if file.is_file())
