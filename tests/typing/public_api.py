"""Typed usage of the public API, as a type checker sees it: nothing here is run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cfgcore
from cfgcore import (
    ABSENT,
    Config,
    Constraint,
    Draft,
    Evaluation,
    Event,
    Flag,
    Problem,
    Profile,
    Rule,
    Source,
    Subscription,
    ValidationFailed,
    ValidationResult,
    View,
    Violation,
    choices,
    enforced,
    filtered,
    hookimpl,
    maximum,
    minimum,
    pattern,
    rule,
    section,
    setting,
    step,
    subsection,
)

if TYPE_CHECKING:
    from typing_extensions import assert_type


@subsection
class Limits:
    """A group of settings."""

    most: int = setting(5, maximum=10)


@section("server", title="Server", version=2, aliases=("web",), steps=(step(1, dict),))
class ServerConfig:
    """Where the application listens."""

    host: str = setting("127.0.0.1", help="Address to bind.")
    port: int = setting(8000, minimum=1, maximum=65535, env="PORT")
    timeout: float = setting(3)
    token: str = setting(secret=True)
    names: tuple[str, ...] = setting((), pattern="[a-z]+")
    bandwidth: float | None = setting(None, unit="Mbit/s")
    limits: Limits = setting(Limits())


@section("server", scope="policy")
class ServerPolicies:
    """What an administrator demands of the server."""

    most: int | None = setting(None, minimum=1)


class ServerPlugin:
    """A plugin with hooks of both kinds."""

    @hookimpl
    def cfgcore_sections(self) -> list[type[object]]:
        return [ServerConfig]

    @hookimpl
    def cfgcore_rules(self) -> list[Rule]:
        return [rule(("server.port",), refuse, code="taken", severity="warning")]

    @hookimpl
    def cfgcore_profiles(self) -> list[Profile]:
        return [Profile("server.host", "localhost", {"server.port": 80})]

    @hookimpl
    def cfgcore_flags(self) -> list[Flag]:
        return [Flag("fast", default=True)]

    @hookimpl
    def cfgcore_constraints(self, policies: View) -> list[Constraint]:
        return [
            maximum("server.port", policies.server.most, policy="policies.server.most", none_means_unlimited=False),
            minimum("server.port", 1, reason="why", level="recommended"),
            choices("server.host", ["a", "b"]),
            pattern("server.host", "[a-z]+"),
            enforced("server.bandwidth", None),
            filtered("server.names", ["x"], matching=["y.*"]),
        ]

    @hookimpl
    def cfgcore_sources(self) -> list[Source]:
        return [Source("vault", lambda: {"server": {"port": 1}}, layer="environment")]

    @hookimpl
    def cfgcore_changed(self, event: Event) -> None:
        for change in event.effective:
            assert_type(change.path, str)


def refuse(port: int) -> Violation | None:
    return Violation("taken", path="server.port", suggested=8001) if port == 8000 else None


def on_change(event: Event) -> None:
    assert_type(event.user, str | None)


async def on_change_later(event: Event) -> None:
    assert_type(event.rollback_of, int | None)


async def on_a_loop(config: Config) -> None:
    assert_type(await config.aio.draft("alice"), Draft)
    assert_type((await config.aio.update({"server.port": 1}, user="alice", actor="root")).revision, int)
    assert_type(await config.aio.for_user("alice"), View)
    assert_type(await config.aio.reload(), Event)
    assert_type(bool(await config.aio.call(config.audit.verify)), bool)


def use() -> None:
    made = ServerConfig(token="t", port=1)
    assert_type(made.port, int)
    assert_type(made.limits.most, int)
    with cfgcore.open(settings_files=["settings.toml"], env_prefix="APP", plugins=[ServerPlugin()]) as config:
        assert_type(config, Config)
        assert_type(config[ServerConfig], ServerConfig)
        assert_type(config[ServerConfig].port, int)
        assert_type(config[ServerConfig].bandwidth, float | None)
        assert_type(config[ServerConfig].names, tuple[str, ...])
        assert_type(config.view, View)
        assert_type(config.explain("server.port").origin, cfgcore.Origin)
        assert_type(config.reload(), Event)
        assert_type(config.validate(), ValidationResult)
        draft = config.draft("alice")
        assert_type(draft, Draft)
        draft.server.port = 1
        assert_type(draft.revision, int)
        assert_type(config.update(draft, expected_revision=draft.revision).revision, int)
        config.update({"server.port": ABSENT}, user=None)
        assert_type(config.current.user, str | None)
        with config.subscribe("server", on_change, user="alice") as subscription:
            assert_type(subscription, Subscription)
        config.subscribe("*", on_change_later, user=None, critical=True).close()
        assert_type(config.listeners.settled(1.0), bool)
        assert_type([status.state == "disabled" for status in config.listeners], list[bool])
        with config.current("alice") as view:
            assert_type(view, View)
    try:
        cfgcore.open()
    except ValidationFailed as failed:
        assert_type(failed.problems, tuple[Problem, ...])


def administer(config: Config) -> None:
    assert_type(config[ServerPolicies].most, int | None)
    plan = config.plan({"policies.server.most": 5}, actor="root", clamp=True)
    touched = plan.users(examples=5, progress=lambda done: None)
    assert_type(touched.count, int)
    assert_type([touch.user for touch in (*touched.everyone, *touched.examples)], list[str | None])
    assert_type(touched.reported is not None and touched.reported.count > 0, bool)
    assert_type(config.explain("server.port", user="alice").policies, tuple[str, ...])
    assert_type([stored.user for stored in config.users(after="a", limit=10)], list[str])


def roll_out(config: Config) -> None:
    assert_type(config.flags.is_enabled("fast", user="alice", context={"plan": "pro"}), bool)
    found = config.flags.evaluate("fast", user="alice", default=False)
    assert_type(found, Evaluation)
    assert_type(found.variant, str | None)
    assert_type(config.flags.set("fast", True, actor="root", reason="tested").revision, int)
    assert_type(config.flags.rollout("fast", percent=25).revision, int)
    planned = config.flags.rollout("fast", percent=25, dry_run=True)
    assert_type(bool(planned), bool)
    config.flags.rollout("fast", percent=25)
    config.flags.rollout("fast", {"on": 10.5}, expected_revision=3)
    config.flags.override("fast", "alice", True)
    config.flags.remove_override("fast", "alice")
    assert_type([flag.is_expired for flag in config.flags.list()], list[bool])
    assert_type(config.flags.explain("fast", user="alice").evaluation, Evaluation)


def install() -> None:
    written = cfgcore.create_default("settings.toml", force=True, plugins=[ServerPlugin()], plugin_group=None)
    assert_type(written.backup, Path | None)
