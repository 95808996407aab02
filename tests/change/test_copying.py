"""A store copied into another, of whatever kind: everything is there, and it goes on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cfgcore import Config, StoreError, ValidationFailed
from cfgcore.change import copying
from cfgcore.change.copying import copy
from cfgcore.store.document import SYSTEM
from cfgcore.store.json_file import JsonFileStore
from cfgcore.store.opening import open_store
from cfgcore.store.protocol import Store, Write, pages
from cfgcore.store.record import broken
from cfgcore.testing.store_fixtures import draft_of

KINDS = ["json", "db"]


@pytest.fixture(params=KINDS)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store that is not there yet."""
    return str(tmp_path / "copy.json") if request.param == "json" else f"sqlite:///{tmp_path / 'copy.db'}"


def contents(store: Store) -> dict[str, Any]:
    names = [name for page in pages(store) for name in page]
    return {name: (d.values, dict(d.versions), d.revision) for name, d in store.read(names).documents.items()}


def history(config: Config) -> None:
    """Make a little history: users, secrets, refusals, a rollback, somebody who is forgotten."""
    config.update({"download.max_retries": 4, "download.token": "first"}, actor="root", reason="one")
    config.update({"download.max_retries": 7, "download.labels": {"a": "b"}}, user="alice", actor="alice")
    config.update({"download.max_retries": 8}, user="bob", actor="bob")
    for _ in range(15):
        with pytest.raises(ValidationFailed):
            config.update({"download.max_retries": 99}, actor="eve")
    config.update({"download.token": "second", "download.top": 50.0}, actor="root")
    config.forget("bob", actor="root")
    config.unset(["download.labels"], user="alice", actor="alice")
    config.rollback(1, scope="system", actor="root")


def test_everything_is_copied(config: Config, url: str, target: str, tmp_path: Path) -> None:
    """Documents with their revisions and versions, all records in their order, and secrets, old ones too."""
    history(config)
    config.close()
    with closing(open_store(url, tmp_path)) as old, closing(open_store(target)) as new:
        assert copy(old, new).revision == old.head().revision
        assert list(old.log()) == list(new.log())
        assert contents(old) == contents(new)
        assert broken(new.log(), new.head()) is None
        with pytest.raises(StoreError, match="not empty; copy into a new store"):
            copy(old, new)


def test_a_copy_goes_on(config: Config, reopen: Callable[..., Config], url: str, target: str, tmp_path: Path) -> None:
    """Secrets are read, ways back lead where they led, and revisions continue."""
    history(config)
    config.close()
    with closing(open_store(url, tmp_path)) as old, closing(open_store(target)) as new:
        copy(old, new)
    again = reopen(store=target)
    assert ("first", 7) == (again.download.token, again.for_user("alice").download.max_retries)
    assert {"a": "b"} == again.at(4, user="alice").download.labels
    assert "second" == again.at(4).download.token
    assert 7 == again.update({"download.max_retries": 1}, actor="root").revision
    assert again.audit.verify()


@pytest.mark.parametrize("before", [2, 4, 6])
def test_what_was_compacted_stays_compacted(
    config: Config, reopen: Callable[..., Config], url: str, target: str, tmp_path: Path, before: int
) -> None:
    """A compacted store is copied with its horizon; what came after it can be returned to."""
    history(config)
    config.compact(before=before, actor="root")
    config.update({"download.max_retries": 9}, user="alice", actor="alice")
    then = [config.at(revision).download.token for revision in range(before - 1, 8)]
    config.close()
    with closing(open_store(url, tmp_path)) as old, closing(open_store(target)) as new:
        copy(old, new)
        assert old.head().horizon == new.head().horizon
        assert list(old.log()) == list(new.log())
        assert contents(old) == contents(new)
    again = reopen(store=target)
    assert then == [again.at(revision).download.token for revision in range(before - 1, 8)]
    assert again.audit.verify()


def test_many_documents_pass_through_in_batches(tmp_path: Path, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy in batches is the same as one record at a time, also where a batch writes one document many times."""
    monkeypatch.setattr(copying, "BATCH", 7)
    with closing(JsonFileStore(tmp_path / "many.json")) as old, closing(open_store(target)) as new:
        for number in range(40):
            name = f"user/{number % 3}"
            old.commit({name: Write({"download": {"value": number}}, {"download": 1})}, {}, draft_of({name: number}))
        copy(old, new)
        assert contents(old) == contents(new)
        assert list(old.log()) == list(new.log())


def test_an_unknown_section_keeps_its_version(tmp_path: Path, target: str) -> None:
    """The version of a section that a record does not speak of stays what it was."""
    with closing(JsonFileStore(tmp_path / "old.json")) as old, closing(open_store(target)) as new:
        absent = draft_of({SYSTEM: 1})
        old.commit({SYSTEM: Write({"download": {"value": 1}}, {"download": 1})}, {}, absent)
        copy(old, new)
        assert contents(old) == contents(new)
