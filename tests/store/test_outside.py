"""Edits of the readable file by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cfgcore.store.document import SYSTEM
from cfgcore.store.json_file import JsonFileStore
from cfgcore.store.outside import EditedOutside
from cfgcore.store.place import beside
from cfgcore.testing.store_fixtures import commit, draft_of, value_of, write_of

Edit = Callable[[Path, str, str], None]


def test_an_edit_by_hand_is_reported(store: JsonFileStore, file: Path, edit: Edit) -> None:
    """A changed file is handed over with what it holds and the revision it names, and nothing is written over it."""
    commit(store, {SYSTEM: 1})
    commit(store, {"user/alice": 1})
    assert store.outside_edit() is None
    edit(file, '"value": 1', '"value": 7')
    edited = file.read_bytes()
    found = store.outside_edit()
    assert found is not None
    assert (2, False, None) == (found.base_revision, found.copy, found.problem)
    assert {SYSTEM: write_of(7), "user/alice": write_of(7)} == found.documents
    with pytest.raises(EditedOutside, match="edited by hand"):
        commit(store, {SYSTEM: 2})
    with pytest.raises(EditedOutside):
        store.erase("user/alice", draft_of({}, action="forget"))
    store.append_audit(draft_of({}))
    assert (edited, 1, 2) == (file.read_bytes(), value_of(store, SYSTEM), store.head().revision)


def test_an_edit_that_was_dealt_with_is_written_over(store: JsonFileStore, file: Path, edit: Edit) -> None:
    """A commit over the edit writes the file anew, for every handle."""
    commit(store, {SYSTEM: 1})
    edit(file, '"value": 1', '"value": 7')
    with closing(JsonFileStore(file)) as other:
        assert other.outside_edit() == store.outside_edit() is not None
        other.commit({SYSTEM: write_of(7)}, {SYSTEM: 1}, draft_of({SYSTEM: 7}), over_edit=True)
    assert store.outside_edit() is None
    commit(store, {SYSTEM: 8}, {SYSTEM: 2})
    assert 8 == json.loads(file.read_bytes())["system"]["values"]["download"]["value"]


def test_an_edit_is_set_aside(store: JsonFileStore, file: Path) -> None:
    """Setting aside keeps the edited file under another name and writes the stored state; twice makes two files."""
    commit(store, {SYSTEM: 1})
    for number in (1, 2):
        file.write_text(f"{{ letter {number}")
        assert "letter" not in str(getattr(found := store.outside_edit(), "documents", None))
        assert found is not None
        assert found.problem is not None
        assert beside(file, f"edited-{number}") == store.set_aside()
        assert f"{{ letter {number}" == beside(file, f"edited-{number}").read_text()
        assert 1 == json.loads(file.read_bytes())["system"]["values"]["download"]["value"]
    assert store.set_aside() is None
    commit(store, {SYSTEM: 2})


def test_an_edit_that_changes_nothing_is_none(store: JsonFileStore, file: Path) -> None:
    """Other spaces, another time, a byte order mark: the values are the same, and the file is written anew."""
    commit(store, {SYSTEM: 1})
    content = file.read_bytes()
    for changed in (content, content.replace(b"  ", b" "), b"\xef\xbb\xbf" + content):
        file.write_bytes(changed)
        assert store.outside_edit() is None
        assert content == file.read_bytes()


@pytest.mark.parametrize(("old", "new"), [('"value": 1', '"value": true'), ('"value": 1', '"value": 1.0')])
def test_equal_is_not_the_same(store: JsonFileStore, file: Path, old: str, new: str, edit: Edit) -> None:
    """An edit that gives a value another type is an edit, though Python calls the two equal."""
    commit(store, {SYSTEM: 1})
    edit(file, old, new)
    assert store.outside_edit() is not None


def test_an_older_copy_put_back_is_an_edit(store: JsonFileStore, file: Path) -> None:
    """A backup that somebody copied over the file is reported as a copy, with the revision it is of."""
    commit(store, {SYSTEM: 1})
    commit(store, {SYSTEM: 2})
    file.write_bytes(beside(file, "backup-1").read_bytes())
    found = store.outside_edit()
    assert found is not None
    assert (1, True, {SYSTEM: write_of(1)}) == (found.base_revision, found.copy, found.documents)


def test_an_edit_taken_back_is_none(store: JsonFileStore, file: Path, edit: Edit) -> None:
    """When the edited file is put back as it was, commits go on."""
    commit(store, {SYSTEM: 1})
    edit(file, '"value": 1', '"value": 7')
    assert store.outside_edit() is not None
    edit(file, '"value": 7', '"value": 1')
    assert 2 == commit(store, {SYSTEM: 2}).revision


def test_an_edit_before_opening_is_reported(file: Path, edit: Edit) -> None:
    """An edit while no process had the store open is found when one opens it."""
    with closing(JsonFileStore(file)) as store:
        commit(store, {SYSTEM: 1})
    edit(file, '"value": 1', '"value": 7')
    with closing(JsonFileStore(file)) as store:
        assert (1, True) == (value_of(store, SYSTEM), store.outside_edit() is not None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            '{"sytem": {"values": {}}}',
            "'sytem' is none of cfgcore, documents, system, policies, flags, versions, users",
        ),
        ('{"users": {"a\\u0000": {"values": {}}}}', "control characters"),
        ('{"users": []}', "users: it is not a JSON object"),
        ('{"system": {"values": 1}}', "system: it has no 'values'"),
        ('{"system": {"values": {}, "versions": {"a": true}}}', "system: its 'versions'"),
        ('{"system": {"values": {"a": "\\ud800"}}}', "system: 'utf-8' codec"),
        (
            f'{{"system": {{"values": {{"a": [{", ".join(["[]"] * 10_001)}]}}}}}}',
            "system: it holds more than 10,000 values",
        ),
        (
            f'{{"system": {{"values": {{"a": [{", ".join(["[]"] * 100_001)}]}}}}}}',
            "it holds more than 100,000 tables and lists, too many to be edited by hand",
        ),
        (" " * (32 << 20) + "x", "it is larger than 32 MiB, too large to be edited by hand"),
        (
            '{"users": {' + ", ".join(f'"{number}": {{"values": {{}}}}' for number in range(10_001)) + "}}",
            "users: it holds more than 10,000 documents",
        ),
        ('{"system": {"values": {}}, "system": {"values": {}}}', "a key stands twice"),
        ('{"system": {"values": {"a": NaN}}}', "NaN is not a number"),
        ("[" * 100_000, "it nests too deeply"),
        ("", "it is empty"),
    ],
)
def test_the_problem_of_an_edit_is_named(store: JsonFileStore, file: Path, text: str, problem: str) -> None:
    """A file that cannot be read is reported with the reason, and waits for somebody to deal with it."""
    commit(store, {SYSTEM: 1})
    file.write_text(text)
    found = store.outside_edit()
    assert found is not None
    assert problem in str(found.problem)
    assert text == file.read_text()


def test_brackets_in_a_text_are_no_tables(store: JsonFileStore, file: Path, edit: Edit) -> None:
    """A text may hold as many brackets as it likes."""
    commit(store, {SYSTEM: 1})
    edit(file, '"value": 1', f'"value": "{"[{" * 60_000}"')
    found = store.outside_edit()
    assert found is not None
    assert found.problem is None


def test_a_name_of_a_store_that_is_none_is_left_out(file: Path) -> None:
    """A file without a journal begins a store, whatever it says that the one was called that wrote it."""
    with closing(JsonFileStore(file)) as store:
        commit(store, {SYSTEM: 1})
        name = store.head().incarnation
    file.write_text(file.read_text(encoding="utf-8").replace(name, "\\ud800"), encoding="utf-8")
    file.with_name(f"{file.name}.journal").unlink()
    with closing(JsonFileStore(file)) as store:
        assert 1 == value_of(store, SYSTEM)
