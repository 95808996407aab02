"""A text file changed in place: its byte order mark and its line ends stay, and it is replaced at once."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path as File

from cfgcore.errors import SourceError
from cfgcore.layer.text import Text, read_begin, read_text
from cfgcore.store.durable import write_whole

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file as it was read: `text` has line ends of one kind. One that is absent is empty."""

    file: File
    text: Text
    mark: bytes = b""
    line_end: str = "\n"

    def bytes_of(self, content: str) -> bytes:
        """Return `content` as the file has it: with its mark and its line ends."""
        return self.mark + content.replace("\n", self.line_end).encode()

    def write(self, content: str, *, private: bool = False) -> None:
        """Replace the file by `content`, durably and at once; its permissions stay, unless it is to be private.

        Raises :class:`SourceError` where the folder cannot be written to; then the file is as it was.
        """
        target = self.file.resolve()
        try:
            mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o644
            mode = 0o600 if private else mode
            write_whole(target, [self.bytes_of(content)], mode=mode)
            os.chmod(target, mode)  # the umask may have taken something away
        except OSError as error:
            raise SourceError(str(self.file), f"it cannot be written: {error.strerror}") from error


def read_text_file(file: File) -> TextFile:
    """Read the text file `file`, which may be absent. Raises :class:`SourceError` for one that cannot be read."""
    name = str(file)
    try:
        text = read_text(file, name)
    except FileNotFoundError:
        return TextFile(file, Text(name, file.suffix.lower(), ""))
    mark = _MARK if read_begin(file, name, len(_MARK)) == _MARK else b""
    windows = "\r\n" in text.content and text.content.count("\n") == text.content.count("\r\n")
    content = text.content.replace("\r\n", "\n") if windows else text.content
    return TextFile(file, Text(name, text.suffix, content), mark, "\r\n" if windows else "\n")
