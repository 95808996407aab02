"""``config.flags``: evaluated, layered, changed, explained."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any, ClassVar

import pytest

import cfgcore
from cfgcore import (
    ABSENT,
    Config,
    Conflict,
    DeclarationError,
    Flag,
    InvalidUser,
    StoreError,
    UnknownPath,
    ValidationFailed,
    hookimpl,
)
from cfgcore.change.commit import Plan
from cfgcore.change.exposure import Exposure
from cfgcore.store.document import FLAGS
from cfgcore.store.protocol import Write
from cfgcore.store.record import Draft, Edit
from cfgcore.testing import override
from cfgcore.values import moment

Open = Callable[..., Config]

RULE = {
    "state": "ENABLED",
    "variants": {"on": True, "off": False},
    "defaultVariant": "off",
    "targeting": {"if": [{"==": [{"var": "plan"}, "pro"]}, "on"]},
}


class FlagPlugin:
    """Declares flags."""

    name = "flags"

    @hookimpl
    def cfgcore_flags(self) -> list[Flag]:
        return [
            Flag("auto_updates", description="Updates without asking.", owner="updates"),
            Flag("downloads", default=True),
            Flag("ranking", "a", variants={"a": "A", "b": "B", "c": "C"}),
        ]


class Watcher:
    """Remembers exposures, and fails when it is told to."""

    name = "watcher"

    def __init__(self) -> None:
        self.seen: list[Exposure] = []
        self.fails = False

    @hookimpl
    def cfgcore_exposure(self, exposure: Exposure) -> None:
        self.seen.append(exposure)
        if self.fails:
            raise RuntimeError("no room")


@pytest.fixture
def open_flags(tmp_path: Path) -> Iterator[Open]:
    """Give the function that opens an application with flags and a store."""
    opened: list[Config] = []

    def opener(*more: object, file: str = "", **arguments: Any) -> Config:
        if file:
            (tmp_path / "settings.toml").write_text(file, encoding="utf-8")
        given: dict[str, Any] = {"store": "config.json", "environ": {}, "folder": tmp_path, **arguments}
        opened.append(cfgcore.open(plugins=[FlagPlugin(), *more], plugin_group=None, **given))
        return opened[-1]

    yield opener
    for config in opened:
        config.close()


@pytest.fixture
def config(open_flags: Open) -> Config:
    """Give an open application."""
    return open_flags()


def test_plugins_defaults_hold_until_somebody_changes_them(config: Config) -> None:
    """A flag is on or off, or has a variant; the reason says that no rule was asked."""
    assert config.flags.is_enabled("downloads") is True
    assert config.flags.is_enabled("auto_updates", user="alice") is False
    found = config.flags.evaluate("ranking", user="alice", default="x")
    assert ("A", "a", "STATIC", 0) == (found.value, found.variant, found.reason, found.revision)
    assert ["auto_updates", "downloads", "ranking"] == list(config.flags)
    assert "ranking" in config.flags


def test_a_flag_that_is_not_known_has_the_callers_default(config: Config, caplog: pytest.LogCaptureFixture) -> None:
    """The reason is told, and logged once."""
    for _ in range(3):
        found = config.flags.evaluate("rankin", user="alice", default="mine")
        assert ("mine", None, "ERROR", "FLAG_NOT_FOUND") == (found.value, found.variant, found.reason, found.error)
    assert config.flags.is_enabled("nope", default=True) is True
    assert config.flags.is_enabled(5) is False  # type: ignore[arg-type]
    messages = [record.getMessage() for record in caplog.records]
    assert 1 == messages.count("there is no flag 'rankin'. Did you mean 'ranking'?")


def test_a_flag_of_variants_is_not_on_or_off(config: Config, caplog: pytest.LogCaptureFixture) -> None:
    """Asking whether it is gives the caller's default."""
    assert config.flags.is_enabled("ranking", default=True) is True
    assert "flag 'ranking' is not on or off" in caplog.text


@pytest.mark.parametrize("user", ["", 1, 1.5, True, b"alice", "a\nb", "x" * 257, ("a",), ["a"], {}])
def test_what_is_no_user_id_is_refused(config: Config, user: Any) -> None:
    """Wherever a user is named."""
    for ask in (
        lambda: config.flags.is_enabled("downloads", user=user),
        lambda: config.flags.evaluate("nope", user=user),
        lambda: config.flags.explain("downloads", user=user),
        lambda: config.flags.override("downloads", user, True),
        lambda: config.flags.remove_override("downloads", user),
    ):
        with pytest.raises(InvalidUser):
            ask()


@pytest.mark.parametrize("own", [None, "local"])
def test_nobody_is_given_nothing(open_flags: Open, own: str | None) -> None:
    """A request without a user gives everyone nothing, and takes nothing from everyone; a desktop's user is named."""
    config = open_flags(user=own)
    config.flags.rollout("auto_updates", 50)
    with pytest.raises(InvalidUser, match=r"None is no user, .*; set\(flag, value\) gives everyone"):
        config.flags.override("auto_updates", None, True)  # type: ignore[call-overload]
    with pytest.raises(InvalidUser, match=r"None is no user, .*; unset\(flag\) removes"):
        config.flags.remove_override("auto_updates", None)  # type: ignore[call-overload]
    assert 1 == len(config.history())


def test_a_store_that_is_away_is_no_reason_to_fail(
    config: Config, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Users who are not known yet have the callers' defaults, as an error; those who are have what they had."""
    config.flags.override("auto_updates", "alice", True)
    config.flags.is_enabled("auto_updates", user="alice")

    def away(_names: Any) -> Any:
        raise StoreError("the database is away")

    monkeypatch.setattr(config._engine().store, "read", away)
    assert config.flags.is_enabled("auto_updates", user="alice") is True
    assert config.flags.is_enabled("auto_updates", user="bob", default=True) is True
    for number in range(5):
        found = config.flags.evaluate("ranking", user=f"user{number}", default="mine")
        assert ("mine", None, "ERROR", "GENERAL") == (found.value, found.variant, found.reason, found.error)
        assert "the database is away" in str(config.flags.explain("ranking", user=f"user{number}"))
    assert 1 == len([record for record in caplog.records if "is away" in record.getMessage()])
    with pytest.raises(InvalidUser):
        config.flags.is_enabled("auto_updates", user="")
    monkeypatch.undo()
    assert "A" == config.flags.evaluate("ranking", user="user1").value


def test_after_closing_evaluating_does_not_fail(config: Config) -> None:
    """Whoever is not known has the caller's default."""
    config.close()
    assert config.flags.is_enabled("downloads") is True
    assert config.flags.is_enabled("downloads", user="alice", default=False) is False
    found = config.flags.evaluate("downloads", user="alice", default="mine")
    assert ("mine", "ERROR") == (found.value, found.reason)
    assert "the store is closed" in config.flags.explain("downloads", user="alice").evaluation.message


@pytest.mark.parametrize("context", [None, {}, [], "text", 5, {"plan": b"pro"}, {"plan": object()}, {5: 5}])
def test_a_context_of_wrong_types_is_missing(config: Config, context: Any) -> None:
    """The rule goes on without it."""
    config.flags.set("auto_updates", RULE)
    assert config.flags.is_enabled("auto_updates", user="alice", context=context) is False
    assert config.flags.is_enabled("auto_updates", user="alice", context={"plan": "pro"}) is True
    assert "DEFAULT" == config.flags.evaluate("auto_updates", context=context).reason


def test_no_user_means_no_bucket(config: Config) -> None:
    """A split gives the default variant, and a rule over the context works."""
    config.flags.rollout("auto_updates", 99)
    assert config.flags.is_enabled("auto_updates") is False
    config.flags.rollout("auto_updates", 100)
    assert config.flags.is_enabled("auto_updates") is True
    config.flags.set("auto_updates", RULE)
    assert config.flags.is_enabled("auto_updates", context={"plan": "pro"}) is True


def test_a_rollout_reaches_its_share_and_keeps_whom_it_reached(config: Config) -> None:
    """Raising adds users only; the outcome is a commit with actor and reason."""
    users = [f"user{number}" for number in range(500)]
    config.flags.rollout("auto_updates", percent=25, actor="root", reason="first")
    first = {user for user in users if config.flags.is_enabled("auto_updates", user=user)}
    assert 95 < len(first) < 160
    config.flags.rollout("auto_updates", percent=60)
    assert first < {user for user in users if config.flags.is_enabled("auto_updates", user=user)}
    commit = config.history("flags.auto_updates")[-1]
    assert ("root", "first", "update") == (commit.actor, commit.reason, commit.action)


def test_a_rollout_of_variants(config: Config) -> None:
    """One variant's share, which leaves the others alone, or all shares at once."""
    config.flags.rollout("ranking", 10, variant="b")
    config.flags.rollout("ranking", 20, variant="c")
    assert {"b": 10, "c": 20, "a": 70} == config.flags.list()[2].rollout
    config.flags.rollout("ranking", {"b": 50, "c": 50})
    assert {"b": 50, "c": 50} == config.flags.list()[2].rollout
    assert "SPLIT" == config.flags.evaluate("ranking", user="alice").reason


@pytest.mark.parametrize("percent", [-1, 101, "half", float("nan"), None, {"on": 60, "off": 60}, {"onn": 5}])
def test_a_rollout_that_is_no_percentage_is_refused(config: Config, percent: Any) -> None:
    """Nothing is stored."""
    with pytest.raises(ValidationFailed, match=r"^flags\.auto_updates: "):
        config.flags.rollout("auto_updates", percent)
    assert config.flags.is_enabled("auto_updates") is False
    assert [] == config.history()


@pytest.mark.parametrize(
    ("definition", "cause"),
    [
        ({**RULE, "targeting": {"frob": []}}, "flags.auto_updates.targeting: there is no operator 'frob'"),
        ({**RULE, "targeting": {"fractional": [["on", 0]]}}, "the weights sum to 0"),
        ({**RULE, "targeting": {"fractional": [["on", 2**31]]}}, "at most 2,147,483,647"),
        ({**RULE, "targeting": {"if": [True, "oon"]}}, "there is no variant 'oon'. Did you mean 'on'?"),
        ({**RULE, "evaluators": {"a": {"$ref": "a"}}}, "in a circle"),
        ({**RULE, "defaultVariant": "x"}, "there is no variant 'x'"),
        ("half", "there is no variant 'half'"),
        (25, "25 is neither true, false"),
        (None, "None is neither"),
    ],
)
def test_a_definition_that_is_wrong_is_refused_when_it_is_set(config: Config, definition: Any, cause: str) -> None:
    """By `set`, by `update` and by a plan; the refusal is in the audit."""
    for change in (
        lambda: config.flags.set("auto_updates", definition),
        lambda: config.flags.set("auto_updates", definition, dry_run=True),
        lambda: config.update({"flags.auto_updates": definition}),
    ):
        with pytest.raises(ValidationFailed) as refused:
            change()
        assert cause in str(refused.value)
    assert config.flags.is_enabled("auto_updates") is False
    assert "refused" == next(iter(config.audit)).action


def test_a_thousand_levels_are_refused(config: Config) -> None:
    """Without a RecursionError."""
    rule: Any = True
    for _ in range(900):
        rule = {"!": [rule]}
    with pytest.raises(ValidationFailed, match="nests deeper than 32 levels"):
        config.flags.set("auto_updates", {**RULE, "targeting": {"if": [rule, "on"]}})


def test_flags_are_settings_of_a_kind(config: Config) -> None:
    """They are set, unset, planned, undone and rolled back by path, like everything that is stored."""
    config.update({"flags.auto_updates": True})
    assert config.flags.is_enabled("auto_updates") is True
    plan = config.flags.set("auto_updates", "50%", dry_run=True)
    assert isinstance(plan, Plan)
    assert config.flags.is_enabled("auto_updates") is True
    config.apply(plan)
    assert {"on": 50, "off": 50} == config.flags.list()[0].rollout
    config.undo(2)
    assert config.flags.is_enabled("auto_updates", user="alice") is True
    config.rollback(0, scope="flags")
    assert config.flags.is_enabled("auto_updates") is False
    config.rollback(1, paths=["flags.auto_updates"])
    assert config.flags.is_enabled("auto_updates") is True
    config.flags.unset("auto_updates")
    assert config.flags.is_enabled("auto_updates") is False
    assert ["flags.auto_updates"] * 6 == [change.path for commit in config.history() for change in commit.changes]


def test_a_definition_is_replaced_whole(config: Config) -> None:
    """One change, however much of it differs; what the new one does not say is gone."""
    config.flags.set("auto_updates", RULE)
    outcome = config.flags.set("auto_updates", True)
    (change,) = outcome.changes
    assert ("flags.auto_updates", None, RULE) == (change.path, change.user, change.old)
    assert "targeting" not in change.new
    assert [change] == list(config.diff(1, 2))


def test_flags_and_settings_may_share_a_name(open_flags: Open) -> None:
    """A flag called like a section is not hidden by that section's variables."""
    config = open_flags(environ={"CFGCORE_FLAGS__AUTO_UPDATES": "true"})
    assert () == config.flags.set("downloads", False).warnings
    (warning,) = config.flags.set("auto_updates", False).warnings
    assert "environment variable CFGCORE_FLAGS__AUTO_UPDATES is stronger and hides it" in str(warning)
    assert config.flags.is_enabled("auto_updates") is True


def test_layers_of_definitions(open_flags: Open) -> None:
    """Plugin, file, stored, variable; then the user's own."""
    file = '[flags]\nauto_updates = true\ndownloads = "50%"\nranking = "b"\n'
    config = open_flags(file=file, environ={"CFGCORE_FLAGS__RANKING": "c"})
    assert () == config.warnings
    assert config.flags.is_enabled("auto_updates") is True
    assert "SPLIT" == config.flags.evaluate("downloads", user="alice").reason
    assert "C" == config.flags.evaluate("ranking").value
    config.flags.set("auto_updates", False)
    assert config.flags.is_enabled("auto_updates") is False
    config.flags.set("ranking", "a")
    assert "C" == config.flags.evaluate("ranking", user="alice").value
    config.flags.override("ranking", "alice", "b")
    assert "B" == config.flags.evaluate("ranking", user="alice").value
    origins = [str(layered.origin) for layered in config.flags.explain("ranking").layers]
    assert origins[1].endswith("settings.toml:4")
    assert [
        "default of plugin 'flags'",
        origins[1],
        "stored for everyone, revision 2",
        "environment variable CFGCORE_FLAGS__RANKING",
    ] == origins


def test_whole_definitions_in_a_file_make_flags(open_flags: Open) -> None:
    """They need no plugin. Definitions in two files do not merge."""
    file = """
        [flags.new-banner]
        state = "ENABLED"
        defaultVariant = "off"
        variants = {on = true, off = false}
        targeting = {if = [{"==" = [{var = "plan"}, "pro"]}, "on"]}
    """
    config = open_flags(file=file)
    assert () == config.warnings
    assert config.flags.is_enabled("new-banner", context={"plan": "pro"}) is True
    config.flags.set("new-banner", True)
    assert config.flags.is_enabled("new-banner") is True


def test_flags_in_variables(open_flags: Open) -> None:
    """Words for true and false, percentages, variants, and definitions as JSON."""
    environ = {
        "CFGCORE_FLAGS__AUTO_UPDATES": "yes",
        "CFGCORE_FLAGS__DOWNLOADS": "0%",
        "CFGCORE_FLAGS__RANKING": "@json " + json.dumps({**RULE, "variants": {"on": "x", "off": "y"}}),
    }
    config = open_flags(environ=environ)
    assert () == config.warnings
    assert config.flags.is_enabled("auto_updates") is True
    assert config.flags.is_enabled("downloads", user="alice") is False
    assert "x" == config.flags.evaluate("ranking", context={"plan": "pro"}).value


@pytest.mark.parametrize(
    ("file", "environ", "cause"),
    [
        ('[flags]\nauto_updates = "half"', {}, "settings.toml:2: flags.auto_updates: 'half' is no definition"),
        ("[flags]\nauto_updates = 25", {}, "25 is no definition"),
        ("[flags]\nauto_updates = {state = 1}", {}, "flags.auto_updates.state: the state is ENABLED or DISABLED"),
        ("flags = true", {}, "it is a table of settings, not true or false"),
        ("", {"CFGCORE_FLAGS__RANKING": "d"}, "CFGCORE_FLAGS__RANKING: flags.ranking: 'd' is no definition"),
        ("", {"CFGCORE_FLAGS__RANKING__STATE": "DISABLED"}, "a flag is set as a whole"),
    ],
)
def test_a_wrong_definition_of_a_deployer_keeps_the_application_from_starting(
    open_flags: Open, file: str, environ: dict[str, str], cause: str
) -> None:
    """With the place where it is written."""
    with pytest.raises(ValidationFailed) as refused:
        open_flags(file=file, environ=environ)
    assert cause in str(refused.value)


def test_an_unknown_flag_in_a_file_is_a_warning(open_flags: Open) -> None:
    """With what was probably meant."""
    config = open_flags(file="[flags]\nauto_update = true\nsomething_else = true")
    told = "\n".join(map(str, config.warnings))
    assert "settings.toml:2: unknown flag 'auto_update'. Did you mean 'auto_updates'?" in told
    assert "unknown flag 'something_else'. A definition would make it one." in told


def store_raw(config: Config, values: dict[str, Any]) -> None:
    """Store flags as no check would let them pass."""
    store = config._engine().store
    edits = {FLAGS: tuple(Edit((key,), ABSENT, value) for key, value in values.items())}
    store.commit({FLAGS: Write(values, {})}, {}, Draft("update", "x", "", "2026-01-01T00:00:00.000000Z", edits, {}))


def test_one_malformed_flag_among_a_hundred(open_flags: Open, caplog: pytest.LogCaptureFixture) -> None:
    """99 evaluate; the bad one gives its callers' default with reason ERROR, is told, and can be mended."""
    config = open_flags()
    flags: dict[str, Any] = {f"flag{number}": {**RULE, "defaultVariant": "on"} for number in range(99)}
    store_raw(config, {**flags, "auto_updates": {**RULE, "targeting": {"frob": [1]}}})
    config.reload()
    assert all(config.flags.is_enabled(key, user="alice") for key in flags)
    found = config.flags.evaluate("auto_updates", user="alice", default=True)
    assert (True, "ERROR", "PARSE_ERROR") == (found.value, found.reason, found.error)
    assert any("there is no operator 'frob'" in str(warning) for warning in config.warnings)
    assert "there is no operator 'frob'" in caplog.text
    with pytest.raises(ValidationFailed, match="unset it first"):
        config.flags.rollout("auto_updates", 5)
    reopened = open_flags()
    assert reopened.flags.is_enabled("flag7") is True
    config.flags.unset("auto_updates")
    assert config.flags.is_enabled("auto_updates", default=True) is False


def test_a_users_own_variant(config: Config) -> None:
    """It is stored with the user, is stronger than any rule, and goes when it is removed."""
    outcome = config.flags.override("auto_updates", "alice", True, actor="root")
    assert [("flags.auto_updates", "alice", True)] == [(c.path, c.user, c.new) for c in outcome.changes]
    found = config.flags.evaluate("auto_updates", user="alice")
    assert (True, "on", "TARGETING_MATCH", 1) == (found.value, found.variant, found.reason, found.revision)
    assert config.flags.is_enabled("auto_updates", user="bob") is False
    assert config.flags.is_enabled("auto_updates") is False
    config.flags.override("auto_updates", "bob", "on")
    assert config.flags.is_enabled("auto_updates", user="bob") is True
    config.flags.remove_override("auto_updates", "alice")
    assert config.flags.is_enabled("auto_updates", user="alice") is False
    assert 2 == len(config.history("flags.auto_updates", user="alice"))


def test_a_variant_that_cannot_be_given_is_refused(config: Config) -> None:
    """Unknown variants and flags, and what is no variant at all."""
    with pytest.raises(ValidationFailed, match="there is no variant 'd' among a, b, c"):
        config.flags.override("ranking", "alice", "d")
    with pytest.raises(ValidationFailed, match="is not on or off"):
        config.flags.override("ranking", "alice", True)
    with pytest.raises(UnknownPath, match="Did you mean 'ranking'"):
        config.flags.override("rankin", "alice", "a")
    with pytest.raises(ValidationFailed, match="a user has a variant, true or false, not 5"):
        config.update({"flags.ranking": 5}, user="alice")
    with pytest.raises(ValidationFailed, match="a user has a variant, true or false"):
        config.update({"flags.ranking": RULE}, user="alice")


def test_a_variant_that_is_gone_is_ignored(config: Config, caplog: pytest.LogCaptureFixture) -> None:
    """The user has what the definition says, and it is told once."""
    config.flags.override("ranking", "alice", "b")
    config.flags.set("ranking", {**RULE, "variants": {"on": "x", "off": "y"}})
    assert "y" == config.flags.evaluate("ranking", user="alice").value
    assert "no variant of it any more" in caplog.text
    found = config.flags.explain("ranking", user="alice")
    assert ("b", "it is no variant of the flag any more") == (found.override, found.ignored)
    assert "own variant: 'b', which does not count: it is no variant of the flag any more" in str(found)


def test_what_a_deployer_enforces_is_above_what_users_were_given(open_flags: Open) -> None:
    """As an enforced value is above a user's: evaluations, explanations and warnings say the same."""
    open_flags().flags.override("auto_updates", "eve", True)
    config = open_flags(environ={"CFGCORE_ENFORCE__FLAGS__AUTO_UPDATES": "false", "CFGCORE_FLAGS__RANKING": "c"})
    assert config.flags.is_enabled("auto_updates", user="eve") is False
    assert "STATIC" == config.flags.evaluate("auto_updates", user="eve").reason
    found = config.flags.explain("auto_updates", user="eve")
    stronger = "environment variable CFGCORE_ENFORCE__FLAGS__AUTO_UPDATES is stronger"
    assert (True, stronger) == (found.override, found.ignored)
    assert f"own variant: True, which does not count: {stronger}" in str(found)
    (warning,) = config.flags.override("auto_updates", "bob", True).warnings
    assert f"{stronger} and hides it" in str(warning)
    assert config.flags.is_enabled("auto_updates", user="bob") is False
    assert () == config.flags.override("ranking", "bob", "b").warnings
    assert "B" == config.flags.evaluate("ranking", user="bob").value


def test_what_a_user_was_given_of_an_enforced_flag_is_no_event(open_flags: Open) -> None:
    """Nothing changes for that user."""
    config = open_flags(environ={"CFGCORE_ENFORCE__FLAGS__AUTO_UPDATES": "false"})
    seen: list[str] = []

    def on_change(event: Any) -> None:
        seen.extend(change.path for change in event.effective)

    config.subscribe("flags", on_change, user="bob", critical=True)
    config.flags.override("auto_updates", "bob", True)
    config.flags.override("downloads", "bob", False)
    assert ["flags.downloads"] == seen


def test_forgetting_a_user_forgets_the_users_variants(config: Config) -> None:
    """At once, though they were read before."""
    config.flags.override("auto_updates", "alice", True)
    assert config.flags.is_enabled("auto_updates", user="alice") is True
    config.forget("alice")
    assert config.flags.is_enabled("auto_updates", user="alice") is False


def test_another_process_changes_flags(open_flags: Open) -> None:
    """They are seen from the next reload on, users' own variants as well; a rollout is made of what holds by then."""
    one, other = open_flags(), open_flags()
    assert other.flags.is_enabled("auto_updates", user="alice") is False
    one.flags.override("auto_updates", "alice", True)
    one.flags.rollout("ranking", 10, variant="b")
    other.reload()
    assert other.flags.is_enabled("auto_updates", user="alice") is True
    one.flags.rollout("ranking", 20, variant="c")
    other.flags.rollout("ranking", 15, variant="b")
    assert {"b": 15, "c": 20, "a": 65} == other.flags.list()[2].rollout


def test_a_revision_that_is_expected(config: Config) -> None:
    """A change that was decided on older flags is a conflict."""
    config.flags.rollout("ranking", 10, variant="b")
    with pytest.raises(Conflict):
        config.flags.rollout("ranking", 20, variant="b", expected_revision=0)
    config.flags.rollout("ranking", 20, variant="b", expected_revision=1)


def test_reading_does_not_touch_the_store(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a user is known, nothing is read any more."""
    store = config._engine().store
    config.flags.override("auto_updates", "alice", True)
    config.flags.is_enabled("auto_updates", user="alice")
    config.flags.is_enabled("auto_updates", user="bob")
    monkeypatch.setattr(store, "read", None)
    assert config.flags.is_enabled("auto_updates", user="alice") is True
    assert config.flags.is_enabled("auto_updates", user="bob") is False
    assert config.flags.is_enabled("auto_updates") is False


def test_how_many_users_are_kept_is_bounded(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was asked about first goes first, and is read again."""
    monkeypatch.setattr("cfgcore.change.flags.USERS_LIMIT", 10)
    config.flags.override("auto_updates", "user0", True)
    for number in range(100):
        assert (number == 0) is config.flags.is_enabled("auto_updates", user=f"user{number}")
    assert 10 >= len(config.flags._state.users)
    assert config.flags.is_enabled("auto_updates", user="user0") is True


def test_without_a_store_flags_are_read_only(open_flags: Open) -> None:
    """Files and variables decide, and everybody has what they say."""
    config = open_flags(store=None, file='[flags]\nauto_updates = "50%"')
    enabled = {config.flags.is_enabled("auto_updates", user=f"user{number}") for number in range(50)}
    assert {True, False} == enabled
    with pytest.raises(cfgcore.CfgcoreError, match="keeps nothing"):
        config.flags.set("auto_updates", True)


def test_explanations_say_which_rule_decided(config: Config) -> None:
    """Layers, branches, the bucket and its numbers, and the user's own variant."""
    config.flags.set(
        "auto_updates",
        {
            **RULE,
            "targeting": {"if": [{"==": [{"var": "plan"}, "pro"]}, "on", {"fractional": [["on", 25], ["off", 75]]}]},
        },
    )
    found = config.flags.explain("auto_updates", user="alice", context={"plan": "pro"})
    assert ["targeting.if.0"] == [step.place for step in found.steps]
    found = config.flags.explain("auto_updates", user="alice")
    assert found.bucket is not None
    assert ("auto_updatesalice", 100) == (found.bucket.key, found.bucket.total)
    assert found.evaluation.value is (found.bucket.number < 25)
    text = str(found)
    assert "stored for everyone, revision 1" in text
    assert f"bucket {found.bucket.number} of 100 lies in" in text
    config.flags.override("auto_updates", "alice", False)
    found = config.flags.explain("auto_updates", user="alice")
    assert (False, (), None) == (found.override, found.steps, found.bucket)
    assert "the user's own variant: False" in str(found)
    assert "there is no flag 'nope'" in str(config.flags.explain("nope"))


def test_what_flags_are_is_listed(config: Config) -> None:
    """With description, owner and origin, and what they give in a few words."""
    first, second, third = config.flags.list()
    assert ("auto_updates", "Updates without asking.", "updates") == (first.flag, first.description, first.owner)
    assert ["off", "on", "a"] == [found.told for found in (first, second, third)]
    config.flags.set("auto_updates", RULE)
    config.flags.set("downloads", "12.5%")
    config.flags.set("ranking", {"state": "DISABLED", "variants": {"a": 1}})
    assert ["by rule, otherwise off", "12.5 % on, 87.5 % off", "disabled"] == [f.told for f in config.flags.list()]


def test_one_that_has_expired_works_and_is_a_warning(
    open_flags: Open, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its date on it is logged, once, and listed; it is evaluated as before, and others are not concerned."""
    monkeypatch.setattr(moment, "now", lambda: datetime(2030, 5, 1, tzinfo=timezone.utc))

    class Dated:
        name = "dated"

        @hookimpl
        def cfgcore_flags(self) -> list[Flag]:
            return [Flag("gone", default=True, expires=date(2030, 5, 1)), Flag("later", expires=date(2030, 5, 2))]

    config = open_flags(Dated())
    assert [("flag_expired", "flags.gone")] == [(found.code, found.path) for found in config.warnings]
    config.flags.rollout("gone", 100)
    config.flags.set("later", True)
    assert config.flags.is_enabled("gone", user="alice")
    assert 1 == caplog.text.count("it expired on 2030-05-01: take it out of the code")
    assert ["gone"] == [flag.flag for flag in config.flags.list() if flag.is_expired]


def test_files_of_flagd_go_in_and_come_out(config: Config, open_flags: Open, tmp_path: Path) -> None:
    """What is exported can be imported elsewhere, and is exported the same; one commit, or none."""
    config.flags.rollout("auto_updates", 25)
    config.flags.set("new-banner", {**RULE, "targeting": {"if": [{"$ref": "pro"}, "on"]}, "evaluators": {"pro": True}})
    text = config.flags.export()
    assert {"pro": True} == json.loads(text)["$evaluators"]
    other = open_flags(store=tmp_path / "other.json")
    plan = other.flags.import_(text, dry_run=True)
    assert 4 == len(plan.changes)
    assert "new-banner" not in other.flags
    outcome = other.flags.import_(text, actor="root", reason="moved")
    assert (4, 1) == (len(outcome.changes), len(other.history()))
    assert text == other.flags.export()
    assert not other.flags.import_(text)
    broken = text.replace('"fractional"', '"fractionl"')
    with pytest.raises(ValidationFailed, match="Did you mean 'fractional'"):
        other.flags.import_(broken.replace("new-banner", "newer-banner"))
    assert "newer-banner" not in other.flags
    with pytest.raises(ValidationFailed, match="it is not JSON"):
        other.flags.import_("x")


def test_an_edit_of_the_file_by_hand_is_checked(open_flags: Open, tmp_path: Path) -> None:
    """A malformed flag is set aside, a sound one is taken in as one change."""
    config = open_flags()
    config.flags.set("auto_updates", True)
    file = tmp_path / "config.json"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"ENABLED"', '"ENABLD"'), encoding="utf-8")
    config.reload()
    assert config.flags.is_enabled("auto_updates") is True
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"ENABLED"', '"DISABLED"'), encoding="utf-8")
    config.reload()
    assert "DISABLED" == config.flags.evaluate("auto_updates").reason
    assert 1 == len(config.history(limit=1)[0].changes)


def test_assignments_are_told_once_for_each_user_and_variant(open_flags: Open) -> None:
    """Only what a split decides is an assignment; a plugin that fails harms nobody."""
    watcher = Watcher()
    config = open_flags(watcher)
    config.flags.rollout("auto_updates", 50)
    for _ in range(3):
        for user in ("alice", "bob"):
            config.flags.is_enabled("auto_updates", user=user)
            config.flags.evaluate("downloads", user=user)
    config.flags.is_enabled("auto_updates")
    config.close()
    assert [("auto_updates", "alice", 1), ("auto_updates", "bob", 1)] == [
        (seen.flag, seen.user, seen.revision) for seen in watcher.seen
    ]
    assert {"on", "off"} >= {seen.variant for seen in watcher.seen}


def test_looking_is_no_assignment(open_flags: Open) -> None:
    """An explanation exposes nobody to a variant; being asked in earnest does afterwards."""
    watcher = Watcher()
    config = open_flags(watcher)
    config.flags.rollout("auto_updates", 50)
    assert "SPLIT" == config.flags.explain("auto_updates", user="alice").evaluation.reason
    config.flags.is_enabled("auto_updates", user="bob")
    config.close()
    assert ["bob"] == [seen.user for seen in watcher.seen]


def test_a_failing_listener_harms_no_evaluation(open_flags: Open, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged; the next assignment is told as well."""
    watcher = Watcher()
    watcher.fails = True
    config = open_flags(watcher)
    config.flags.rollout("auto_updates", 50)
    for number in range(20):
        config.flags.is_enabled("auto_updates", user=f"user{number}")
    config.close()
    assert 20 == len(watcher.seen)
    assert "plugin 'watcher' failed in cfgcore_exposure" in caplog.text


def test_a_listener_that_hangs_delays_nobody(open_flags: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot wait any more is told when it is evaluated again; memory is bounded."""
    monkeypatch.setattr("cfgcore.change.exposure.WAITING", 5)
    monkeypatch.setattr("cfgcore.change.exposure.REMEMBERED", 10)
    gate = threading.Event()

    class Slow:
        name = "slow"
        seen: ClassVar[list[str]] = []

        @hookimpl
        def cfgcore_exposure(self, exposure: Exposure) -> None:
            gate.wait(30)
            self.seen.append(exposure.user)

    config = open_flags(Slow())
    config.flags.rollout("auto_updates", 50)
    for number in range(100):
        config.flags.is_enabled("auto_updates", user=f"user{number}")
    gate.set()
    assert config._exposures is not None
    config._exposures.flush()
    assert 7 > len(Slow.seen)
    config.flags.is_enabled("auto_updates", user="user99")
    config.close()
    assert "user99" in Slow.seen


def test_a_test_may_override_a_flag(config: Config) -> None:
    """As it may any setting."""
    with override({"flags.auto_updates": True}):
        assert config.flags.is_enabled("auto_updates", user="alice") is True
    assert config.flags.is_enabled("auto_updates", user="alice") is False


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        ({"variants": {"a": 1, "b": "x"}, "default": "a"}, "not of one type"),
        ({"variants": {"a": 1}, "default": "b"}, "the default 'b' is none of its variants"),
        ({"variants": {"a": 1}}, "the default False is none of its variants"),
        ({"variants": [1]}, "are not values by name"),
        ({"default": "on"}, "the default 'on' is not true or false"),
        ({"variants": {"a": [1]}, "default": "a"}, r"variant 'a' is \(1,\), and not true or false, text, a number or"),
        ({"variants": {"a": 1, "b": None}, "default": "a"}, "variant 'b' is None, and not true or false, text"),
        ({"expires": "2020-01-01"}, "expires='2020-01-01' is no date, such as date"),
        ({"expires": datetime(2020, 1, 1)}, "expires=datetime.* is no date"),
        ({"expires": 5}, "expires=5 is no date"),
        ({"owner": 5}, "owner=5 is no text"),
        ({"description": None}, "description=None is no text"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(arguments: dict[str, Any], cause: str) -> None:
    """The error names the flag."""
    with pytest.raises(DeclarationError, match=f"^flag 'x': .*{cause}"):
        Flag("x", **arguments)


def test_a_plugin_whose_flag_cannot_be_is_named(open_flags: Open) -> None:
    """With the flag and the field."""

    class Wrong:
        name = "wrong"

        @hookimpl
        def cfgcore_flags(self) -> list[Flag]:
            return [Flag("q", expires="2020-01-01")]  # type: ignore[arg-type]

    with pytest.raises(DeclarationError, match=r"^plugin 'wrong': flag 'q': expires='2020-01-01' is no date"):
        open_flags(Wrong())


def test_whom_a_change_of_flags_touches_is_not_told(config: Config) -> None:
    """Nobody could say: it is refused, with why. One user's plan is refused as ever."""
    config.flags.override("auto_updates", "alice", True)
    for plan in (config.plan({"flags.auto_updates": True}), config.flags.rollout("auto_updates", 50, dry_run=True)):
        assert isinstance(plan, Plan)
        with pytest.raises(cfgcore.CfgcoreError, match=r"this plan changes flags, and who gets what depends on rules"):
            plan.users()


def test_evaluating_while_flags_change(config: Config) -> None:
    """Threads that evaluate see the old or the new definition, and never fail."""
    logging.getLogger("cfgcore.flags").setLevel(logging.CRITICAL)
    stop, faults = threading.Event(), []

    def evaluate() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            found = config.flags.evaluate("ranking", user=f"user{number % 50}", default="x")
            if found.value not in ("A", "B") or found.error:
                faults.append(found)

    threads = [threading.Thread(target=evaluate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for percent in range(0, 100, 5):
        config.flags.rollout("ranking", percent, variant="b")
    stop.set()
    for thread in threads:
        thread.join()
    assert [] == faults


def test_a_desktop_user_is_bucketed_by_the_installation(open_flags: Open, tmp_path: Path) -> None:
    """Every installation's user has the same id, and they are split all the same; nobody needs to be named."""
    enabled = set()
    for number in range(12):
        config = open_flags(store=tmp_path / f"{number}.json", user="local")
        config.flags.set("auto_updates", "50%")
        assert config.flags.is_enabled("auto_updates") is config.flags.is_enabled("auto_updates", user="local")
        enabled.add(config.flags.is_enabled("auto_updates"))
        bucket = config.flags.explain("auto_updates").bucket
        assert bucket is not None
        assert f"auto_updates{config._engine().store.head().incarnation}" == bucket.key
    assert {True, False} == enabled


def test_a_desktop_users_own_variant(open_flags: Open) -> None:
    """It is what is meant where nobody is named; it stays when the application is opened again."""
    config = open_flags(user="local")
    assert config.flags.is_enabled("auto_updates") is False
    config.flags.override("auto_updates", "local", True)
    assert config.flags.is_enabled("auto_updates") is True
    config.flags.set("auto_updates", False)
    assert config.flags.is_enabled("auto_updates") is True
    assert open_flags(user="local").flags.is_enabled("auto_updates") is True
    config.flags.remove_override("auto_updates", "local")
    assert config.flags.is_enabled("auto_updates") is False
