"""Policies in a configuration with a store: what they clamp and refuse, whom they touch, and plugins that fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import CfgcoreError, Config, ValidationFailed, hookimpl, maximum, rule, section, setting
from cfgcore.change import deadline


@section("storage")
class StorageConfig:
    limit: float | None = setting(None, exclusive_minimum=0)
    low: int = setting(2, minimum=0, maximum=100)
    high: int = setting(50, minimum=0, maximum=100, renamed_from="top")
    names: tuple[str, ...] = setting(())
    token: str | None = setting(None, secret=True)


@section("other")
class OtherConfig:
    size: int = setting(1)


@section("storage", scope="policy")
class StoragePolicies:
    most: float | None = setting(None, exclusive_minimum=0)


class Plugin:
    """Declares sections, a rule and a policy; answers as it is told."""

    name = "storage"

    def __init__(self) -> None:
        self.answers: Callable[[Any], Any] = self.usual
        self.asked = 0

    @hookimpl
    def cfgcore_sections(self) -> list[type[Any]]:
        return [StorageConfig, OtherConfig, StoragePolicies]

    @hookimpl
    def cfgcore_rules(self) -> list[Any]:
        in_order = lambda low, high: None if low <= high else "low is more than high"  # noqa: E731
        return [rule(("storage.low", "storage.high"), in_order, code="in_order")]

    @hookimpl
    def cfgcore_constraints(self, policies: Any) -> Any:
        self.asked += 1
        return self.answers(policies)

    @staticmethod
    def usual(policies: Any) -> list[Any]:
        most = policies.storage.most
        if most is None:
            return []
        return [maximum("storage.limit", most, policy="policies.storage.most", reason="disks are full")]


@pytest.fixture
def plugin() -> Plugin:
    return Plugin()


@pytest.fixture
def reopen(tmp_path: Path, environ: dict[str, str], plugin: Plugin) -> Iterator[Callable[..., Config]]:
    with ExitStack() as stack:

        def open_it(**more: Any) -> Config:
            arguments = {
                "folder": tmp_path,
                "settings_files": [],
                "plugins": [plugin],
                "plugin_group": None,
                "environ": environ,
                "env_prefix": "APP",
                "store": "sqlite:///store.db",
            }
            return stack.enter_context(cfgcore.open(**(arguments | more)))

        yield open_it


def test_what_a_user_has_is_clamped_and_comes_back(config: Config) -> None:
    """A policy clamps what is stored without changing it; loosening brings it back; untouched sections stay shared."""
    config.update({"storage.limit": 500, "storage.token": "hush"}, user="alice", actor="alice")
    config.update({"policies.storage.most": 100}, actor="root", reason="space")
    alice = config.for_user("alice")
    assert (100.0, 100.0) == (alice.storage.limit, config.for_user("bob").storage.limit)
    assert alice.other is config.view.other
    config.unset("policies.storage.most", actor="root")
    assert (500.0, None) == (config.for_user("alice").storage.limit, config.for_user("bob").storage.limit)


def test_what_a_user_asks_for_is_refused_or_clamped(config: Config) -> None:
    """The refusal names the policy, who set it and why; with clamp the allowed value is stored, with a warning."""
    config.update({"policies.storage.most": 100}, actor="root")
    with pytest.raises(ValidationFailed) as refused:
        config.update({"storage.limit": 500, "other.size": 2}, user="alice", actor="alice")
    (problem,) = refused.value.problems
    assert (
        "alice asked for storage.limit = 500; policy most allows at most 100 (set by root, revision 1): disks are full"
        == problem.message
    )
    assert ("policy", 100.0, "policies.storage.most") == (
        problem.code,
        problem.suggested,
        problem.parameters["policy"],
    )
    assert 1 == config.for_user("alice").other.size
    outcome = config.update({"storage.limit": 500, "other.size": 2}, user="alice", clamp=True)
    assert ({"storage.limit": 100.0, "other.size": 2}, ["policy"]) == (
        {change.path: change.new for change in outcome.changes},
        [warning.code for warning in outcome.warnings],
    )
    with pytest.raises(ValidationFailed, match=r"root asked for storage\.limit = 101"):
        config.update({"storage.limit": 101}, actor="root")


def test_what_was_asked_for_before_stays(config: Config) -> None:
    """A user whose stored value is beyond a newer policy can still change other settings, and take that one back."""
    config.update({"storage.limit": 500}, user="alice")
    config.update({"policies.storage.most": 100}, actor="root")
    assert config.update({"other.size": 4}, user="alice")
    assert config.update({"storage.limit": 60}, user="alice")
    with pytest.raises(ValidationFailed, match="policy most allows at most 100"):
        config.undo(4, actor="alice")


def test_explain(config: Config) -> None:
    """A user's own value, the policy, who set it and why are told."""
    config.update({"storage.limit": 500}, user="alice")
    config.update({"policies.storage.most": 100}, actor="root")
    told = config.explain("storage.limit", user="alice")
    assert [("default", None), ("user", 500), ("policy", 100.0)] == [(said.layer, said.value) for said in told.said]
    sentence = "policy most allows at most 100 (set by root, revision 2): disks are full"
    assert (100.0, sentence, (sentence,)) == (told.value, str(told.origin), told.policies)
    config.update({"policies.rules": [{"path": "other.size", "maximum": 3}]}, actor="admin")
    assert ("rule 1 of policies.rules allows at most 3 (set by admin, revision 3)",) == (
        config.explain("other.size").policies
    )
    assert () == config.explain("storage.low").policies


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ([{"path": "storage.high", "minimum": 9, "maximum": 8}], "below the minimum 9"),
        ([{"path": "storage.high", "minimum": 9}, {"path": "storage.high", "maximum": 8}], "below the minimum 9"),
        ([{"path": "storage.high", "value": 101}], "101 is more than 100"),
        ([{"path": "storage.hihg", "value": 1}], "Did you mean 'high'"),
        ([{"path": "nothing.at_all", "value": 1}], "unknown section 'nothing'"),
        ([{"path": "storage", "value": 1}], "name a setting of it|unknown"),
        ([{"path": "policies.storage.most", "value": 1}], "is a policy"),
        (
            [{"path": "flags.neon", "value": True}],
            "'flags.neon' is a flag, no setting.*_ENFORCE__FLAGS__NEON$",
        ),
        ([{"path": "flags.nope", "maximum": 1}], "'flags.nope' is a flag, no setting"),
        ([{"path": "flags.neon.x", "value": 1, "mode": "report"}], "'flags.neon.x' is a flag, no setting"),
        ([{"path": "flags", "value": True, "level": "recommended"}], "'flags' are the flags, no setting"),
        ([{"path": "storage.high", "pattern": "a"}], "patterns are for text"),
        ([{"path": "storage.names", "remove_matching": ["(a"]}], r"missing \) at position 0"),
        ([{"path": "storage.names", "remove_matching": [r"(a)\1"]}], "no RE2 pattern|backreference"),
        ([{"path": "storage.high"}], "it demands nothing"),
        ([{"path": "storage.high", "maximum": 1}], "low is more than high"),
        ([{"path": "storage.high", "maximum": 1, "users": ["carol"]}], "for user 'carol'"),
        ([{"path": "storage.high", "maxmium": 1}], "maxmium"),
    ],
)
def test_a_wrong_rule_is_refused(config: Config, rules: Any, reason: str) -> None:
    """A rule that contradicts, names no setting, suits none or breaks what must hold is refused when it is set."""
    with pytest.raises(ValidationFailed, match=reason):
        config.update({"policies.rules": rules}, actor="root")
    assert () == config.policies.rules


def test_a_rule_about_a_flag_keeps_nobody_from_starting(
    reopen: Callable[..., Config], tmp_path: Path, environ: dict[str, str]
) -> None:
    """In a file or a variable it binds nothing, and is a warning, as one about what is no setting is."""
    (tmp_path / "rules.toml").write_text('[[policies.rules]]\npath = "flags.neon"\nvalue = true\n', encoding="utf-8")
    with reopen(settings_files=["rules.toml"]) as config:
        (warning,) = config.warnings
        assert "rules.0: it binds nothing: 'flags.neon' is a flag, no setting" in str(warning)
    environ["APP_POLICIES__RULES"] = '@json [{"path": "flags", "value": true}, {"path": "storage.low", "maximum": 1}]'
    with reopen() as config:
        assert ["policy_path"] == [warning.code for warning in config.warnings]
        assert 1 == config.view.storage.low


def test_a_plugins_constraint_on_a_flag_is_an_error(reopen: Callable[..., Config], plugin: Plugin) -> None:
    """As one on what is no setting is; it names the plugin."""
    plugin.answers = lambda policies: [maximum("flags.neon", 1)]
    with pytest.raises(ValidationFailed, match=r"constraint of plugin 'storage': 'flags.neon' is a flag, no setting"):
        reopen()


def test_rules_of_some_users(config: Config) -> None:
    """A rule may bind some users, or all but some; one may only report; one may end; a former name is understood."""
    rules = [
        {"path": "storage.top", "maximum": 20, "users": ["alice"]},
        {"path": "storage.low", "maximum": 1, "except": ["alice"]},
        {"path": "storage.high", "maximum": 3, "mode": "report"},
        {"path": "other.size", "value": 9, "until": "2020-01-01T00:00:00Z"},
    ]
    config.update({"policies.rules": rules}, actor="root")
    alice, bob = config.for_user("alice"), config.for_user("bob")
    assert ((2, 20), (1, 50)) == ((alice.storage.low, alice.storage.high), (bob.storage.low, bob.storage.high))
    assert (1, 1) == (config.view.storage.low, config.view.other.size)
    assert "allows at most 3" in config.explain("storage.high").reports[0]


def test_a_rule_outlives_its_plugin(config: Config, reopen: Callable[..., Config]) -> None:
    """A rule whose setting is gone binds nothing, is a warning, and does not stand in the way of others."""
    config.update({"policies.rules": [{"path": "other.size", "maximum": 3}]}, actor="root")
    config.close()

    class Less(Plugin):
        @hookimpl
        def cfgcore_sections(self) -> list[type[Any]]:
            return [StorageConfig, StoragePolicies]

    with reopen(plugins=[Less()]) as smaller:
        assert ["policy_path"] == [warning.code for warning in smaller.warnings]
        both = [{"path": "other.size", "maximum": 3}, {"path": "storage.low", "maximum": 1}]
        outcome = smaller.update({"policies.rules": both}, actor="root")
        assert ["policy_path"] == [warning.code for warning in outcome.warnings]
        assert 1 == smaller.view.storage.low


def test_recommended(config: Config) -> None:
    """A recommendation takes the place of the default, and gives way to everybody else."""
    config.update({"policies.rules": [{"path": "other.size", "value": 7, "level": "recommended"}]}, actor="root")
    assert (7, "recommended") == (config.view.other.size, config.explain("other.size").origin.layer)
    config.update({"other.size": 3}, user="alice")
    assert 3 == config.for_user("alice").other.size


def test_policy_files_and_enforced_variables(
    reopen: Callable[..., Config], tmp_path: Path, environ: dict[str, str]
) -> None:
    """Policy files lie above stored policies and variables, enforced values above users; policies bind those too."""
    file = tmp_path / "machine.toml"
    file.write_text("[policies.storage]\nmost = 10\n", encoding="utf-8")
    environ |= {
        "APP_POLICIES__STORAGE__MOST": "50",
        "APP_ENFORCE__OTHER__SIZE": "4",
        "APP_ENFORCE__STORAGE__LIMIT": "70",
    }
    config = reopen(policy_files=[file])
    outcome = config.update({"policies.storage.most": 20}, actor="root")
    assert ["hidden"] == [warning.code for warning in outcome.warnings]
    config.update({"other.size": 8}, user="alice")
    alice = config.for_user("alice")
    assert (10.0, 4, 10.0) == (config.policies.storage.most, alice.other.size, alice.storage.limit)
    assert ("enforced", "machine") == (
        config.explain("other.size").origin.layer,
        config.explain("policies.storage.most").origin.layer,
    )
    file.write_text("[storage]\nlimit = 10\n", encoding="utf-8")
    with pytest.raises(ValidationFailed, match="a policy file holds"):
        reopen(policy_files=[file], store=None)
    with pytest.raises(ValidationFailed, match="the policy file does not exist"):
        reopen(policy_files=[tmp_path / "absent.toml"], store=None)


def test_a_policy_file_that_anybody_can_write(reopen: Callable[..., Config], tmp_path: Path) -> None:
    """Whoever can write a policy file can take its policies away: that is a warning."""
    file = tmp_path / "machine.toml"
    file.write_text("[policies.storage]\nmost = 10\n", encoding="utf-8")
    file.chmod(0o666)
    config = reopen(policy_files=[file], store=None)
    assert ["writable"] == [warning.code for warning in config.warnings]


def failing(_policies: Any) -> Any:
    raise RuntimeError("no idea")


def leaving(_policies: Any) -> Any:
    raise SystemExit(3)


@pytest.mark.parametrize("answers", [failing, leaving, lambda _: "text", lambda _: [5], lambda _: 7])
def test_a_plugin_that_fails(config: Config, plugin: Plugin, answers: Any) -> None:
    """Its last constraints hold; changes of what it binds and of its policies are refused and name it; others pass."""
    config.update({"policies.storage.most": 100}, actor="root")
    plugin.answers = answers
    with pytest.raises(ValidationFailed, match=r"plugin 'storage' does not say what follows from the policies"):
        config.update({"policies.storage.most": 500}, actor="root")
    assert 100.0 == config.view.storage.limit
    assert config.update({"policies.audit.audit_logging_enabled": False}, actor="root")
    assert 100.0 == config.view.storage.limit
    with pytest.raises(ValidationFailed, match=r"storage\.limit: plugin 'storage' does not say"):
        config.update({"storage.limit": 5}, user="alice")
    assert config.update({"other.size": 5}, user="alice")


def test_a_plugin_that_hangs(config: Config, plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin that does not answer in time has failed."""
    never = threading.Event()
    monkeypatch.setattr(deadline, "PATIENCE", 0.05)
    plugin.answers = lambda _policies: never.wait(60) and []
    with pytest.raises(ValidationFailed, match="it did not answer within"):
        config.update({"policies.storage.most": 500}, actor="root")
    never.set()


@pytest.mark.parametrize("answers", [failing, lambda _: [5]])
def test_a_plugin_that_never_answered(reopen: Callable[..., Config], plugin: Plugin, answers: Any) -> None:
    """Without ever having heard what binds, the configuration does not open."""
    plugin.answers = answers
    with pytest.raises(ValidationFailed, match=r"plugin 'storage' does not say what follows from the policies"):
        reopen()


def test_plugins_are_asked_when_policies_change_and_never_on_a_read(config: Config, plugin: Plugin) -> None:
    """Reading views and changing other settings asks nobody."""
    config.update({"policies.storage.most": 100}, actor="root")
    asked = plugin.asked
    config.update({"other.size": 5}, user="alice")
    for user in ("alice", "bob", "carol"):
        assert 100.0 == config.for_user(user).storage.limit
    assert asked == plugin.asked


def test_whom_a_change_touches(config: Config) -> None:
    """The survey counts exactly those whose effective values differ, and stores nothing."""
    for number in range(20):
        config.update({"storage.limit": 10.0 * (number + 1), "other.size": number}, user=f"user{number:02}")
    config.update({"storage.low": 40}, user="low")
    plan = config.plan({"policies.storage.most": 100}, actor="root")
    seen: list[int] = []
    touched = plan.users(examples=2, progress=seen.append)
    expected = {
        user
        for user in [f"user{number:02}" for number in range(20)] + ["low"]
        if config.for_user(user).storage.limit is None or config.for_user(user).storage.limit > 100
    }
    assert (len(expected), 21, [21]) == (touched.count, 21, seen)
    assert 2 == len(touched.examples)
    assert [(None, "storage.limit", None, 100.0)] == [
        (touch.user, touch.path, touch.old, touch.new) for touch in touched.everyone
    ]
    assert config.for_user("user19").storage.limit == 200.0
    config.apply(plan)
    assert {user for user in expected if config.for_user(user).storage.limit == 100.0} == expected
    rules = [{"path": "storage.high", "maximum": 30}]
    touched = config.plan({"policies.rules": rules}, actor="root").users()
    by_user = {(touch.user, touch.path): (touch.old, touch.new) for touch in touched.examples}
    assert ((40, 2), (50, 30)) == (by_user["low", "storage.low"], by_user["low", "storage.high"])
    with pytest.raises(CfgcoreError, match="nothing that users share"):
        config.plan({"other.size": 3}, user="low").users()


def test_whom_rules_that_only_report_would_touch(config: Config) -> None:
    """They are counted apart, with examples, for one change of policies; enforcing them touches exactly those."""
    for number in range(10):
        config.update({"storage.high": 10 * number + 5}, user=f"user{number}")
    bound = {"path": "other.size", "maximum": 0}
    trial = {"path": "storage.high", "maximum": 60}
    assert config.plan({"policies.rules": [bound]}, actor="root").users().reported is None
    plan = config.plan({"policies.rules": [bound, {**trial, "mode": "report"}]}, actor="root")
    touched = plan.users(examples=3)
    assert touched.reported is not None
    assert (10, 4, 10) == (touched.count, touched.reported.count, touched.reported.total)
    assert {("other.size", 0)} == {(touch.path, touch.new) for touch in touched.examples}
    assert {("user6", 65, 60), ("user7", 75, 60), ("user8", 85, 60)} == {
        (touch.user, touch.old, touch.new) for touch in touched.reported.examples
    }
    config.apply(plan)
    assert 95 == config.for_user("user9").storage.high
    enforced = config.plan({"policies.rules": [bound, trial]}, actor="root").users()
    assert (touched.reported.count, None) == (enforced.count, enforced.reported)


@pytest.mark.parametrize("place", ["settings_files", "policy_files", "environ"])
def test_rules_that_only_report_are_counted_wherever_they_stand(
    reopen: Callable[..., Config], place: str, tmp_path: Path
) -> None:
    """In a settings file, in a policy file above all layers, in a variable: once policies are to change."""
    (tmp_path / "rules.toml").write_text(
        '[[policies.rules]]\npath = "storage.high"\nmaximum = 60\nmode = "report"\nuntil = 2999-01-01T00:00:00Z\n',
        encoding="utf-8",
    )
    rules = '@json [{"path": "storage.high", "maximum": 60, "mode": "report"}]'
    given: Any = {"APP_POLICIES__RULES": rules} if place == "environ" else ["rules.toml"]
    with reopen(**{place: given}) as config:
        for number in range(10):
            config.update({"storage.high": 10 * number + 5}, user=f"user{number}")
        touched = config.plan({"policies.storage.most": 1}, actor="root").users()
        assert touched.reported is not None
        assert (4, ("storage.high", 60)) == (
            touched.reported.count,
            (touched.reported.examples[0].path, touched.reported.examples[0].new),
        )
        assert 95 == config.for_user("user9").storage.high


def test_a_rule_that_forbids_any_value(config: Config) -> None:
    """`no_value` takes a value away where the setting may have none; where it may not, it is refused."""
    config.update({"storage.limit": 5.0}, user="alice")
    config.update({"policies.rules": [{"path": "storage.limit", "no_value": True, "reason": "free"}]}, actor="root")
    assert config.for_user("alice").storage.limit is None
    with pytest.raises(ValidationFailed, match=r"rule 1 of policies.rules allows no value .*: free"):
        config.update({"storage.limit": 7.0}, user="alice")
    for rules, reason in [
        ([{"path": "storage.low", "no_value": True}], "storage.low: allows no value"),
        ([{"path": "storage.limit", "no_value": True, "value": 3}], "value = 3 and no_value contradict"),
        ([{"path": "storage.limit"}], "no_value = true forbids any value"),
    ]:
        with pytest.raises(ValidationFailed, match=reason):
            config.update({"policies.rules": rules}, actor="root")


def test_the_audit_of_users_can_be_silenced_and_no_other(config: Config) -> None:
    """Without audit logging a user's own refusals leave no record; those about policies, and of administrators, do."""

    def refused(changes: dict[str, Any], user: str | None) -> int:
        before = config.audit.verify().count
        with pytest.raises(ValidationFailed):
            config.update(changes, user=user, actor="someone")
        return config.audit.verify().count - before

    assert 1 == refused({"storage.low": 999}, "alice")
    config.update({"policies.audit.audit_logging_enabled": False}, actor="root")
    assert 0 == refused({"storage.low": 999}, "alice")
    assert 1 == refused({"policies.storage.most": 5}, "alice")
    assert 1 == refused({"storage.low": 999}, None)
    assert config.update({"storage.low": 3}, user="alice")


def test_what_is_ignored_is_explained(config: Config) -> None:
    """A user's own value that a rule does without is told, as ignored; it stays stored, and comes back."""
    config.update({"storage.low": 60, "storage.high": 90}, user="cyd")
    config.update({"policies.rules": [{"path": "storage.high", "maximum": 15}]}, actor="root")
    found = config.explain("storage.low", user="cyd")
    assert (2, "default") == (found.value, found.origin.layer)
    assert [("default", "set"), ("user", "ignored")] == [(said.layer, said.operation) for said in found.said]
    assert 60 == found.said[-1].value
    config.unset("policies.rules", actor="root")
    assert ["set", "set"] == [said.operation for said in config.explain("storage.low", user="cyd").said]


def test_a_value_that_its_field_refuses_now_is_explained(reopen: Callable[..., Config], plugin: Plugin) -> None:
    """After a release that allows less, the user's own value is told, as ignored."""

    @section("bound")
    class Wide:
        size: int = setting(1, maximum=10)

    @section("bound")
    class Narrow:
        size: int = setting(1, maximum=5)

    def bringing(one: Any) -> Any:
        return type("Bringing", (), {"cfgcore_sections": hookimpl(lambda self: [one]), "name": "bound"})()

    with reopen(plugins=[plugin, bringing(Wide)]) as config:
        config.update({"bound.size": 8}, user="ann")
    with reopen(plugins=[plugin, bringing(Narrow)]) as config:
        found = config.explain("bound.size", user="ann")
    assert (1, [1, 8], "ignored") == (found.value, [said.value for said in found.said], found.said[-1].operation)


def test_an_explanation_names_the_commit_that_set_the_value(config: Config) -> None:
    """Not the last one of the document: whoever undoes it undoes this setting."""
    config.update({"storage.low": 3}, user="ann")
    config.update({"storage.names": ["a"]}, user="ann")
    config.update({"other.size": 4})
    config.update({"other.size": 5, "storage.low": 1})
    config.update({"storage.high": 40})
    assert "'ann', revision 1" == config.explain("storage.low", user="ann").origin.name
    assert "everyone, revision 4" == config.explain("other.size", user="ann").origin.name
    assert ["everyone, revision 4", "'ann', revision 1"] == [
        said.origin.name for said in config.explain("storage.low", user="ann").said[1:]
    ]


def test_a_rule_that_only_reports_is_told_apart(config: Config) -> None:
    """What binds a value is not mixed with what would."""
    rules = [{"path": "other.size", "maximum": 9}, {"path": "other.size", "maximum": 5, "mode": "report"}]
    config.update({"policies.rules": rules}, actor="root")
    found = config.explain("other.size", user="ann")
    assert ["rule 1", "rule 2"] == [sentence[:6] for sentence in (*found.policies, *found.reports)]
    assert 1 == len(found.policies)


@pytest.mark.parametrize("demand", [{"value": "hush-hush"}, {"choices": ["hush-hush"]}])
def test_a_rule_names_no_secret(config: Config, demand: dict[str, Any]) -> None:
    """Policies are shown and recorded: one that names the value of a secret is refused, with what to do instead."""
    with pytest.raises(ValidationFailed) as refused:
        config.update({"policies.rules": [{"path": "storage.token", **demand}]}, actor="root")
    assert "PREFIX_ENFORCE__STORAGE__TOKEN" in str(refused.value)
    assert "hush" not in str(refused.value)
