"""Stored changes: what they do, what they refuse, and what is left behind when they are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import (
    ABSENT,
    CfgcoreError,
    Config,
    Conflict,
    InvalidUser,
    UnknownPath,
    ValidationFailed,
    hookimpl,
    section,
    setting,
)


def stored(config: Config) -> list[tuple[str, str | None, Any, Any]]:
    return [(c.path, c.user, c.old, c.new) for commit in config.history() for c in commit.changes]


def test_a_change_for_everyone_is_published_and_survives(config: Config, reopen: Callable[..., Config]) -> None:
    """What was acknowledged is in the view at once, and in that of whoever opens the store later."""
    outcome = config.update({"download.max_retries": 5}, actor="root", reason="flaky link")
    assert outcome
    assert 1 == outcome.revision
    assert 5 == config.download.max_retries
    assert 1 == config.view.revision
    assert "stored for everyone, revision 1" == str(config.explain("download.max_retries").origin)
    config.close()
    assert 5 == reopen().download.max_retries


def test_a_user_s_change_is_that_user_s(config: Config, reopen: Callable[..., Config]) -> None:
    """One user's override changes nobody else's view, and users without any share everyone's."""
    config.update({"download.max_retries": 7}, user="alice")
    assert 7 == config.for_user("alice").download.max_retries
    assert 3 == config.download.max_retries
    assert config.for_user("bob") is config.view
    assert config.for_user("alice") is config.for_user("alice")
    assert 7 == reopen().for_user("alice").download.max_retries


def test_users_rank_above_everyone_and_unset_gives_back(config: Config) -> None:
    """Unsetting an override lets the layer below speak again."""
    config.update({"download.max_retries": 5})
    config.update({"download.max_retries": 7}, user="alice")
    assert config.unset(["download.max_retries"], user="alice")
    assert 5 == config.for_user("alice").download.max_retries
    assert config.unset("download.max_retries")
    assert 3 == config.download.max_retries


def test_what_changes_nothing_is_no_commit(config: Config) -> None:
    """Storing what is stored already, and unsetting what is not set, leave no revision."""
    config.update({"download.max_retries": 5})
    assert not config.update({"download.max_retries": 5})
    assert not config.unset(["download.base"])
    assert 1 == len(config.history())


def test_one_update_is_one_commit(config: Config) -> None:
    """Many paths are all or nothing: one wrong value, and none is stored."""
    outcome = config.update({"download.base": 5.0, "download.top": 10.0, "download.labels": {"a": "1", "b": "2"}})
    assert ["download.base", "download.labels.a", "download.labels.b", "download.top"] == [
        change.path for change in outcome.changes
    ]
    with pytest.raises(ValidationFailed) as caught:
        config.update({"download.base": 1.0, "download.max_retries": 99, "download.names": ["A"]})
    assert {"download.max_retries", "download.names.0"} == {problem.path for problem in caught.value.problems}
    assert 5.0 == config.download.base
    assert 1 == len(config.history())


def test_a_rule_over_two_paths_is_kept(config: Config) -> None:
    """A change that breaks a rule together with what is stored is refused, and says what was asked for."""
    config.update({"download.top": 10.0})
    with pytest.raises(ValidationFailed, match=r"asked for everyone: download.base: 50.0 is more than 10.0"):
        config.update({"download.base": 50.0})
    assert config.update({"download.base": 50.0, "download.top": 60.0})


@pytest.mark.parametrize(
    ("changes", "error", "told"),
    [
        ({"download.max_retires": 1}, UnknownPath, "Did you mean 'max_retries'"),
        ({"downlod.max_retries": 1}, UnknownPath, "Did you mean 'download'"),
        ({"download": {"max_retries": 1}}, UnknownPath, "is a section"),
        ({"download.max_retries": "5"}, ValidationFailed, "not a whole number"),
        ({"download.base": float("nan")}, ValidationFailed, "not a finite number"),
        ({"download.max_retries": 10**400}, ValidationFailed, "beyond 64 bits"),
        ({"download.labels": {"a": "1"}, "download.labels.b": "2"}, ValidationFailed, "lies within"),
        ({"download.labels": {"dynaconf_merge": "1"}}, ValidationFailed, "reserved"),
        ({"download.labels": {"@x": "1"}}, ValidationFailed, "reserved"),
        ({"download.labels": {"a": "\0"}}, ValidationFailed, "NUL"),
        ({"download.labels": {"a": "x" * (1 << 20)}}, ValidationFailed, "larger than"),
        ({"download.labels": {str(n): "x" for n in range(10_001)}}, ValidationFailed, "more than 10,000"),
    ],
)
def test_wrong_requests_are_refused_and_written_nowhere(
    config: Config, changes: dict[str, Any], error: type[Exception], told: str
) -> None:
    """Whatever is asked for wrongly is refused naming what is wrong, and nothing is stored."""
    with pytest.raises(error, match=told):
        config.update(changes, user="alice")
    assert [] == config.history()
    assert config.for_user("alice") is config.view


def test_settings_of_the_system_are_not_for_users(config: Config) -> None:
    """A setting of scope "system" can be stored for everyone, not for one user."""
    with pytest.raises(ValidationFailed, match="set for everyone only"):
        config.update({"download.node": "there"}, user="alice")
    assert config.update({"download.node": "there"})


@pytest.mark.parametrize(
    "user", ["../../etc/passwd", "a/b", "\N{PILE OF POO}", "alice", "ALICE", "a" * 256, "user/x", "."]
)
def test_user_ids_are_opaque(config: Config, user: str, tmp_path: Path) -> None:
    """Any id works exactly, beside any other, and never becomes a path."""
    before = {path.name for path in tmp_path.parent.iterdir()}
    config.update({"download.max_retries": 1}, user="somebody")
    config.update({"download.max_retries": 9}, user=user)
    assert 9 == config.for_user(user).download.max_retries
    assert 1 == config.for_user("somebody").download.max_retries
    assert 3 == config.for_user(user + "x" if len(user) < 256 else "x").download.max_retries
    assert before == {path.name for path in tmp_path.parent.iterdir()}
    assert {".present"} >= {path.suffix for path in tmp_path.iterdir() if path.is_dir()}


@pytest.mark.parametrize("user", ["", "a" * 257, "a\0b", "a\nb", "\ud800", 1, b"alice"])
def test_what_is_no_user_id_is_refused(config: Config, user: Any) -> None:
    """Empty, too long, control characters, no text: refused with a reason, for reading as for writing."""
    with pytest.raises(InvalidUser):
        config.update({"download.max_retries": 1}, user=user)
    with pytest.raises(InvalidUser):
        config.for_user(user)


def test_a_stale_expected_revision_is_a_conflict(config: Config) -> None:
    """The revision of the documents concerned counts; somebody else's commit is no conflict."""
    first = config.update({"download.max_retries": 1}, user="alice")
    config.update({"download.max_retries": 2}, user="bob")
    assert config.update({"download.base": 3.0}, user="alice", expected_revision=first.revision)
    with pytest.raises(Conflict, match=r"expected at revision 1 and is at 3: download.max_retries is 1"):
        config.update({"download.max_retries": 5}, user="alice", expected_revision=first.revision)
    assert 1 == config.for_user("alice").download.max_retries


def test_two_openers_both_survive(config: Config, reopen: Callable[..., Config]) -> None:
    """Changes of different paths from two handles both survive; a rule over both is checked on the newest state."""
    other = reopen()
    config.update({"download.top": 10.0})
    other.update({"download.max_retries": 9})
    with pytest.raises(ValidationFailed, match="is more than 10"):
        other.update({"download.base": 50.0})
    config.reload()
    assert (9, 10.0) == (config.download.max_retries, config.download.top)


def test_a_hidden_change_says_what_hides_it(config: Config, environ: dict[str, str]) -> None:
    """What a stronger layer hides is stored, with a warning that names it."""
    environ["APP_DOWNLOAD__MAX_RETRIES"] = "1"
    config.reload()
    outcome = config.update({"download.max_retries": 8})
    assert ["hidden"] == [warning.code for warning in outcome.warnings]
    assert "APP_DOWNLOAD__MAX_RETRIES" in outcome.warnings[0].message
    assert 1 == config.download.max_retries
    assert not config.update({"download.max_retries": 9}, user="alice").warnings


def test_a_user_s_view_is_repaired(config: Config) -> None:
    """An override that no longer goes with the rest is ignored, stays stored, and comes back."""
    config.update({"download.base": 50.0, "download.max_retries": 9}, user="alice")
    config.update({"download.top": 10.0})
    view = config.for_user("alice")
    assert (2.0, 10.0, 9) == (view.download.base, view.download.top, view.download.max_retries)
    config.update({"download.top": 100.0})
    assert 50.0 == config.for_user("alice").download.base


def test_secrets_live_apart(config: Config, tmp_path: Path, reopen: Callable[..., Config]) -> None:
    """A stored secret is read, never shown, and not in the documents; storing it again changes nothing."""
    outcome = config.update({"download.token": "hunter2-canary"}, user="alice")
    assert "hunter2-canary" == config.for_user("alice").download.token
    assert "••••" == outcome.changes[0].new
    assert "hunter2" not in repr((outcome, config.history(), list(config.audit), config.plan({"download.token": "x"})))
    document = tmp_path / "store.json"
    if document.exists():
        assert "hunter2" not in document.read_text(encoding="utf-8")
        assert "hunter2" not in (tmp_path / "store.json.journal").read_text(encoding="utf-8")
    assert not config.update({"download.token": "hunter2-canary"}, user="alice")
    assert "hunter2-canary" == reopen().for_user("alice").download.token
    config.unset(["download.token"], user="alice")
    assert config.for_user("alice").download.token is None
    config.undo(2)
    assert "hunter2-canary" == config.for_user("alice").download.token


def test_a_plugin_may_refuse_and_fails_closed(config: Config, plugin: Any) -> None:
    """A plugin that refuses, or that fails, keeps the change from being made, and is named."""
    plugin.refuse = "not on Fridays"
    with pytest.raises(ValidationFailed, match="plugin 'download' refuses: not on Fridays"):
        config.update({"download.max_retries": 5})
    plugin.refuse = "raise"
    with pytest.raises(ValidationFailed, match="plugin 'download' refuses: the plugin failed: RuntimeError: no idea"):
        config.update({"download.max_retries": 5})
    assert [] == config.history()


def test_listeners_are_told_the_revision_and_what_changed(config: Config, plugin: Any) -> None:
    """An event names the commit and the effective changes; a change that is hidden makes none."""
    config.update({"download.max_retries": 5})
    assert [(1, ["download.max_retries"])] == [(e.commit, [c.path for c in e.effective]) for e in plugin.events]
    config.update({"download.max_retries": 9}, user="alice")
    assert 1 == len(plugin.events)


def test_a_plan_commits_exactly_what_it_shows(config: Config) -> None:
    """A plan changes nothing; applied, it commits just that, or conflicts where something came between."""
    plan = config.plan({"download.max_retries": 5, "download.base": ABSENT}, actor="root")
    assert [("download.max_retries", ABSENT, 5)] == [(c.path, c.old, c.new) for c in plan.changes]
    assert [] == config.history()
    assert 1 == config.apply(plan).revision
    with pytest.raises(Conflict):
        config.apply(plan)
    with pytest.raises(ValidationFailed):
        config.plan({"download.max_retries": 99})


def test_refusals_are_in_the_audit(config: Config) -> None:
    """Every refused attempt leaves one record, with who and what, and without the value."""
    with pytest.raises(ValidationFailed):
        config.update({"download.max_retries": 7777}, user="alice", actor="mallory")
    with pytest.raises(UnknownPath):
        config.update({"download.nothing": 1}, actor="mallory")
    records = list(config.audit)
    assert [("refused", "mallory"), ("refused", "mallory")] == [(r.action, r.actor) for r in records]
    assert "7777" not in repr(records)
    assert config.audit.verify()


def test_unknown_sections_survive_everything(config: Config, reopen: Callable[..., Config], plugin: Any) -> None:
    """What a plugin stored that is not installed now is kept by every change, and comes back with it."""

    @section("elsewhere")
    class Elsewhere:
        depth: int = setting(1)

    class Other:
        name = "elsewhere"

        @hookimpl
        def cfgcore_sections(self) -> list[type[Any]]:
            return [Elsewhere]

    config.close()
    both = reopen(plugins=[plugin, Other()])
    both.update({"elsewhere.depth": 5, "download.max_retries": 4})
    both.close()
    alone = reopen()
    alone.update({"download.max_retries": 6})
    alone.rollback(1, scope="system")
    alone.close()
    assert (5, 4) == ((again := reopen(plugins=[plugin, Other()])).elsewhere.depth, again.download.max_retries)


def test_without_a_store_nothing_can_be_changed() -> None:
    """A configuration without a store says how to open one."""
    with (
        cfgcore.open(settings_files=[], plugin_group=None, environ={}) as config,
        pytest.raises(CfgcoreError, match="open it with store="),
    ):
        config.update({})


@pytest.mark.parametrize("value", ["soon", 5000])
def test_a_hidden_value_is_checked_as_well(config: Config, environ: dict[str, str], value: Any) -> None:
    """What a variable hides today must be right tomorrow, when the variable is gone."""
    environ["APP_DOWNLOAD__MAX_RETRIES"] = "1"
    config.reload()
    with pytest.raises(ValidationFailed, match=r"download\.max_retries"):
        config.update({"download.max_retries": value})
    assert [] == config.history()


def test_a_view_s_revision_is_that_of_its_last_change(config: Config, environ: dict[str, str]) -> None:
    """It can be given back as the expected one, also after an override is gone, and after a change that is hidden."""
    config.update({"download.max_retries": 5}, user="alice")
    config.unset(["download.max_retries"], user="alice")
    expected = config.for_user("alice").revision
    assert config.update({"download.max_retries": 6}, user="alice", expected_revision=expected)
    environ["APP_DOWNLOAD__BASE"] = "9"
    config.reload()
    config.update({"download.base": 3.0})
    assert config.update({"download.base": 4.0}, expected_revision=config.view.revision)


@pytest.mark.parametrize("expected", ["2", True, 1.5, -1])
def test_what_is_no_revision_is_refused(config: Config, expected: Any) -> None:
    """An expected revision that cannot be one is a mistake of the caller's, and is told as one."""
    with pytest.raises(ValidationFailed, match=r"expected_revision: .* is not a revision"):
        config.update({"download.max_retries": 5}, expected_revision=expected)


def test_a_revision_that_is_still_to_come_is_a_conflict(config: Config) -> None:
    """Who expects what this store has not reached knows another store, or a newer state of it."""
    with pytest.raises(Conflict, match="revision 7 was expected, and the last one is 0: is it another store"):
        config.update({"download.max_retries": 5}, expected_revision=7)
    assert 3 == config.download.max_retries


@pytest.mark.parametrize("depth", [33, 2_000, 100_000])
def test_a_value_that_nests_too_deeply_is_refused(config: Config, depth: int) -> None:
    """A value beyond the limit of levels is refused, naming the limit, however deep it is."""
    value: Any = 1
    for _ in range(depth):
        value = [value]
    with pytest.raises(ValidationFailed, match="nests deeper than 32 levels"):
        config.update({"download.labels": {"a": value}})


@pytest.mark.parametrize("said", [{"reason": None}, {"reason": 5}, {"actor": b"root"}, {"reason": "x" * 1001}])
@pytest.mark.parametrize(
    "change",
    [
        lambda config, **said: config.update({"download.max_retries": 6}, **said),
        lambda config, **said: config.unset(["download.max_retries"], **said),
        lambda config, **said: config.plan({"download.max_retries": 6}, **said),
        lambda config, **said: config.rollback(to=1, scope="system", **said),
        lambda config, **said: config.undo(2, **({"by": said["actor"]} if "actor" in said else said)),
        lambda config, **said: config.forget("alice", **said),
        lambda config, **said: config.compact(before=2, **said),
        lambda config, **said: config.restore("nowhere", **said),
        lambda config, **said: config.upgrade.finish(**said),
    ],
    ids=["update", "unset", "plan", "rollback", "undo", "forget", "compact", "restore", "upgrade"],
)
def test_an_author_or_a_reason_that_is_no_text_is_refused(config: Config, change: Any, said: Any) -> None:
    """Whatever is changed: nothing is written that could not be read again, and the audit is whole."""
    config.update({"download.max_retries": 5}, actor="root")
    config.update({"download.max_retries": 4}, actor="root")
    with pytest.raises(ValidationFailed) as refused:
        change(config, **said)
    assert [*said] == [problem.path for problem in refused.value.problems]
    assert [2, 1] == [commit.revision for commit in config.history()]
    assert config.audit.verify()


NOT_STORABLE = {"download.top": float("nan"), "download.node": "there"}


def test_what_cannot_be_stored_hides_no_other_problem(config: Config) -> None:
    """Numbers that no store keeps, what users do not set, bounds, types and rules are told together."""
    wrong = {**NOT_STORABLE, "download.max_retries": 50, "download.names": 5, "download.base": 20.0}
    for ask in (config.update, config.plan):
        with pytest.raises(ValidationFailed) as caught:
            ask(wrong, user="alice")
        told = {problem.path for problem in caught.value.errors}
        assert {"download.top", "download.node", "download.max_retries", "download.names"} == told
    with pytest.raises(ValidationFailed) as caught:
        config.update({"download.node": "there", "download.base": 50.0, "download.top": 20.0}, user="alice")
    assert ["download.node", "download.base"] == [problem.path for problem in caught.value.errors]
    assert not config.history()


def test_a_rule_is_not_asked_about_what_was_refused(config: Config) -> None:
    """A rule over a refused value says nothing: the value that it would be asked about is not the one asked for."""
    config.update({"download.top": 10.0}, user="alice")
    with pytest.raises(ValidationFailed) as caught:
        config.update({"download.top": float("inf"), "download.base": 20.0}, user="alice")
    assert ["download.top"] == [problem.path for problem in caught.value.errors]


@pytest.mark.parametrize("has_store", [True, False])
def test_a_draft_is_validated_with_all_its_problems(has_store: bool, config: Config, plugin: Any) -> None:
    """What cannot be stored hides nothing there either, nor does a value that equals the base."""
    with cfgcore.open(plugins=[plugin], plugin_group=None, settings_files=[], environ={}) as bare:
        draft = (config if has_store else bare).draft("alice")
        draft.download.top = float("nan")
        draft.download.node = "there"
        draft.download.max_retries = 50
        draft.download.base = 2.0
        result = (config if has_store else bare).validate(draft)
    told = sorted(problem.path for problem in result.errors)
    assert ["download.max_retries", "download.node", "download.top"] == told


@pytest.mark.parametrize(
    "ask",
    [
        lambda config: config.update(None),
        lambda config: config.update(5),
        lambda config: config.history(limit="x"),
        lambda config: config.history(limit=-1),
        lambda config: config.undo("x"),
        lambda config: config.undo(True),
        lambda config: config.plan({"download.max_retries": 6}).users(examples="x"),
    ],
)
def test_what_callers_cannot_mean(config: Config, ask: Callable[[Config], object]) -> None:
    """Arguments that mean nothing are refused by name, and change nothing."""
    config.update({"download.max_retries": 5})
    with pytest.raises(CfgcoreError, match=r"is no |draft"):
        ask(config)
    assert 1 == len(config.history())
