"""What tests of stores need: files, their damage, another user, a child process."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import pytest

from cfgcore.store.json_file import JsonFileStore

NOBODY = 65534


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def unprivileged() -> Iterator[Callable[[], None]]:
    """A function that makes root somebody else until the test ends, and does nothing for others."""
    user = os.geteuid()
    yield lambda: os.seteuid(NOBODY) if user == 0 else None
    os.seteuid(user)


@pytest.fixture
def forked() -> Callable[[Callable[[], object]], int]:
    """A function that calls another in a forked child, and returns the child's exit code."""

    def run(action: Callable[[], object]) -> int:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                action()
                code = 0
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The readable file of a JSON store."""
    return tmp_path / "models.json"


@pytest.fixture
def store(file: Path) -> Iterator[JsonFileStore]:
    """A JSON store in that file."""
    with closing(JsonFileStore(file)) as store:
        yield store


@pytest.fixture
def edit() -> Callable[[Path, str, str], None]:
    """A function that changes a file the way an editor does: its time of modification is a new one."""

    def change(file: Path, old: str, new: str) -> None:
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    return change


@pytest.fixture
def damage() -> Callable[[Path, int], None]:
    """A function that turns one bit of a byte, as a disk does: the file's metadata stays as it was."""

    def turn(file: Path, position: int) -> None:
        times = file.stat()
        data = bytearray(file.read_bytes())
        data[position] ^= 1 << position % 8
        file.write_bytes(data)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))

    return turn


@pytest.fixture
def refuse() -> Callable[[int], Callable[..., NoReturn]]:
    """A function that makes a system call that always fails with this error number."""

    def make(number: int) -> Callable[..., NoReturn]:
        def fail(*_: object, **__: object) -> NoReturn:
            raise OSError(number, os.strerror(number))

        return fail

    return make
