"""Which store a URL names."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import pytest

from cfgcore.errors import StoreError
from cfgcore.store.document import SYSTEM
from cfgcore.store.json_file import JsonFileStore
from cfgcore.store.opening import open_backup, open_store
from cfgcore.store.sqlite import SqliteStore
from cfgcore.testing.store_fixtures import commit, value_of


@pytest.mark.parametrize(
    ("url", "kind", "file"),
    [
        ("models.json", JsonFileStore, "models.json"),
        ("file:models.json", JsonFileStore, "models.json"),
        ("file:models", JsonFileStore, "models"),
        ("FILE:models.json", JsonFileStore, "models.json"),
        ("file:{folder}/a b.json", JsonFileStore, "a b.json"),
        ("file:{folder}/a%20b.json", JsonFileStore, "a%20b.json"),
        ("file://{folder}/a%20b.json", JsonFileStore, "a b.json"),
        ("file://localhost{folder}/models.json", JsonFileStore, "models.json"),
        ("{folder}/models.json", JsonFileStore, "models.json"),
        ("sqlite:///store.db", SqliteStore, "store.db"),
        ("sqlite:///{folder}/store.db", SqliteStore, "store.db"),
    ],
)
def test_a_url_names_a_store(tmp_path: Path, url: str, kind: type, file: str) -> None:
    """The scheme, or the ending of a path, chooses the store; a relative path begins at the given folder."""
    store = open_store(url.format(folder=tmp_path.as_posix()), tmp_path)
    assert isinstance(store, kind)
    assert (tmp_path / file).exists()
    store.close()


def test_a_path_is_a_url(tmp_path: Path) -> None:
    """A path object to a JSON file needs no scheme."""
    store = open_store(tmp_path / "models.json")
    assert isinstance(store, JsonFileStore)
    store.close()


def test_a_relative_path_begins_at_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder, a relative path begins at the current one, wherever that goes later."""
    monkeypatch.chdir(tmp_path)
    store = open_store("file:models.json")
    monkeypatch.chdir("/")
    assert 0 == store.head().revision
    assert (tmp_path / "models.json").exists()
    store.close()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("redis://:canary@host", "no store has the scheme 'redis'.*a plugin"),
        (
            "models.yaml",
            "'models.yaml' is not a store: that is a file that ends in .json, file:PATH, sqlite:///PATH or post",
        ),
        ("", "'' is not a store"),
        ("file:", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite:store.db", "sqlite:///relative/path or sqlite:////absolute/path"),
        ("sqlite://", "sqlite:///relative/path"),
        ("sqlite:///store.db?mode=ro", "it takes no options"),
        ("sqlite:///:memory:", "what is kept in memory is no store"),
        ("file://server/share/models.json", "file://server: a file on another machine"),
    ],
)
def test_what_names_no_store_says_what_would(tmp_path: Path, url: str, reason: str) -> None:
    """An unknown scheme names what to install, and no password; a URL without a file says what one looks like."""
    with pytest.raises(StoreError, match=reason) as caught:
        open_store(url, tmp_path)
    assert "canary" not in str(caught.value)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_postgresql_needs_an_extra(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    """Without its driver, a PostgreSQL store says what to install, and repeats no password."""
    for module in ("postgresql", "postgresql_tables", "session", "listening"):
        monkeypatch.delitem(sys.modules, f"cfgcore.store.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install 'cfgcore\[postgresql\]'") as caught:
        open_store(f"{scheme}://alice:canary@host/db")
    assert "canary" not in str(caught.value)


def test_a_backup_is_known_by_its_content(tmp_path: Path) -> None:
    """A backup opens as the kind of store that it is, whatever its name; one that cannot be read says so."""
    for number, kind in enumerate([JsonFileStore, SqliteStore]):
        with closing(kind(tmp_path / f"store-{number}")) as store:
            commit(store, {SYSTEM: number})
            store.backup(tmp_path / f"{number}.backup")
        with closing(open_backup(tmp_path / f"{number}.backup")) as backup:
            assert (kind, number) == (type(backup), value_of(backup, SYSTEM))
            with pytest.raises(StoreError, match="it is only to be read"):
                commit(backup, {SYSTEM: 5})
    with pytest.raises(StoreError, match=r"absent: the backup cannot be read"):
        open_backup(tmp_path / "absent")


@pytest.mark.parametrize("url", ["store.json", "file:store.json", "sqlite:///store.db"])
def test_a_store_that_has_to_be_there_is_not_made(tmp_path: Path, url: str) -> None:
    """Where an existing store is asked for, a name that is misspelt makes no new one."""
    with pytest.raises(StoreError, match="there is no such store"):
        open_store(url, tmp_path, existing=True)
    assert [] == list(tmp_path.iterdir())
    open_store(url, tmp_path).close()
    open_store(url, tmp_path, existing=True).close()


@pytest.mark.parametrize("kind", [JsonFileStore, SqliteStore])
def test_a_backup_is_left_as_it_is(tmp_path: Path, kind: type[JsonFileStore] | type[SqliteStore]) -> None:
    """Opening a backup touches nothing beside it or in it, also where it is a store that was left in the middle."""
    with closing(kind(tmp_path / "store")) as store:
        commit(store, {SYSTEM: 1})
        before = {file.name: file.read_bytes() for file in tmp_path.iterdir() if not file.name.endswith("-shm")}
        with closing(open_backup(tmp_path / "store")) as backup:
            assert 1 == value_of(backup, SYSTEM)
        after = {file.name: file.read_bytes() for file in tmp_path.iterdir() if not file.name.endswith("-shm")}
    assert before == after
