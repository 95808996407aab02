"""docs/stores.md, executed and compared with the stores."""

import inspect
import json
import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from cfgcore.store.json_file import JsonFileStore
from cfgcore.store.protocol import Store
from cfgcore.store.record import Record
from cfgcore.store.sqlite import SqliteStore
from cfgcore.testing.store_fixtures import draft_of, write_of

PAGE = "docs/stores.md"
SECTIONS = ("Back up and restore", "Copy", "Put a backup back", "Write your own")


def names(cells: str) -> list[str]:
    return [name.strip().strip("`") for name in cells.split(",")]


def filled(store: Store) -> None:
    """Commit a value and a secret."""
    with closing(store):
        store.commit({"user/alice": write_of(1)}, {}, draft_of({"user/alice": 1}), {"key": "hunter2"})


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A folder with a JSON file store and a SQLite store that hold something."""
    filled(JsonFileStore(tmp_path / "config.json"))
    filled(SqliteStore(tmp_path / "config.db"))
    return tmp_path


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_section_works_as_written(heading: str, page: Any, quickstart: Any) -> None:
    """In the quickstart the files and commands of a section do what is shown."""
    quickstart.follow(page(PAGE).under(heading))


def test_no_block_is_left_out(page: Any) -> None:
    """Every block of the page is executed."""
    assert set(SECTIONS) == {block.heading for block in page(PAGE).blocks}


def test_the_methods_are_those_of_the_protocol(page: Any) -> None:
    """The table names what a store must have, in the order of the protocol."""
    methods = [name for name, _ in inspect.getmembers(Store, inspect.isfunction) if not name.startswith("_")]
    ordered = [name for name in vars(Store) if name in methods]
    assert ordered == [row[0].strip("`") for row in page(PAGE).table("method")]


def test_the_files_are_those_that_stores_leave(stored: Path, page: Any) -> None:
    """Every file that a store leaves is in the table of files."""
    listed = {name for row in page(PAGE).table("file") for name in names(row[0])}
    assert {"config.json", "config.json.secrets", "config.db"} <= (left := {file.name for file in stored.iterdir()})
    assert left <= listed


@pytest.mark.skipif(os.name != "posix", reason="only there a file's mode says who can read it")
def test_files_have_the_modes_of_the_table(stored: Path, page: Any) -> None:
    """What the table calls 0600 is for its owner only."""
    private = {name for row in page(PAGE).table("file") if row[2] == "0600" for name in names(row[0])}
    found = {file.name: stat.S_IMODE(file.stat().st_mode) for file in stored.iterdir() if file.name in private}
    assert {"config.json.secrets": 0o600, "config.json.lock": 0o600, "config.db.lock": 0o600} == found


def test_the_header_is_that_of_the_page(stored: Path, page: Any) -> None:
    """The table of the JSON document names every key of its header."""
    header = json.loads((stored / "config.json").read_text("utf-8"))["cfgcore"]
    assert set(header) == {name for row in page(PAGE).table("key in `cfgcore`") for name in names(row[0])}


def test_the_journal_is_that_of_the_page(stored: Path, page: Any) -> None:
    """The lines of a journal have the keys that the page names, and a record has the fields of its table."""
    first, *others = map(json.loads, (stored / "config.json.journal").read_text("utf-8").splitlines())
    assert {"digest", "checkpoint"} == set(first)
    assert {"digest", "record", "saved", "writes"} == set(others[-1])
    listed = {name for row in page(PAGE).table("field") for name in names(row[0])}
    assert listed == set(others[-1]["record"]) == {field.name for field in fields(Record)}
    (part,) = others[-1]["record"]["parts"]
    assert {"payload", "salt", "digest"} == set(part)
    assert {"document", "actor", "reason", "versions", "edits"} == set(part["payload"])


def test_the_tables_are_those_of_the_page(stored: Path, page: Any) -> None:
    """The page names every table of a database and every column."""
    with closing(sqlite3.connect(stored / "config.db")) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")] for table in tables}
    assert found == {row[0].strip("`"): names(row[1]) for row in page(PAGE).table("table")}


@pytest.mark.parametrize(
    ("name", "harm", "told"),
    [
        ("config.json.journal", lambda data: data + b'{"digest":"', None),
        ("config.json", lambda data: b"", None),
        ("config.json", lambda data: data[:40], None),
        ("config.json.journal", lambda data: b"x" + data, "restore the newest backup|there is no backup"),
        ("config.db", lambda data: b"x" * len(data), "restore a backup"),
    ],
)
def test_harm_has_the_outcome_of_the_table(
    name: str, harm: Callable[[bytes], bytes], told: str | None, stored: Path
) -> None:
    """What the table says is mended is mended, and what it says is refused is refused, untouched."""
    file = stored / name
    harmed = harm(file.read_bytes())
    file.write_bytes(harmed)
    if name == "config.json.journal" and told:
        (stored / "config.json").unlink()
    make = SqliteStore if name == "config.db" else JsonFileStore
    if told is None:
        with closing(JsonFileStore(stored / "config.json")) as store:
            assert 1 == store.read(["user/alice"]).documents["user/alice"].revision
        return
    with pytest.raises(Exception, match=told):
        make(stored / name.removesuffix(".journal"))
    assert harmed == file.read_bytes()
