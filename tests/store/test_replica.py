"""Recovery: a journal is loaded, followed, and found out when it is damaged."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cfgcore.errors import StoreDamaged, StoreError
from cfgcore.store.document import SYSTEM
from cfgcore.store.json_file import JsonFileStore
from cfgcore.store.place import beside
from cfgcore.store.record import advance, broken
from cfgcore.testing.store_fixtures import commit, value_of

Damage = Callable[[Path, int], None]


@pytest.mark.parametrize("lost", range(1, 60, 7))
def test_a_torn_last_line_is_cut_off(file: Path, lost: int, caplog: pytest.LogCaptureFixture) -> None:
    """A journal whose last write was cut short opens at the commit before, says so, and goes on."""
    with closing(JsonFileStore(file)) as store:
        commit(store, {SYSTEM: 1})
        before = file.read_bytes(), file.stat()
        commit(store, {SYSTEM: 2})
    journal = beside(file, "journal")
    os.truncate(journal, journal.stat().st_size - lost)
    file.write_bytes(before[0])
    os.utime(file, ns=(before[1].st_atime_ns, before[1].st_mtime_ns))
    with closing(JsonFileStore(file)) as store:
        assert 1 == value_of(store, SYSTEM)
        assert "never acknowledged" in caplog.text
        assert 2 == commit(store, {SYSTEM: 3}, {SYSTEM: 1}).revision
        assert broken(store.log(), store.head()) is None


def test_a_commit_that_comes_while_the_journal_is_read_is_followed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A handle that has read more than there was when it looked has followed: it does not read the journal anew."""
    with closing(JsonFileStore(file)) as store, closing(JsonFileStore(file)) as other:
        commit(other, {SYSTEM: 1})
        replica = store._files.replica
        lines = replica.journal.lines

        def late(offset: int = 0) -> Iterator[tuple[int, bytes]]:
            monkeypatch.setattr(replica.journal, "lines", lines)
            commit(other, {SYSTEM: 2})
            return lines(offset)

        monkeypatch.setattr(replica.journal, "lines", late)
        monkeypatch.setattr(replica, "load", lambda found: pytest.fail("the journal is read anew"))
        assert [2, 2] == [value_of(store, SYSTEM), value_of(store, SYSTEM)]
        commit(other, {SYSTEM: 3})
        assert 3 == value_of(store, SYSTEM)


def test_a_file_behind_the_journal_catches_up(file: Path) -> None:
    """A writer killed between journal and file leaves a file that is behind; opening writes it anew."""
    with closing(JsonFileStore(file)) as store:
        commit(store, {SYSTEM: 1})
        old, times = file.read_bytes(), file.stat()
        commit(store, {SYSTEM: 2})
        new = file.read_bytes()
    file.write_bytes(old)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    with closing(JsonFileStore(file)) as store:
        assert (2, None) == (value_of(store, SYSTEM), store.outside_edit())
    assert new == file.read_bytes()


def test_a_deleted_file_is_written_anew(file: Path) -> None:
    """The journal is the truth: without the file, nothing is lost."""
    with closing(JsonFileStore(file)) as store:
        commit(store, {SYSTEM: 1})
        content = file.read_bytes()
    file.unlink()
    with closing(JsonFileStore(file)) as store:
        assert 1 == value_of(store, SYSTEM)
    assert content == file.read_bytes()


def test_a_shortened_journal_is_damage(file: Path) -> None:
    """A journal that lost acknowledged records is told by the file, which names where it stood."""
    with closing(JsonFileStore(file)) as store:
        for number in range(3):
            commit(store, {SYSTEM: number})
    journal = beside(file, "journal")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-1]))
    with pytest.raises(StoreDamaged, match=r"acknowledged records are missing.*restore the newest backup, .*backup-1"):
        JsonFileStore(file)
    assert b"".join(lines[:-1]) == journal.read_bytes()


def test_a_bad_line_in_the_middle_is_damage(file: Path) -> None:
    """A journal that has to be read whole, and cannot, names the line and the newest backup, and is left as it is."""
    with closing(JsonFileStore(file)) as store:
        for number in range(4):
            commit(store, {SYSTEM: number})
    journal = beside(file, "journal")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:2], lines[2].replace(b"alice", b"mallo"), *lines[3:]]))
    changed = journal.read_bytes()
    with closing(JsonFileStore(file)) as store, pytest.raises(StoreDamaged, match=r"journal:3: .*backup-1"):
        list(store.log())
    file.unlink()
    with pytest.raises(StoreDamaged, match=r"journal:3: it is not what was written; restore the newest backup"):
        JsonFileStore(file)
    assert changed == journal.read_bytes()


@pytest.mark.parametrize("order", [(1, 3, 4), (1, 3, 2, 4), (1, 2, 2, 3, 4), (2, 3, 4), (1, 2, 3, 1, 4)], ids=str)
def test_whole_lines_cannot_be_moved(file: Path, order: tuple[int, ...]) -> None:
    """A journal in which whole lines are missing, doubled or in another order is StoreDamaged, whole or only read."""
    with closing(JsonFileStore(file)) as store:
        for number in range(4):
            commit(store, {SYSTEM: number})
    journal = beside(file, "journal")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([lines[0], *(lines[number] for number in order)]))
    with pytest.raises(StoreDamaged), closing(JsonFileStore(file)) as store:
        list(store.log())
    file.unlink()
    with pytest.raises(StoreDamaged, match=r"journal:\d: .*; restore the newest backup"):
        JsonFileStore(file)


def test_every_bit_of_the_journal_is_guarded(file: Path, damage: Damage) -> None:
    """Whichever bit of a record's line turns, the values are right, and whoever reads the log is told of the damage."""
    with closing(JsonFileStore(file, backups=0)) as store:
        first = beside(file, "journal").stat().st_size
        commit(store, {SYSTEM: 1})
        commit(store, {SYSTEM: 2})
        head = store.head()
    journal = beside(file, "journal")
    content = journal.read_bytes()
    for position in range(first, len(content) - 1, 3):
        damage(journal, position)
        with closing(JsonFileStore(file)) as store:
            assert (2, head) == (value_of(store, SYSTEM), store.head())
            with pytest.raises(StoreDamaged):
                list(store.log())
        journal.write_bytes(content)


def test_a_journal_alone_guards_every_bit(file: Path, damage: Damage) -> None:
    """Without the file, whichever bit of the journal turns, what opens is a state that was committed."""
    with closing(JsonFileStore(file, backups=0)) as store:
        heads = [store.head(), *(advance(store.head(), commit(store, {SYSTEM: number})) for number in (1, 2))]
    journal = beside(file, "journal")
    content = journal.read_bytes()
    for position in range(0, len(content), 3):
        file.unlink(missing_ok=True)
        journal.write_bytes(content)
        damage(journal, position)
        try:
            with closing(JsonFileStore(file, backups=0)) as store:
                assert store.head() in heads[1:2]
                assert 1 == value_of(store, SYSTEM)
        except StoreDamaged:
            pass
        journal.write_bytes(content)


def test_a_journal_that_disappears_is_an_error(store: JsonFileStore, file: Path) -> None:
    """When somebody deletes the journal under a running process, reading and writing say so."""
    commit(store, {SYSTEM: 1})
    beside(file, "journal").unlink()
    with pytest.raises(StoreError, match=r"journal cannot be read: No such file"):
        store.head()
    with pytest.raises(StoreError, match=r"journal cannot be read: No such file"):
        commit(store, {SYSTEM: 2})


def test_a_killed_writer_loses_nothing_acknowledged(file: Path) -> None:
    """A process killed while it writes leaves a store that opens at its last acknowledged commit, or the one after."""
    for _ in range(5):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(15)]
        writer.kill()
        acknowledged += [int(line) for line in writer.stdout if line.endswith("\n")]
        writer.wait()
        writer.stdout.close()
        with closing(JsonFileStore(file)) as store:
            assert store.head().revision - acknowledged[-1] in (0, 1)
            assert store.head().revision == value_of(store, SYSTEM)
            assert broken(store.log(), store.head()) is None


WRITER = """
import sys
from pathlib import Path
from cfgcore.store.json_file import JsonFileStore
from cfgcore.testing.store_fixtures import commit
store = JsonFileStore(Path(sys.argv[1]))
while True:
    record = commit(store, {"system": store.head().revision + 1})
    print(record.revision, flush=True)
"""
