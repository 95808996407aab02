"""Stored values across the versions of a section, in every store: read, changed, looked back on, and shared."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import Config, SectionUnreadable, ValidationFailed, hookimpl, section, setting, step
from cfgcore.store.opening import open_store

Open = Callable[..., Config]


def minutes(values: Mapping[str, Any]) -> dict[str, Any]:
    newer = dict(values)
    if "timeout_s" in newer:
        newer["timeout_m"] = newer.pop("timeout_s") / 60
    return newer


def seconds(values: Mapping[str, Any]) -> dict[str, Any]:
    older = dict(values)
    if "timeout_m" in older:
        older["timeout_s"] = round(older.pop("timeout_m") * 60)
    return older


def failing(values: Mapping[str, Any]) -> dict[str, Any]:
    raise ValueError("no idea")


def reporting(values: Mapping[str, Any], report: Any) -> Mapping[str, Any]:
    report("timeout_m", "it gets lost")
    return seconds(values)


@section("download")
class First:
    timeout_s: int = setting(60, minimum=1)
    retries: int = setting(3)
    token: str | None = setting(None, secret=True)
    tags: tuple[str, ...] = ()


@section("download", version=2, steps=[step(1, minutes, down=seconds)])
class Second:
    timeout_m: float = setting(1.0, maximum=600)
    attempts: int = setting(3, renamed_from="retries")
    key: str | None = setting(None, secret=True, renamed_from="token")
    tags: tuple[str, ...] = ()


@section("download", version=2, steps=[step(1, minutes)])
class OneWay:
    timeout_m: float = setting(1.0)
    retries: int = setting(3)
    tags: tuple[str, ...] = ()


@section("download", version=2, steps=[step(1, failing, down=seconds)])
class Broken:
    timeout_m: float = setting(1.0)
    retries: int = setting(3)


@section("download", version=2, steps=[step(1, minutes, down=reporting)])
class Lossy:
    timeout_m: float = setting(1.0)
    retries: int = setting(3)


@section("page")
class Page:
    size: int = setting(10)


@section("page")
class Moved:
    size: int = setting(10)
    attempts: int = setting(3, renamed_from="download.retries")


class Plugin:
    name = "p"

    def __init__(self, sections: tuple[type, ...]) -> None:
        self._sections = sections

    @hookimpl
    def cfgcore_sections(self) -> list[type]:
        return list(self._sections)


@pytest.fixture(params=["sqlite", "json", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new store of each kind."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql_url"))
    return f"sqlite:///{tmp_path}/store.db" if request.param == "sqlite" else f"file:{tmp_path}/store.json"


@pytest.fixture
def release(url: str) -> Iterator[Open]:
    """A function that opens the store with sections of some release; all are closed at the end."""
    with ExitStack() as stack:

        def open_it(*sections: type, **more: Any) -> Config:
            given = {"plugins": [Plugin(sections)], "plugin_group": None, "settings_files": [], "environ": {}}
            return stack.enter_context(cfgcore.open(**given, store=url, **more))

        yield open_it


def stored(url: str, name: str = "system") -> tuple[Any, Any]:
    """The values and versions of a document as the store has them."""
    store = open_store(url)
    try:
        document = store.read([name]).documents[name]
        return dict(document.values), dict(document.versions)
    finally:
        store.close()


def test_an_older_document_is_read_in_todays_form_and_not_touched(release: Open, url: str) -> None:
    """Reading migrates everyone's and each user's values, renames included, and writes nothing."""
    with release(First) as old:
        old.update({"download.timeout_s": 120, "download.retries": 5, "download.token": "s3cret"})
        old.update({"download.timeout_s": 30}, user="ann")
    new = release(Second)
    assert (2.0, 5, "s3cret") == (new.download.timeout_m, new.download.attempts, new.download.key)
    assert 0.5 == new.for_user("ann").download.timeout_m
    assert {"download": 1} == stored(url)[1]


def test_what_is_written_stays_readable_for_the_older_release(release: Open, url: str) -> None:
    """While there is a way down, both releases read and change the same values, one after the other and back."""
    old, new = release(First), release(Second)
    old.update({"download.timeout_s": 120})
    new.update({"download.timeout_m": 3, "download.tags": ["a"]})
    new.update({"download.timeout_m": 5.0}, user="ann")
    old.reload()
    assert (180, ("a",)) == (old.download.timeout_s, old.download.tags)
    assert 300 == old.for_user("ann").download.timeout_s
    old.update({"download.timeout_s": 240})
    new.reload()
    assert 4.0 == new.download.timeout_m
    assert {"download": 1} == stored(url)[1]


def test_a_commit_says_only_what_was_asked_for(release: Open, url: str) -> None:
    """A document is written in the new form by its next commit, and that is no change of anybody's settings."""
    with release(First) as old:
        old.update({"download.timeout_s": 120, "download.retries": 4})
    new = release(OneWay)
    outcome = new.update({"download.retries": 5})
    assert ["download.retries"] == [change.path for change in outcome.changes]
    assert ({"download": {"timeout_m": 2.0, "retries": 5}}, {"download": 2}) == stored(url)
    assert ["download.retries"] == [change.path for change in new.history()[0].changes]
    assert not new.update({"download.retries": 5})


def test_a_step_without_a_way_down_raises_the_storage_version(release: Open, url: str) -> None:
    """The older process keeps its last good section, says so, and neither writes it nor falls back to defaults."""
    old = release(First, Page)
    old.update({"download.timeout_s": 120, "download.retries": 7})
    with release(OneWay, Page) as new:
        new.update({"download.timeout_m": 4.0})
        new.update({"download.timeout_m": 9.0}, user="ann")
    assert ({"download": 2}, {}) == stored(url, "versions")
    old.reload()
    assert (120, 7) == (old.download.timeout_s, old.download.retries)
    assert ["unreadable_section"] == [warning.code for warning in old.warnings]
    assert "version 2" in old.warnings[0].message
    assert "version 1" in old.warnings[0].message
    for change in ({"download.retries": 8}, {"download.timeout_s": 60}):
        with pytest.raises(
            ValidationFailed, match=r"download.*it cannot be changed: section 'download' is at version 2"
        ):
            old.update(change)
        with pytest.raises(ValidationFailed, match="version 2"):
            old.update(change, user="bob")
    with pytest.raises(ValidationFailed, match="version 2"):
        old.unset(["download.retries"])
    before = stored(url)[0]["download"]
    old.update({"page.size": 20})
    assert (20, before) == (old.page.size, stored(url)[0]["download"])
    assert 120 == old.for_user("ann").download.timeout_s


def test_a_process_starts_without_a_section_that_is_newer(release: Open, caplog: pytest.LogCaptureFixture) -> None:
    """The other sections are there; reading the missing one says why, by every way to read it."""
    with release(OneWay, Page) as new:
        new.update({"download.timeout_m": 4.0, "page.size": 20})
    with caplog.at_level(logging.WARNING, "cfgcore"):
        old = release(First, Page)
    assert 20 == old.page.size
    assert "page" in old.view
    assert "download" not in old.view
    assert "is at version 2" in caplog.text
    for read in (
        lambda: old.download,
        lambda: old.view.download,
        lambda: old[First],
        lambda: old.get("download.retries"),
        lambda: old.explain("download.retries"),
        lambda: old.for_user("ann").download,
        lambda: getattr(old, "download", None),
    ):
        with pytest.raises(SectionUnreadable, match=r"section 'download' is at version 2 .* knows version 1"):
            read()
    with pytest.raises(AttributeError):
        _ = old.nothing
    with pytest.raises(AttributeError):
        _ = old.view.nothing
    assert isinstance(old, Config)


def test_a_section_comes_back_when_it_can_be_read(release: Open) -> None:
    """What was missing is there again as soon as the store holds what the code knows."""
    new = release(OneWay, Page)
    new.update({"download.timeout_m": 4.0, "page.size": 20})
    old = release(First, Page)
    new.unset(["download.timeout_m"])
    old.reload()
    assert 60 == old.download.timeout_s


def test_a_user_whose_section_is_newer_keeps_the_last_good_one(release: Open) -> None:
    """Another user, of whom there is none, has everyone's."""
    old = release(First)
    old.update({"download.timeout_s": 100}, user="ann")
    assert 100 == old.for_user("ann").download.timeout_s
    with release(OneWay) as new:
        new.update({"download.retries": 9}, user="ann")
        new.update({"download.retries": 9}, user="bob")
    old.reload()
    assert (100, 3) == (old.for_user("ann").download.timeout_s, old.for_user("ann").download.retries)
    assert 60 == old.for_user("bob").download.timeout_s
    with pytest.raises(ValidationFailed, match="version 2"):
        old.update({"download.retries": 1}, user="ann")


def test_explain_names_a_section_that_is_newer(release: Open) -> None:
    """Of a user, and of everyone: the value is the last good one, and why that which is stored is not read is told."""
    old = release(First)
    old.update({"download.timeout_s": 100}, user="ann")
    old.update({"download.timeout_s": 110})
    assert [100, 110] == [old.for_user("ann").download.timeout_s, old.download.timeout_s]
    assert () == old.explain("download.timeout_s", user="ann").unread
    with release(OneWay) as new:
        new.update({"download.retries": 9}, user="ann")
    old.reload()
    found = old.explain("download.timeout_s", user="ann")
    assert 100 == found.value
    (reason,) = found.unread
    assert reason.startswith("section 'download' is at version 2 (in document 'user/ann'), and this release")
    assert () == old.explain("download.timeout_s", user="bob").unread
    with release(OneWay) as new:
        new.update({"download.retries": 8})
    old.reload()
    found = old.explain("download.timeout_s")
    assert (110, 1) == (found.value, len(found.unread))
    assert ["document 'system'", "document 'user/ann'"] == [
        reason.partition("(in ")[2].partition(")")[0] for reason in old.explain("download.timeout_s", user="ann").unread
    ]


def test_a_failing_step_leaves_the_data(release: Open, url: str) -> None:
    """The warning names section, version and document; the values stay, and come back with a better step."""
    with release(First, Page) as old:
        old.update({"download.timeout_s": 120})
    broken = release(Broken, Page)
    assert "the step from version 1 to 2 of section 'download' failed: ValueError: no idea (in document 'system')" in (
        broken.warnings[0].message
    )
    with pytest.raises(SectionUnreadable, match="no idea"):
        _ = broken.download
    broken.update({"page.size": 11})
    assert {"timeout_s": 120} == stored(url)[0]["download"]
    assert 2.0 == release(Second, Page).download.timeout_m


@pytest.mark.parametrize(("cls", "value"), [(Second, 0.4999), (Lossy, 4.0)])
def test_what_would_get_lost_on_the_way_down_is_refused(release: Open, url: str, cls: type, value: float) -> None:
    """Where the way back gives another value, or `down` reports a loss, the refusal says what to do."""
    with release(First) as old:
        old.update({"download.timeout_s": 120})
    new = release(cls)
    with pytest.raises(ValidationFailed, match="'cfgcore upgrade finish'") as refusal:
        new.update({"download.timeout_m": value})
    assert [("lossy", "download.timeout_m")] == [(found.code, found.path) for found in refusal.value.problems]
    assert {"timeout_s": 120} == stored(url)[0]["download"]


def test_a_new_store_begins_at_the_version_of_the_code(release: Open, url: str) -> None:
    """Nobody needs to read an older form, so nothing is lowered."""
    release(Second).update({"download.timeout_m": 0.4999})
    assert ({"download": {"timeout_m": 0.4999}}, {"download": 2}) == stored(url)
    assert {"download": 2} == stored(url, "versions")[0]


def test_the_past_is_told_in_todays_terms(release: Open) -> None:
    """History, its filter by path, diff and the view of the past know only the names and units of today."""
    with release(First) as old:
        old.update({"download.timeout_s": 120, "download.retries": 5})
        old.update({"download.timeout_s": 240}, actor="ann")
        old.update({"download.timeout_s": 60}, user="bob")
    new = release(Second)
    new.update({"download.timeout_m": 5.0})
    assert [(4.0, 5.0), (2.0, 4.0)] == [
        (commit.changes[0].old, commit.changes[0].new)
        for commit in new.history("download.timeout_m")
        if commit.changes[0].user is None and len(commit.changes) == 1
    ]
    assert ["download.attempts", "download.timeout_m"] == [change.path for change in new.history()[-1].changes]
    assert [2, 1] == [commit.revision for commit in new.history("download.timeout_m", since=0) if commit.revision < 3]
    assert [("bob", 1.0)] == [(c.changes[0].user, c.changes[0].new) for c in new.history(user="bob")]
    assert [("download.timeout_m", None, 2.0, 5.0), ("download.timeout_m", "bob", cfgcore.ABSENT, 1.0)] == [
        (change.path, change.user, change.old, change.new) for change in new.diff(1, 4)
    ]
    assert (2.0, 5) == (new.at(1).download.timeout_m, new.at(1).download.attempts)
    assert 1.0 == new.at(3, user="bob").download.timeout_m


def test_ways_back_lead_across_a_migration(release: Open, url: str) -> None:
    """Undo, rollback, also of single paths, and restore bring back what was, in the form of now."""
    with release(First) as old:
        old.update({"download.timeout_s": 120, "download.retries": 5})
        old.update({"download.timeout_s": 240})
    new = release(OneWay)
    new.update({"download.retries": 6})
    new.undo(2)
    assert (2.0, 6) == (new.download.timeout_m, new.download.retries)
    new.update({"download.timeout_m": 8.0})
    new.rollback(2, paths=["download.timeout_m"])
    assert (4.0, 6) == (new.download.timeout_m, new.download.retries)
    new.rollback(1, scope="everything")
    assert (2.0, 5) == (new.download.timeout_m, new.download.retries)
    new.rollback(0, scope="everything")
    assert (1.0, 3) == (new.download.timeout_m, new.download.retries)
    new.undo(new.history()[0].revision)
    assert (2.0, 5) == (new.download.timeout_m, new.download.retries)
    assert ({"download": 2}, {}) == stored(url, "versions")
    assert new.audit.verify()


def test_an_obstacle_is_found_under_its_new_name(release: Open) -> None:
    """A later change of the same setting by its new name stands in the way of undoing one by its old name."""
    with release(First) as old:
        old.update({"download.retries": 5})
    new = release(Second)
    new.update({"download.attempts": 6}, actor="ann")
    with pytest.raises(cfgcore.Conflict, match=r"revision 2 by 'ann' changed download\.attempts since"):
        new.undo(1)


def test_a_commit_is_understood_whatever_came_after_it(release: Open) -> None:
    """Undoing a commit of an older form that several others followed takes back what it changed, and nothing else."""
    with release(First) as old:
        for seconds in (120, 60, 120, 60):
            old.update({"download.timeout_s": seconds})
    new = release(Second)
    outcome = new.undo(2)
    assert [("download.timeout_m", 1.0, 2.0)] == [(c.path, c.old, c.new) for c in outcome.changes]
    assert 2.0 == new.download.timeout_m


def test_an_older_process_cannot_take_back_what_it_cannot_read(release: Open) -> None:
    """It says so, of a commit that it made itself before the upgrade; an upgrade is nothing to be taken back."""
    old = release(First)
    old.update({"download.timeout_s": 120})
    new = release(Second)
    new.upgrade.finish(force=True)
    with pytest.raises(ValidationFailed, match="it cannot be changed: section 'download' is at version 2"):
        old.undo(1)
    for one in (old, new):
        assert not one.undo(new.history()[0].revision)


def test_an_upgrade_is_no_reason_to_look_at_everybody(release: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparing and rolling back across it reads the documents that something changed in, and no others."""
    with release(First) as old:
        for user in ("ann", "bob", "cid"):
            old.update({"download.timeout_s": 120}, user=user)
    new = release(Second)
    new.upgrade.finish(force=True)
    new.update({"download.timeout_m": 3.0}, user="bob")
    assert new._changes is not None
    store, read = new._changes.store, set[str]()
    reads = store.read

    def noted(names: Any) -> Any:
        read.update(names)
        return reads(names)

    monkeypatch.setattr(store, "read", noted)
    last = new.history(limit=1)[0].revision
    assert [("bob", 2.0, 3.0)] == [(change.user, change.old, change.new) for change in new.diff(3, last)]
    assert new.rollback(3, scope="everything")
    assert {"user/bob"} == {name for name in read if name.startswith("user/")}
    assert 2.0 == new.for_user("bob").download.timeout_m


def test_a_backup_of_an_older_release_can_be_restored(release: Open, url: str, tmp_path: Path) -> None:
    """Its documents are brought to today's form first."""
    with release(First) as old:
        old.update({"download.timeout_s": 120})
        old.update({"download.timeout_s": 30}, user="ann")
        old.backup(tmp_path / "copy.bak")
    new = release(OneWay)
    new.update({"download.timeout_m": 9.0})
    new.update({"download.timeout_m": 9.0}, user="ann")
    new.restore(tmp_path / "copy.bak")
    assert (2.0, 0.5) == (new.download.timeout_m, new.for_user("ann").download.timeout_m)


def test_a_setting_moves_to_another_section(release: Open, url: str) -> None:
    """Documents, history, undo and unset follow a setting to the section that it has moved to."""
    with release(First, Page) as old:
        old.update({"download.retries": 5, "download.timeout_s": 120, "page.size": 20})
        old.update({"download.retries": 6})
        old.update({"download.retries": 7}, user="ann")
    new = release(Second2, Moved)
    assert (6, 7) == (new.page.attempts, new.for_user("ann").page.attempts)
    assert [(6, 7), (5, 6), (cfgcore.ABSENT, 5)] == [
        (change.old if change.user is None else 6, change.new)
        for commit in new.history("page.attempts")
        for change in commit.changes
        if change.path == "page.attempts"
    ]
    new.undo(2)
    assert 5 == new.page.attempts
    assert {"download": {"timeout_s": 120}, "page": {"attempts": 5, "size": 20}} == stored(url)[0]
    new.unset(["page.attempts"])
    assert 3 == new.page.attempts
    new.rollback(2, paths=["page.attempts"])
    assert 6 == new.page.attempts
    new.unset(["page.attempts"], user="ann")
    assert ({}, {}) == stored(url, "user/ann")


@section("download")
class Second2:
    timeout_s: int = setting(60, minimum=1)
    token: str | None = setting(None, secret=True)


def test_what_is_removed_is_kept_and_told(release: Open, url: str) -> None:
    """A stored value of a removed setting gives a warning with the text, is not changed, and survives."""

    @section("download")
    class Without:
        timeout_s: int = setting(60)
        retries = setting(removed="Retries are counted by the server now.")

    with release(First) as old:
        old.update({"download.retries": 5, "download.timeout_s": 120})
    new = release(Without)
    (warning,) = new.warnings
    assert ("removed", "download.retries") == (warning.code, warning.path)
    assert "Retries are counted by the server now." in str(warning)
    with pytest.raises(cfgcore.UnknownPath, match="Retries are counted by the server now"):
        new.update({"download.retries": 6})
    new.update({"download.timeout_s": 90})
    assert {"retries": 5, "timeout_s": 90} == stored(url)[0]["download"]


def test_unknown_keys_and_sections_survive_a_migration(release: Open, url: str) -> None:
    """What no release knows goes along, up and down."""
    with release(First, Page) as old:
        old.update({"download.timeout_s": 120, "download.tags": ["x"], "page.size": 7})
    with release(OneWay) as new:
        new.update({"download.retries": 5})
    assert {"size": 7} == stored(url)[0]["page"]
    with release(OneWay, Page) as again:
        assert 7 == again.page.size


def test_a_copy_keeps_every_version(release: Open, url: str, tmp_path: Path) -> None:
    """A copy of a store that was migrated in between has the same documents, versions, history and past."""
    from contextlib import closing

    from cfgcore.change.copying import copy

    with release(First) as old:
        old.update({"download.timeout_s": 120})
        old.update({"download.retries": 4}, user="ann")
    with release(OneWay) as new:
        new.update({"download.retries": 5})
    target = f"sqlite:///{tmp_path}/copy.db"
    with closing(open_store(url)) as source, closing(open_store(target)) as copied:
        copy(source, copied)
        names = ["system", "user/ann", "versions"]
        assert source.read(names).documents == copied.read(names).documents
        assert [(r.revision, r.edits(), r.sides()) for r in source.log()] == [
            (r.revision, r.edits(), r.sides()) for r in copied.log()
        ]
    with cfgcore.open(
        plugins=[Plugin((OneWay,))], plugin_group=None, settings_files=[], environ={}, store=target
    ) as config:
        assert 2.0 == config.at(1).download.timeout_m
