"""A file without its journal."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cfgcore.errors import StoreDamaged, StoreError
from cfgcore.store.document import SYSTEM
from cfgcore.store.json_file import JsonFileStore
from cfgcore.store.line import from_line, to_line
from cfgcore.store.place import beside
from cfgcore.store.record import broken
from cfgcore.store.secret import key_in
from cfgcore.testing.store_fixtures import commit, value_of


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"\x80abc", b'{"system": {"values"', b"[]", b'{"system": 5}'])
def test_without_journal_what_cannot_be_read_is_left_alone(file: Path, content: bytes) -> None:
    """An empty, binary or cut file without a journal is StoreDamaged, names the newest backup, and stays."""
    beside(file, "backup-7").write_bytes(b"{}")
    file.write_bytes(content)
    with pytest.raises(StoreDamaged, match=r"models\.json: .*; restore the newest backup, .*models\.json\.backup-7"):
        JsonFileStore(file)
    assert content == file.read_bytes()
    assert not beside(file, "journal").exists()


def test_a_file_made_by_hand_is_taken_up(file: Path) -> None:
    """A file without a journal gives its documents to a new store, in a record of their own, and is backed up."""
    users = '{"béa": {"values": {}, "versions": {"a": 1}}}'
    text = f'{{"system": {{"values": {{"download": {{"max_retries": 5}}}}}}, "users": {users}}}'
    file.write_text(text, encoding="utf-8")
    with closing(JsonFileStore(file)) as store:
        found = store.read([SYSTEM, "user/béa"]).documents
        assert {"download": {"max_retries": 5}} == found[SYSTEM].values
        assert ({"a": 1}, 1) == (found["user/béa"].versions, found["user/béa"].revision)
        (record,) = store.log()
        assert ("adopt", "edited outside", 1) == (record.action, record.actor, record.revision)
        assert broken([record], store.head()) is None
    assert text == beside(file, "backup-0").read_text(encoding="utf-8")


def test_secrets_of_a_file_made_by_hand_are_moved_apart(file: Path) -> None:
    """What is secret in it is kept where secrets are and nowhere else, and the record tells each setting by itself."""
    file.write_text('{"system": {"values": {"x": {"a": 5, "token": "c4nary", "none": {}, "more": {"b": null}}}}}')
    with closing(JsonFileStore(file, is_secret=lambda name, path: path == ("x", "token"))) as store:
        values = store.read([SYSTEM]).documents[SYSTEM].values["x"]
        key = key_in(values["token"])
        assert key is not None
        assert {key: "c4nary"} == store.read_secrets([key])
        (record,) = store.log()
        paths = [edit.path for edit in record.edits()[SYSTEM]]
        assert [("x", "a"), ("x", "token"), ("x", "none"), ("x", "more", "b")] == paths
    assert ["models.json.secrets"] == [one.name for one in file.parent.iterdir() if b"c4nary" in one.read_bytes()]


def test_a_copied_file_is_another_incarnation(file: Path, tmp_path: Path) -> None:
    """The file of another store, copied without its journal, keeps its documents, and is not taken for that store."""
    with closing(JsonFileStore(file)) as store:
        commit(store, {SYSTEM: 1, "user/alice": 2})
        commit(store, {SYSTEM: 3})
        (tmp_path / "elsewhere").mkdir()
        copy = tmp_path / "elsewhere" / "models.json"
        copy.write_bytes(file.read_bytes())
        with closing(JsonFileStore(copy)) as other:
            assert store.head().incarnation != other.head().incarnation
            assert (3, 2) == (value_of(other, SYSTEM), value_of(other, "user/alice"))
            assert store.head().incarnation in str(next(other.log()).reason)


def test_a_newer_format_is_refused(file: Path) -> None:
    """What a newer cfgcore wrote asks for an upgrade: the journal, and the file where there is no journal."""
    JsonFileStore(file).close()
    journal = beside(file, "journal")
    line = from_line(journal.read_bytes())
    journal.write_bytes(to_line({"checkpoint": {**line["checkpoint"], "format": 2}}))
    with pytest.raises(StoreError, match=r"journal: .*newer cfgcore \(format 2\); upgrade cfgcore"):
        JsonFileStore(file)
    journal.unlink()
    file.write_text('{"cfgcore": {"format": 2}}')
    with pytest.raises(StoreError, match=r"models\.json: .*newer cfgcore; upgrade cfgcore"):
        JsonFileStore(file)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="permissions are those of POSIX")
def test_a_file_alone_that_may_only_be_read_serves(open_folder: Path, unprivileged: Callable[[], None]) -> None:
    """A file without a journal, in a folder that cannot be written, gives its documents."""
    file = open_folder / "models.json"
    file.write_text('{"system": {"values": {"download": {"value": 1}}}}')
    unprivileged()
    with closing(JsonFileStore(file)) as store:
        assert (1, []) == (value_of(store, SYSTEM), list(store.log()))
