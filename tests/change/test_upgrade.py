"""The end of an upgrade: the storage versions rise, and every document is rewritten."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import cfgcore
from cfgcore import CfgcoreError, Config, hookimpl, section, setting, step
from cfgcore.change.upgrade import Failure, Standing, Upgrade

Open = Callable[..., Config]


def minutes(values: Mapping[str, Any]) -> dict[str, Any]:
    if values.get("timeout_s") == 13:
        raise ValueError("thirteen")
    return {"timeout_m": values["timeout_s"] / 60} if "timeout_s" in values else dict(values)


def seconds(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"timeout_s": round(values["timeout_m"] * 60)} if "timeout_m" in values else dict(values)


@section("download")
class First:
    timeout_s: int = setting(60)


@section("download", version=2, steps=[step(1, minutes, down=seconds)])
class Second:
    timeout_m: float = setting(1.0)


@section("page")
class Page:
    size: int = setting(10)


class Plugin:
    name = "p"

    def __init__(self, *sections: type) -> None:
        self._sections = sections

    @hookimpl
    def cfgcore_sections(self) -> list[type]:
        return list(self._sections)


@pytest.fixture
def release(reopen: Open) -> Open:
    """A function that opens the store with sections of some release."""
    return lambda *sections: reopen(plugins=[Plugin(*sections)])


def filled(release: Open, users: int = 5) -> None:
    with release(First, Page) as old:
        old.update({"download.timeout_s": 120, "page.size": 20})
        for number in range(users):
            old.update({"download.timeout_s": 60 * (number + 1)}, user=f"u{number}")
        old.update({"page.size": 5}, user="other")


def test_the_plan_says_what_is_older(release: Open) -> None:
    """It counts documents and names sections with both versions, and writes nothing."""
    filled(release)
    new = release(Second, Page)
    before = new.history()[0].revision
    looked: list[int] = []
    plan = Upgrade(new._changes, batch=3).plan(looked.append)  # type: ignore[arg-type]
    assert (Standing("download", 1, 2), Standing("page", 1, 1)) == plan.sections
    assert (7, 6, 0, False) == (plan.documents, plan.outdated, plan.failed, plan.finished)
    assert before == new.history()[0].revision
    assert 7 == looked[-1]


def test_after_it_everything_is_of_this_release(release: Open) -> None:
    """Every batch is one commit in the audit, changes nobody's settings, and doing it again does nothing."""
    filled(release)
    new = release(Second, Page)
    done = Upgrade(new._changes, batch=3).finish(actor="ann", reason="all are new")  # type: ignore[arg-type]
    assert (6, True) == (done.outdated, all(one.stored == one.code for one in done.sections))
    made = [commit for commit in new.history() if commit.action == "upgrade"]
    assert len(made) >= 3
    assert {("ann", "all are new", ())} == {(commit.actor, commit.reason, commit.changes) for commit in made}
    assert new.upgrade.plan().finished
    revision = new.history()[0].revision
    assert 0 == new.upgrade.finish().outdated
    assert revision == new.history()[0].revision
    assert [2.0, 1.0, 5.0] == [new.download.timeout_m, *(new.for_user(u).download.timeout_m for u in ("u0", "u4"))]
    new.update({"download.timeout_m": 0.123})
    assert 0.123 == new.download.timeout_m
    assert new.audit.verify()


def test_what_was_before_is_still_told_and_returned_to(release: Open) -> None:
    """History, at, undo and rollback lead across the upgrade."""
    filled(release)
    new = release(Second, Page)
    new.upgrade.finish()
    assert [("download.timeout_m", 3.0)] == [
        (change.path, change.new) for commit in new.history(user="u2") for change in commit.changes
    ]
    assert (2.0, 3.0) == tuple(new.at(revision, user="u2").download.timeout_m for revision in (1, 4))
    new.undo(4)
    assert 2.0 == new.for_user("u2").download.timeout_m
    new.rollback(0, scope="everything")
    assert (1.0, 10) == (new.download.timeout_m, new.page.size)


def test_an_older_process_keeps_what_it_has(release: Open, caplog: pytest.LogCaptureFixture) -> None:
    """It reads on, says so, and does not write what it does not know."""
    filled(release)
    old, new = release(First, Page), release(Second, Page)
    assert 60 == old.for_user("u0").download.timeout_s
    new.upgrade.finish(force=True)
    with caplog.at_level(logging.WARNING, "cfgcore"):
        old.reload()
    assert "is at version 2" in caplog.text
    assert (120, 60) == (old.download.timeout_s, old.for_user("u0").download.timeout_s)
    with pytest.raises(cfgcore.ValidationFailed, match="version 2"):
        old.update({"download.timeout_s": 1}, user="u9")
    with pytest.raises(CfgcoreError, match=r"upgraded by a newer release: download \(stored for version 2, known 1\)"):
        old.upgrade.finish()


def test_what_a_step_cannot_bring_along_stays_and_is_told(release: Open) -> None:
    """The other documents are rewritten."""
    with release(First) as old:
        old.update({"download.timeout_s": 13}, user="ann")
        old.update({"download.timeout_s": 60}, user="bob")
    new = release(Second)
    done = new.upgrade.finish()
    assert (1, 1) == (done.outdated, done.failed)
    (failure,) = done.failures
    assert isinstance(failure, Failure)
    assert ("user/ann", "download") == (failure.document, failure.section)
    assert "thirteen" in failure.reason
    assert not new.upgrade.plan().finished


def test_an_interrupted_upgrade_goes_on(release: Open) -> None:
    """Whatever was rewritten stays so, and the rest follows."""
    filled(release, 9)
    new = release(Second, Page)

    def stop(done: int) -> None:
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Upgrade(new._changes, batch=2).finish(progress=stop)  # type: ignore[arg-type]
    left = new.upgrade.plan().outdated
    assert 0 < left < 10
    assert left == new.upgrade.finish().outdated
    assert new.upgrade.plan().finished


def test_what_changes_meanwhile_is_kept(release: Open) -> None:
    """A commit that comes between reading and rewriting a batch is not lost."""
    filled(release)
    new, other = release(Second, Page), release(Second, Page)
    engine = new._changes
    assert engine is not None
    commit, changed = engine.store.commit, []

    def meanwhile(writes: Any, *arguments: Any) -> Any:
        if "user/u1" in writes and not changed:
            changed.append(other.update({"download.timeout_m": 7.0}, user="u1"))
        return commit(writes, *arguments)

    engine.store.commit = meanwhile  # type: ignore[method-assign,assignment]
    new.upgrade.finish()
    assert 7.0 == new.for_user("u1").download.timeout_m
    assert new.upgrade.plan().finished


def test_what_moves_on_is_left_out_of_its_batch(release: Open) -> None:
    """However often users of a batch change meanwhile, the others are rewritten, and nobody's change is lost."""
    filled(release)
    new, other = release(Second, Page), release(Second, Page)
    engine = new._changes
    assert engine is not None
    commit, busy = engine.store.commit, iter(("u0", "u1", "other"))

    def meanwhile(writes: Any, *arguments: Any) -> Any:
        user = next(busy, None) if writes and "versions" not in writes else None
        if user is not None:
            other.update({"page.size": len(user) + 40}, user=user)
        return commit(writes, *arguments)

    engine.store.commit = meanwhile  # type: ignore[method-assign,assignment]
    new.upgrade.finish()
    assert None is next(busy, None)
    assert [42, 42, 20, 45] == [new.for_user(user).page.size for user in ("u0", "u1", "u2", "other")]
    assert [1.0, 2.0, 3.0, 4.0, 5.0] == [new.for_user(f"u{number}").download.timeout_m for number in range(5)]
    assert new.upgrade.plan().finished


def test_a_user_who_is_forgotten_meanwhile_stays_forgotten(release: Open) -> None:
    """Rewriting brings nobody back."""
    filled(release)
    new, other = release(Second, Page), release(Second, Page)
    engine = new._changes
    assert engine is not None
    commit = engine.store.commit

    def meanwhile(writes: Any, *arguments: Any) -> Any:
        if "user/u1" in writes:
            other.forget("u1")
        return commit(writes, *arguments)

    engine.store.commit = meanwhile  # type: ignore[method-assign,assignment]
    new.upgrade.finish()
    assert ["other", "u0", "u2", "u3", "u4"] == [one.user for one in new.users()]
    assert new.upgrade.plan().finished
