"""The journal of a JSON file: lines that are only ever appended, and where each of them begins."""

from __future__ import annotations

import logging
import os
import stat
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path as File

from cfgcore.errors import StoreError
from cfgcore.store.durable import cut, sync_file, write_at, write_whole
from cfgcore.store.line import NAME_LENGTH, name_of

CHUNK = 1 << 16

_logger = logging.getLogger("cfgcore.store")


class Journal:
    """A file of lines. Whoever writes holds the lock of the store."""

    def __init__(self, file: File) -> None:
        self.file = file
        self._refusal: str | None = None
        self._starts = array("Q", [0])

    def exists(self) -> bool:
        """Return whether there is a journal."""
        return os.path.lexists(self.file)

    def signature(self) -> tuple[int, int, int]:
        """Return what changes whenever the file does: inode, length, time of modification. Raises ``StoreError``."""
        try:
            found = os.stat(self.file)
        except OSError as error:
            raise self._unreadable(error) from error
        return found.st_ino, found.st_size, found.st_mtime_ns

    def name(self) -> str | None:
        """Return the digest of the first line, which names this journal, or None where there is none."""
        try:
            with self.file.open("rb") as stream:
                return name_of(stream.read(NAME_LENGTH))
        except (FileNotFoundError, ValueError):
            return None
        except OSError as error:
            raise self._unreadable(error) from error

    def lines(self, offset: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield the whole lines from `offset`, each with the offset of its end; a last one without end is left out."""
        try:
            with self.file.open("rb") as stream:
                stream.seek(offset)
                for line in stream:
                    if not line.endswith(b"\n"):
                        return
                    offset += len(line)
                    yield offset, line
        except OSError as error:
            raise self._unreadable(error) from error

    def line_before(self, offset: int) -> bytes:
        """Return the line that ends at `offset`; empty where none does."""
        try:
            with self.file.open("rb") as stream:
                found = b""
                while offset > 0 and found.rfind(b"\n", 0, -1) < 0:
                    length = min(CHUNK, offset)
                    offset -= length
                    stream.seek(offset)
                    found = stream.read(length) + found
        except OSError as error:
            raise self._unreadable(error) from error
        return found[found.rfind(b"\n", 0, -1) + 1 :] if found.endswith(b"\n") else b""

    def append(self, line: bytes, offset: int) -> None:
        """Write `line` at `offset`, where the last line ends, and wait until it is on the disk.

        Raises ``StoreError`` when it is not; the journal then is what it was before. Where even that fails, this and
        every later one is refused until the store is opened anew.
        """
        if self._refusal is not None:
            raise StoreError(self._refusal)
        try:
            write_at(self.file, offset, line)
        except OSError as error:
            self._take_back(offset, error)
            raise StoreError(f"{self.file}: nothing was committed: {error.strerror}") from error

    def cut(self, offset: int) -> None:
        """Remove everything after `offset`: a write that was never acknowledged. Raises ``StoreError``."""
        try:
            cut(self.file, offset)
        except OSError as error:
            raise StoreError(f"{self.file}: its torn last line cannot be removed: {error.strerror}") from error

    def sync(self) -> None:
        """Wait until all lines are on the disk: a killed writer may have left one that is not."""
        try:
            sync_file(self.file)
        except OSError as error:
            raise StoreError(f"{self.file}: {error.strerror}") from error

    def rewrite(self, lines: Iterable[bytes], like: File) -> None:
        """Put a journal of `lines` in place of this one, at once, with the permissions of `like` if that is there."""
        try:
            mode = stat.S_IMODE(os.stat(like).st_mode) if like.exists() else 0o666
            write_whole(self.file, lines, mode=mode)
        except OSError as error:
            raise StoreError(f"{self.file}: it cannot be written: {error.strerror}") from error
        finally:
            self.forget()

    def forget(self) -> None:
        """Forget where lines begin: this is another file now."""
        self._starts = array("Q", [0])

    def records(self, first: int, last: int, end: int) -> list[bytes]:
        """Return the lines of the records number `first` to `last` that end at offset `end` or before."""
        try:
            with self.file.open("rb") as stream:
                self._index(stream.fileno(), end)
                last = min(last, len(self._starts) - 2)
                if last < first:
                    return []
                begin = self._starts[first]
                stream.seek(begin)
                found = stream.read(self._starts[last + 1] - begin).split(b"\n")
                return [line + b"\n" for line in found[:-1]]
        except OSError as error:
            raise self._unreadable(error) from error

    def _index(self, descriptor: int, end: int) -> None:
        position = self._starts[-1]
        os.lseek(descriptor, position, os.SEEK_SET)
        while position < end:
            chunk = os.read(descriptor, min(CHUNK, end - position))
            if not chunk:
                return
            found = chunk.find(b"\n")
            while found >= 0:
                self._starts.append(position + found + 1)
                found = chunk.find(b"\n", found + 1)
            position += len(chunk)

    def _take_back(self, offset: int, cause: OSError) -> None:
        try:
            if os.stat(self.file).st_size > offset:
                cut(self.file, offset)
        except OSError as error:
            self._refusal = (
                f"{self.file}: a write failed ({cause.strerror}) and could not be taken back ({error.strerror}); "
                f"nothing is committed until the store is opened anew"
            )
            _logger.error("%s", self._refusal)

    def _unreadable(self, error: OSError) -> StoreError:
        hint = (
            "restore it, or open the store anew" if isinstance(error, FileNotFoundError) else "see to its permissions"
        )
        return StoreError(f"{self.file}: the journal cannot be read: {error.strerror}; {hint}")
