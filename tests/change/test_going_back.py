"""History, diff, the past, rollback and undo: every way back is a new commit that passes today's checks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from cfgcore import ABSENT, CfgcoreError, Config, Conflict, StoreError, ValidationFailed


@pytest.fixture
def told(config: Config) -> Config:
    """A configuration with a little history: four commits by three actors."""
    config.update({"download.max_retries": 4}, actor="root", reason="one")
    config.update({"download.max_retries": 5, "download.base": 3.0}, actor="eve", reason="two")
    config.update({"download.max_retries": 7}, user="alice", actor="alice", reason="three")
    config.update({"download.top": 50.0}, actor="eve", reason="four")
    return config


def test_history_is_newest_first_and_can_be_asked(told: Config) -> None:
    """By path, by user, by actor, since a revision or time, and no more than asked for."""
    assert [4, 3, 2, 1] == [commit.revision for commit in told.history()]
    assert [3, 2, 1] == [commit.revision for commit in told.history("download.max_retries")]
    assert [4, 3, 2, 1] == [commit.revision for commit in told.history("download")]
    assert [3] == [commit.revision for commit in told.history(user="alice")]
    assert [4, 2] == [commit.revision for commit in told.history(actor="eve")]
    assert [4, 3] == [commit.revision for commit in told.history(since=2)]
    assert [4, 3] == [commit.revision for commit in told.history(limit=2)]
    assert [] == told.history(since=datetime.now(timezone.utc))
    assert ["eve", "two", "update"] == [getattr(told.history()[2], name) for name in ("actor", "reason", "action")]


def test_diff_compares_two_moments(told: Config) -> None:
    """Only what differs between the two, in either direction, whoever changed it."""
    assert [("download.max_retries", None, 4, 5), ("download.base", None, ABSENT, 3.0)] == sorted(
        [(c.path, c.user, c.old, c.new) for c in told.diff(1, 2)], reverse=True
    )
    assert [(5, 4), (3.0, ABSENT)] == sorted([(c.old, c.new) for c in told.diff(2, 1)], key=str, reverse=True)
    assert [("download.max_retries", "alice")] == [(c.path, c.user) for c in told.diff(2, 3)]
    assert () == told.diff(4, 4)


def test_the_past_can_be_read(told: Config) -> None:
    """A view of then, of everyone or of a user, under today's declarations."""
    assert [3, 4, 5] == [told.at(revision).download.max_retries for revision in (0, 1, 2)]
    assert [5, 7] == [told.at(revision, user="alice").download.max_retries for revision in (2, 3)]
    with pytest.raises(CfgcoreError, match="there is no revision 9; the last one is 4"):
        told.at(9)
    with pytest.raises(CfgcoreError, match="neither a revision nor a time"):
        told.at("yesterday")


def test_rollback_is_a_new_commit(told: Config) -> None:
    """Values return to what they were; the history only grows, and nothing outside the scope is touched."""
    outcome = told.rollback(1, scope="system", actor="root", reason="bad day")
    assert 5 == outcome.revision
    assert (4, 2.0, 300.0) == (told.download.max_retries, told.download.base, told.download.top)
    assert 7 == told.for_user("alice").download.max_retries
    commit = told.history(limit=1)[0]
    assert ("rollback", 1, "root", "bad day") == (commit.action, commit.reverts, commit.actor, commit.reason)
    assert told.rollback(4, scope="system")
    assert (5, 50.0) == (told.download.max_retries, told.download.top)
    assert not told.rollback(6, scope="system")


def test_rollback_of_a_user_of_paths_and_of_everything(told: Config) -> None:
    """The scope is what is said, and nothing is returned to without one."""
    assert told.rollback(2, scope="user:alice")
    assert told.for_user("alice").download is told.view.download
    assert told.rollback(0, paths=["download.max_retries"])
    assert (3, 3.0) == (told.download.max_retries, told.download.base)
    assert told.rollback(0, scope="everything")
    assert (3, 2.0, 300.0) == (told.download.max_retries, told.download.base, told.download.top)
    for scope in (None, "nothing"):
        with pytest.raises(CfgcoreError, match="needs a scope"):
            told.rollback(0, scope=scope)


def test_rollback_passes_todays_checks_or_is_refused(reopen: Callable[..., Config], environ: dict[str, str]) -> None:
    """What was valid then and is not now is refused naming the path; nothing changes."""
    config = reopen()
    config.update({"download.base": 50.0})
    config.update({"download.base": 1.0})
    environ["APP_DOWNLOAD__TOP"] = "10"
    config.reload()
    with pytest.raises(ValidationFailed, match=r"download.base: 50.0 is more than 10.0"):
        config.rollback(1, scope="system")
    assert 1.0 == config.download.base
    assert 2 == len(config.history())


def test_undo_takes_back_one_commit(told: Config) -> None:
    """An undo that nothing stands in the way of gives the values before the commit; it can be undone itself."""
    outcome = told.undo(4, actor="root")
    assert 300.0 == told.download.top
    assert ("undo", 4) == (told.history(limit=1)[0].action, told.history(limit=1)[0].reverts)
    assert told.undo(outcome.revision)
    assert 50.0 == told.download.top


def test_undo_names_what_stands_in_the_way(told: Config) -> None:
    """A later change of the same setting is not lost unseen: refused naming it, unless forced, or left out."""
    with pytest.raises(Conflict, match=r"revision 1 cannot be undone: revision 2 by 'eve' changed download.max_"):
        told.undo(1)
    told.update({"download.max_retries": 6}, actor="root")
    with pytest.raises(Conflict, match="revision 5 by 'root'"):
        told.undo(2)
    assert told.undo(2, paths=["download.base"])
    assert (6, 2.0) == (told.download.max_retries, told.download.base)
    assert told.undo(1, force=True)
    assert 3 == told.download.max_retries


def test_undo_of_all_that_somebody_did(told: Config) -> None:
    """Several commits by one actor since a moment go in one commit."""
    assert told.undo(actor="eve", since=0)
    assert (4, 2.0, 300.0) == (told.download.max_retries, told.download.base, told.download.top)
    with pytest.raises(CfgcoreError, match="'nobody' has changed nothing since"):
        told.undo(actor="nobody", since=0)
    with pytest.raises(CfgcoreError, match="name a revision to undo"):
        told.undo()
    with pytest.raises(CfgcoreError, match="there is no revision 99"):
        told.undo(99)


def test_forget_erases_a_user(told: Config, tmp_path: Path) -> None:
    """Values and history of the user are gone from every file, and the audit still verifies."""
    told.update({"download.labels": {"street": "unforgettable"}}, user="zoe.canary", actor="zoe.canary")
    assert 1 == told.forget("zoe.canary", actor="root")
    assert told.for_user("zoe.canary") is told.view
    assert told.audit.verify()
    assert [] == told.history(user="zoe.canary")
    told.close()
    for file in tmp_path.iterdir():
        assert b"unforgettable" not in file.read_bytes(), file
        assert b"zoe.canary" not in file.read_bytes(), file


def test_who_forgets_themself_is_not_named(told: Config) -> None:
    """The audit says that somebody was forgotten, by whom and why; a user who asked for it stays unnamed."""
    told.forget("alice", actor="alice")
    told.forget("bob", actor="root", reason="asked for it")
    newest = [(record.action, record.actor, record.reason) for record in told.audit][:2]
    assert [("forget", "root", "asked for it"), ("forget", "themself", "")] == newest


def test_compact_erases_what_is_old(told: Config) -> None:
    """That commits happened stays and verifies; what they changed is gone, and nothing before can be returned to."""
    assert 2 == told.compact(before=3, actor="root")
    assert told.audit.verify()
    assert [4, 3] == [commit.revision for commit in told.history() if commit.changes]
    assert [2, 1] == [commit.revision for commit in told.history() if commit.actor is None]
    assert 5 == told.at(2).download.max_retries
    with pytest.raises(CfgcoreError, match="up to revision 2 was compacted"):
        told.at(1)
    with pytest.raises(CfgcoreError, match="compacted"):
        told.undo(1)


def test_backup_and_restore(told: Config, tmp_path: Path) -> None:
    """A restore makes all values those of the backup, in a new commit; secrets come back as well."""
    told.update({"download.token": "canary-secret"})
    target = tmp_path / ("backup.json" if told.audit and (tmp_path / "store.json").exists() else "backup.db")
    assert 5 == told.backup(target)
    with pytest.raises(StoreError, match="must not exist"):
        told.backup(target)
    told.update({"download.max_retries": 9, "download.token": None})
    told.update({"download.max_retries": 1}, user="bob")
    outcome = told.restore(target, actor="root")
    assert 8 == outcome.revision
    assert (5, "canary-secret") == (told.download.max_retries, told.download.token)
    assert told.for_user("bob").download is told.view.download
    assert 7 == told.for_user("alice").download.max_retries
    assert told.audit.verify()
    with pytest.raises(StoreError, match="backup cannot be read: No such file"):
        told.restore(tmp_path / "nothing.json")


def test_the_same_secret_is_no_change(told: Config, tmp_path: Path) -> None:
    """Going back to a secret that is what it is now, though it was stored another time, commits nothing of it."""
    told.update({"download.token": "canary"})
    told.backup(tmp_path / "kept.backup")
    told.update({"download.token": "another"})
    told.update({"download.token": "canary"})
    assert not told.rollback(to=5, scope="everything")
    assert not told.restore(tmp_path / "kept.backup")
    told.update({"download.max_retries": 9})
    changes = told.rollback(to=5, scope="everything").changes
    assert (["download.max_retries"], "canary") == ([change.path for change in changes], told.download.token)


def test_a_secret_that_came_back_is_no_difference(told: Config) -> None:
    """Between two moments at which a secret was the same, nothing differs, whatever it was meanwhile."""
    first = told.update({"download.token": "canary-secret"}).revision
    other = told.update({"download.token": "canary-other"}).revision
    last = told.update({"download.token": "canary-secret"}).revision
    assert () == told.diff(first, last)
    assert ["download.token"] == [change.path for change in told.diff(first, other)]


def test_only_secrets_that_a_value_refers_to_are_stored(told: Config, url: str, tmp_path: Path) -> None:
    """A secret that is set to what it is already, beside another change, is not stored a second time."""
    for number in (1, 2, 3):
        told.update({"download.token": "canary", "download.max_retries": number})
    stored = tmp_path / (f"{url}.secrets" if url.endswith("json") else "store.db")
    told.close()
    assert 1 == stored.read_bytes().count(b"canary")


def test_the_audit_shows_every_edit_of_the_log(told: Config, tmp_path: Path, url: str) -> None:
    """Somebody who changes a record in the file breaks the chain, and is told where."""
    assert (True, 4) == (bool(told.audit.verify()), told.audit.verify().count)
    if not url.startswith("sqlite"):
        return
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(tmp_path / "store.db")) as connection, connection:
        connection.execute("UPDATE records SET record = replace(record, '\"eve\"', '\"root\"') WHERE sequence = 2")
    broken = told.audit.verify()
    assert not broken
    assert str(broken.break_at).startswith("record 2 of the log cannot be read: it is not what was written")


def test_a_moment_is_a_revision_or_a_time(told: Config) -> None:
    """A time means the last revision at that time, whatever the zone it is written in."""
    time = told.history()[2].time
    assert 5 == told.at(time).download.max_retries
    assert 5 == told.at(datetime.fromisoformat(time.replace("Z", "+00:00"))).download.max_retries
    assert 3 == told.at("2001-01-01T00:00:00+05:00").download.max_retries


def test_values_of_other_types_come_back_as_they_were(config: Config) -> None:
    """Lists, tables and None are stored, compared and undone exactly."""
    states: list[dict[str, Any]] = [
        {"download.names": ["a", "b"], "download.labels": {"x": "1"}},
        {"download.names": ["b"], "download.labels": {"x": "2", "y": "3"}},
        {"download.names": [], "download.token": None},
    ]
    views = [config.view]
    for state in states:
        config.update(state)
        views.append(config.view)
    for revision, view in enumerate(views):
        config.rollback(revision, scope="system")
        assert view.download == config.download


def test_a_refusal_stands_in_nobody_s_way(config: Config) -> None:
    """Only commits are named as what came between; a refused attempt changed nothing."""
    config.update({"download.max_retries": 4})
    config.update({"download.max_retries": 5}, actor="ada")
    with pytest.raises(ValidationFailed):
        config.update({"download.max_retries": 99}, actor="eve")
    with pytest.raises(Conflict, match="revision 2 by 'ada'"):
        config.undo(1)
    assert ["refused", "refused"] == [record.action for record in config.audit if record.revision is None]


def test_whose_changes_are_undone_and_who_undoes_them(told: Config) -> None:
    """Both are recorded apart."""
    told.undo(actor="eve", since=0, by="root")
    assert "root" == told.history(limit=1)[0].actor


def test_a_restore_leaves_the_backup_as_it_is(told: Config, tmp_path: Path) -> None:
    """Opening a backup writes nothing beside it, whatever it is called."""
    (tmp_path / "kept").mkdir()
    told.backup(tmp_path / "kept" / "monday.bak")
    told.update({"download.max_retries": 9})
    before = {file.name: file.read_bytes() for file in (tmp_path / "kept").iterdir()}
    assert told.restore(tmp_path / "kept" / "monday.bak")
    assert before == {file.name: file.read_bytes() for file in (tmp_path / "kept").iterdir()}
    assert 5 == told.download.max_retries


def test_what_is_no_backup_is_named(config: Config, tmp_path: Path) -> None:
    """A file that no store wrote, and a folder, are refused by the name that was given; they stay as they are."""
    file = tmp_path / "letter"
    file.write_text("Dear Sir", encoding="utf-8")
    with pytest.raises(StoreError, match=r"letter: this backup cannot be used: .*letter: Expecting value"):
        config.restore(file)
    assert ["Dear Sir", []] == [file.read_text(encoding="utf-8"), list(tmp_path.glob("letter?*"))]
    with pytest.raises(StoreError, match="it is a folder, not a backup"):
        config.restore(tmp_path)
    with pytest.raises(StoreError, match=r"the folder .*nowhere does not exist"):
        config.backup(tmp_path / "nowhere" / "copy")
