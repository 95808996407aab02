"""The JSON file store, broken."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from reliability.broken.parsing import believe
from reliability.broken.patching import put


def in_place() -> None:
    """Write files in their place."""
    from cfgcore.store import files, journal, readable, secret_file

    def write_whole(file: Path, chunks: Any, **named: Any) -> None:
        with file.open("wb") as stream:
            for chunk in chunks:
                stream.write(chunk)

    for module in (journal, readable, secret_file):
        put(module, "write_whole", write_whole)
    put(files, "sweep", lambda file: [])


def no_lock_json() -> None:
    """Wait for nobody."""
    from cfgcore.store.lock import ProcessLock

    put(ProcessLock, "__call__", lambda self: nullcontext())


def no_fsync() -> None:
    """Do not wait for the disk."""
    from cfgcore.store import durable

    put(durable, "sync", lambda descriptor: None)


def no_folder_sync() -> None:
    """Do not see names to the disk."""
    from cfgcore.store import durable

    put(durable, "sync_folder", lambda folder: None)


def no_check_json() -> None:
    """Expect nothing."""
    from cfgcore.store.json_file import JsonFileStore

    put(JsonFileStore, "_check", lambda self, expect: None)


def no_digest_json() -> None:
    """Believe what is read."""
    from cfgcore.store import line, projection, state

    put(line, "from_line", believe)
    put(state, "from_line", believe)
    put(state, "broken", lambda records, head, start=None: None)
    put(projection, "_is_intact", lambda data: True)


def again() -> None:
    """Sync once more what could not be synced."""
    from cfgcore.store import durable

    plain = durable.sync

    def sync(descriptor: int) -> None:
        try:
            plain(descriptor)
        except OSError:
            plain(descriptor)

    put(durable, "sync", sync)


def no_take_back() -> None:
    """Leave what could not be written whole."""
    from cfgcore.store.journal import Journal

    put(Journal, "_take_back", lambda self, offset, cause: None)


def one_write() -> None:
    """Write once, however much is taken."""
    from cfgcore.store import durable

    put(durable, "write_all", lambda descriptor, data: os.write(descriptor, data))
