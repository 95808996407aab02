"""Writes of a JSON store that fail."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import pytest

from cfgcore.errors import StoreError
from cfgcore.store import durable
from cfgcore.store.document import SYSTEM
from cfgcore.store.json_file import JsonFileStore
from cfgcore.store.place import beside
from cfgcore.store.record import broken
from cfgcore.testing.store_fixtures import commit, value_of

Refuse = Callable[[int], Callable[..., NoReturn]]


def test_a_failed_write_commits_nothing(
    store: JsonFileStore, file: Path, monkeypatch: pytest.MonkeyPatch, refuse: Refuse
) -> None:
    """When the disk refuses, the commit fails, memory and journal are as before, and the next one goes through."""
    commit(store, {SYSTEM: 1})
    before = beside(file, "journal").read_bytes()
    monkeypatch.setattr(durable, "sync", refuse(errno.EIO))
    with pytest.raises(StoreError, match=r"nothing was committed: Input/output error"):
        commit(store, {SYSTEM: 2})
    assert (before, 1, 1) == (beside(file, "journal").read_bytes(), value_of(store, SYSTEM), store.head().sequence)
    monkeypatch.undo()
    assert 2 == commit(store, {SYSTEM: 3}, {SYSTEM: 1}).revision
    assert broken(store.log(), store.head()) is None


def test_a_write_that_cannot_be_taken_back_stops_the_store(
    store: JsonFileStore, file: Path, monkeypatch: pytest.MonkeyPatch, refuse: Refuse
) -> None:
    """When even the taking back fails, this handle commits nothing more; opened anew, the store goes on."""
    commit(store, {SYSTEM: 1})
    monkeypatch.setattr(durable, "sync", refuse(errno.EIO))
    monkeypatch.setattr(os, "ftruncate", refuse(errno.EROFS))
    with pytest.raises(StoreError, match="nothing was committed"):
        commit(store, {SYSTEM: 2})
    monkeypatch.undo()
    with pytest.raises(StoreError, match="until the store is opened anew"):
        commit(store, {SYSTEM: 3})
    with closing(JsonFileStore(file)) as again:
        assert value_of(again, SYSTEM) in (1, 2)
        commit(again, {SYSTEM: 4})
        assert broken(again.log(), again.head()) is None


def test_short_writes_are_completed(store: JsonFileStore, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that takes a few bytes at a time gets them all."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, bytes(data[:100])))
    commit(store, {SYSTEM: "x" * 5000})
    monkeypatch.undo()
    with closing(JsonFileStore(file)) as again:
        assert "x" * 5000 == value_of(again, SYSTEM)


@pytest.mark.skipif(sys.platform == "win32", reason="the limit is one of POSIX")
def test_a_full_disk_commits_nothing(store: JsonFileStore, file: Path) -> None:
    """At the limit of a file's size the commit fails clearly, and what was there stays."""
    import resource
    import signal

    commit(store, {SYSTEM: 1})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (beside(file, "journal").stat().st_size + 300, limits[1]))
    try:
        with pytest.raises(StoreError, match="nothing was committed: File too large"):
            commit(store, {SYSTEM: "x" * 5000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert 1 == value_of(store, SYSTEM)
    assert 2 == commit(store, {SYSTEM: 2}, {SYSTEM: 1}).revision


def test_a_file_that_cannot_be_written_stays_behind(
    store: JsonFileStore, file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, refuse: Refuse
) -> None:
    """The journal is the commit: when only the readable file cannot be written, it follows with the next commit."""
    commit(store, {SYSTEM: 1})
    content = file.read_bytes()
    monkeypatch.setattr(os, "replace", refuse(errno.ENOSPC))
    commit(store, {SYSTEM: 2})
    assert (content, 2) == (file.read_bytes(), value_of(store, SYSTEM))
    assert "stays behind the journal" in caplog.text
    monkeypatch.undo()
    commit(store, {SYSTEM: 3})
    assert 3 == json.loads(file.read_bytes())["system"]["values"]["download"]["value"]
    assert store.outside_edit() is None
