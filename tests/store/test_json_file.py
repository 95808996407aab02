"""The JSON file store."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cfgcore.errors import StoreDamaged, StoreError
from cfgcore.store.document import FLAGS, POLICIES, SYSTEM
from cfgcore.store.json_file import JsonFileStore
from cfgcore.store.place import beside
from cfgcore.store.protocol import Store
from cfgcore.store.record import broken
from cfgcore.testing.store_fixtures import commit, draft_of, value_of, write_of
from cfgcore.testing.stores import StoreContract

Damage = Callable[[Path, int], None]


class TestJsonFileStore(StoreContract):
    """The JSON file store keeps the promises of every store."""

    @pytest.fixture
    def make_store(self, tmp_path: Path) -> Callable[[], Store]:
        return partial(JsonFileStore, tmp_path / "models.json")

    @pytest.fixture
    def storage_bytes(self, tmp_path: Path) -> Callable[[], bytes]:
        return lambda: b"".join(file.read_bytes() for file in tmp_path.glob("models.json*"))

    def open_backup(self, target: Path) -> Store:
        return JsonFileStore(target)


def test_the_file_is_readable_and_stable(store: JsonFileStore, file: Path) -> None:
    """The file is indented JSON in sorted order, ends in a newline, and keeps users apart."""
    commit(store, {"user/béa": 2, "user/alice": 1, POLICIES: 3, SYSTEM: 4, FLAGS: 5, "tokens": 6})
    text = file.read_text(encoding="utf-8")
    data = json.loads(text)
    assert ["cfgcore", "documents", "flags", "policies", "system", "users"] == list(data)
    assert ["alice", "béa"] == list(data["users"])
    assert {"revision": 1, "values": {"download": {"value": 1}}, "versions": {"download": 1}} == data["users"]["alice"]
    assert json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n" == text
    assert (1, 1, store.head().chain) == tuple(data["cfgcore"][key] for key in ("revision", "sequence", "chain"))


def test_the_file_follows_every_commit(store: JsonFileStore, file: Path) -> None:
    """After each commit the file holds what the store holds, and its time is the one that it names."""
    for number in range(3):
        commit(store, {"user/alice": number, f"user/{number}": 1})
        data = json.loads(file.read_bytes())
        assert number == data["users"]["alice"]["values"]["download"]["value"]
        assert data["cfgcore"]["saved"] == file.stat().st_mtime_ns / 10**9


def test_permissions_are_kept(store: JsonFileStore, file: Path) -> None:
    """Writing the file anew keeps the permissions that somebody gave it; secrets are their owner's alone."""
    commit(store, {SYSTEM: 1})
    file.chmod(0o640)
    store.close()
    with closing(JsonFileStore(file)) as again:
        again.commit({}, {}, draft_of({}), {"key": "hidden"})
    if os.name == "posix":
        assert (0o640, 0o600) == (file.stat().st_mode & 0o777, beside(file, "secrets").stat().st_mode & 0o777)


def test_a_symbolic_link_is_followed(tmp_path: Path, file: Path) -> None:
    """A link to the file stays a link: the files lie where it points."""
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "real.json"
    file.symlink_to(target)
    with closing(JsonFileStore(file)) as store:
        commit(store, {SYSTEM: 1})
    assert file.is_symlink()
    assert beside(target, "journal").exists()
    assert not beside(file, "journal").exists()


def test_every_bit_of_the_file_is_guarded(file: Path, damage: Damage) -> None:
    """Whichever bit of the file turns, the store opens with what was committed, and keeps the damaged file aside."""
    with closing(JsonFileStore(file, backups=0)) as store:
        commit(store, {SYSTEM: 1, "user/alice": 2})
        store.erase("user/alice", draft_of({}, action="forget"))
    content, times = file.read_bytes(), file.stat()
    for position in range(len(content)):
        damage(file, position)
        with closing(JsonFileStore(file)) as store:
            assert (1, None) == (value_of(store, SYSTEM), store.outside_edit())
        assert content == file.read_bytes()
        assert times.st_mtime_ns == file.stat().st_mtime_ns
        aside = beside(file, "damaged-1")
        assert 1 == sum(a != b for a, b in zip(content, aside.read_bytes(), strict=True))
        aside.unlink()


def test_folders_are_refused(tmp_path: Path, file: Path) -> None:
    """A folder in the place of the file, and a file in a folder that is not there, are StoreErrors that say so."""
    file.mkdir()
    with pytest.raises(StoreError, match="it is a folder"):
        JsonFileStore(file)
    with pytest.raises(StoreError, match=r"the folder .*absent does not exist"):
        JsonFileStore(tmp_path / "absent" / "models.json")


def test_stale_temporary_files_are_removed(file: Path) -> None:
    """What a killed writer left half-written is removed at the next open; other files stay."""
    for name in (".models.json.123.tmp", ".models.json.journal.9.tmp", ".models.jsonx.1.tmp", "models.json.tmp"):
        (file.parent / name).write_bytes(b"{")
    JsonFileStore(file).close()
    assert [".models.jsonx.1.tmp", "models.json.tmp"] == sorted(
        entry.name for entry in file.parent.iterdir() if entry.name.endswith("tmp")
    )


def test_backups_are_rotated(file: Path) -> None:
    """The file is kept as it was before a commit where the newest backup is an hour old; only the newest few stay."""
    for number in range(5):
        with closing(JsonFileStore(file, backups=2)) as store:
            commit(store, {SYSTEM: number})
            commit(store, {SYSTEM: 100 + number})
        for backup in file.parent.glob("*.backup-*"):
            os.utime(backup, (backup.stat().st_mtime - 4000,) * 2)
    assert ["models.json.backup-6", "models.json.backup-8"] == sorted(f.name for f in file.parent.glob("*backup*"))
    assert 103 == json.loads(beside(file, "backup-8").read_bytes())["system"]["values"]["download"]["value"]


def test_backups_are_an_hour_apart_whoever_makes_them(file: Path) -> None:
    """A process makes no backup of what another one has kept a moment ago."""
    for number in range(4):
        with closing(JsonFileStore(file)) as store:
            commit(store, {SYSTEM: number})
    assert ["models.json.backup-1"] == [found.name for found in file.parent.glob("*.backup-*")]


def test_what_others_put_beside_a_store_stays(file: Path) -> None:
    """Files that are only called like backups are neither made room of, nor erased; none is made by a backup's name."""
    mine = [beside(file, name) for name in ("backup-monday", "backup-1-old", "backup-", "backup-0")]
    for one in mine:
        one.write_text("mine")
    with closing(JsonFileStore(file, backups=2)) as store:
        commit(store, {SYSTEM: 1, "user/alice": 1})
        with pytest.raises(StoreError, match="choose another one"):
            store.backup(beside(file, "backup-7"))
        store.erase("user/alice", draft_of({}, action="forget"))
        store.compact(100, draft_of({}, action="compact"))
    assert ["mine"] * 3 == [one.read_text() for one in mine[:3]]


@pytest.mark.skipif(os.name == "nt", reason="permissions are those of POSIX")
def test_a_backup_is_read_by_who_may_read_the_store(file: Path, tmp_path: Path) -> None:
    """The copies have the permissions that the file has."""
    JsonFileStore(file).close()
    file.chmod(0o600)
    with closing(JsonFileStore(file)) as store:
        commit(store, {SYSTEM: 1})
        store.backup(tmp_path / "copy.json")
    copies = [tmp_path / "copy.json", tmp_path / "copy.json.journal"]
    assert [0o600, 0o600] == [stat.S_IMODE(one.stat().st_mode) for one in copies]


def test_damage_is_not_backed_up(file: Path, tmp_path: Path) -> None:
    """A backup of a journal that is damaged where nobody reads it is refused, and leaves nothing."""
    with closing(JsonFileStore(file)) as store:
        for number in range(4):
            commit(store, {SYSTEM: number})
    journal = beside(file, "journal")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:2], lines[2].replace(b"alice", b"mallo"), *lines[3:]]))
    with closing(JsonFileStore(file)) as store, pytest.raises(StoreDamaged, match="journal:3: "):
        store.backup(tmp_path / "copy.json")
    assert [] == list(tmp_path.glob("copy.json*"))


def test_an_erasure_names_the_copies_that_it_cannot_reach(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file beside the store that still holds what was erased is told, others are not."""
    beside(file, "edited-1").write_text('{"users": {"alice": {}}}')
    beside(file, "edited-2").write_text('{"users": {"bob": {}}}')
    with closing(JsonFileStore(file)) as store:
        commit(store, {"user/alice": 1})
        store.erase("user/alice", draft_of({}, action="forget"))
    told = [record.getMessage() for record in caplog.records if "may still hold" in record.getMessage()]
    assert [f"{beside(file, 'edited-1')}"] == [message.partition(": ")[0] for message in told]


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="permissions are those of POSIX")
def test_what_may_only_be_read_opens_read_only(open_folder: Path, unprivileged: Callable[[], None]) -> None:
    """In a folder that cannot be written, everything can be read, and a commit is refused with the reason."""
    file = open_folder / "models.json"
    with closing(JsonFileStore(file)) as store:
        commit(store, {SYSTEM: 1})
    before = sorted(entry.name for entry in open_folder.iterdir())
    unprivileged()
    with closing(JsonFileStore(file)) as store:
        assert (1, None, 1) == (value_of(store, SYSTEM), store.outside_edit(), len(list(store.log())))
        with pytest.raises(StoreError, match=r"opened read-only: .* cannot be written by this user"):
            commit(store, {SYSTEM: 2})
    assert before == sorted(entry.name for entry in open_folder.iterdir())


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="permissions are those of POSIX")
def test_an_unreadable_file_says_so(open_folder: Path, unprivileged: Callable[[], None]) -> None:
    """A journal without permission to read is a StoreError with the cause and what to do, at once and later."""
    file = open_folder / "models.json"
    with closing(JsonFileStore(file)) as store:
        commit(store, {SYSTEM: 1})
        with closing(JsonFileStore(file)) as other:
            commit(other, {SYSTEM: 2})
        beside(file, "journal").chmod(0)
        unprivileged()
        with pytest.raises(StoreError, match=r"journal: .*Permission denied; see to its permissions"):
            store.head()
    with pytest.raises(StoreError, match=r"journal: .*Permission denied; see to its permissions"):
        JsonFileStore(file)


def test_damaged_secrets_are_damage(store: JsonFileStore, file: Path, damage: Damage) -> None:
    """A changed file of secrets gives no wrong secret."""
    store.commit({}, {}, draft_of({}), {"key": "hidden"})
    damage(beside(file, "secrets"), -8)
    with pytest.raises(StoreDamaged, match=r"models\.json\.secrets: it is not what was written"):
        store.read_secrets(["key"])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_child_forked_during_a_commit_is_not_stuck(file: Path, forked: Callable[[Callable[[], object]], int]) -> None:
    """A child forked while another thread commits holds none of that thread's locks, nor keeps the parent waiting."""
    with closing(JsonFileStore(file)) as store:
        done = threading.Event()

        def write() -> None:
            while not done.is_set():
                commit(store, {SYSTEM: 1})

        writer = threading.Thread(target=write)
        writer.start()
        codes = [forked(lambda: commit(store, {"user/child": 2})) for _ in range(20)]
        done.set()
        writer.join()
        assert [0] * 20 == codes
        assert broken(store.log(), store.head()) is None


@pytest.mark.parametrize("depth", [100, 500, 100_000])
def test_what_nests_too_deeply_is_refused(store: JsonFileStore, file: Path, depth: int) -> None:
    """A value that could not be written with indentation is refused before anything is committed."""
    value: Any = 1
    for _ in range(depth):
        value = [value]
    with pytest.raises(StoreError, match="it nests too deeply"):
        store.commit({SYSTEM: write_of(value)}, {}, draft_of({}))
    assert (0, 1) == (store.head().revision, commit(store, {SYSTEM: 1}).revision)
    assert 1 == json.loads(file.read_bytes())["system"]["values"]["download"]["value"]
