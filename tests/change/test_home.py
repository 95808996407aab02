"""Where stored values live, and that policies are stored, looked back on and returned to like other settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cfgcore
from cfgcore import Config, Conflict, UnknownPath, ValidationFailed, hookimpl, section, setting
from cfgcore.change.home import home_of, public_path

NAMES = st.text("abcdefghij_", min_size=1, max_size=8)
PATHS = st.tuples(st.sampled_from(["policies", "flags", "download", "server"]), NAMES, NAMES)


@section("storage")
class StorageConfig:
    limit: float | None = setting(None, minimum=1)


@section("storage", scope="policy")
class StoragePolicies:
    """How much anybody may store."""

    most: float | None = setting(None, exclusive_minimum=0)
    reason: str = setting("")


class Plugin:
    name = "storage"

    @hookimpl
    def cfgcore_sections(self) -> list[type[Any]]:
        return [StorageConfig, StoragePolicies]


@pytest.fixture
def reopen(tmp_path: Path, url: str, environ: dict[str, str]) -> Iterator[Callable[..., Config]]:
    with ExitStack() as stack:

        def open_it(**more: Any) -> Config:
            arguments = {
                "folder": tmp_path,
                "settings_files": [],
                "plugins": [Plugin()],
                "plugin_group": None,
                "environ": environ,
                "env_prefix": "APP",
                "store": url,
            }
            return stack.enter_context(cfgcore.open(**(arguments | more)))

        yield open_it


@given(PATHS, st.sampled_from([None, "alice"]))
def test_there_and_back(path: tuple[str, ...], user: str | None) -> None:
    """Every public path has one home, and that home has one public path."""
    assert path == public_path(*home_of(path, user))


def test_homes() -> None:
    """Policies and flags are stored apart, without the first name of their path; a user has one document."""
    assert ("system", ("download", "max")) == home_of(("download", "max"))
    assert ("policies", ("storage", "most")) == home_of(("policies", "storage", "most"))
    assert ("flags", ("fast",)) == home_of(("flags", "fast"))
    assert ("user/alice", ("flags", "fast")) == home_of(("flags", "fast"), "alice")


def test_a_policy_is_stored_like_a_setting(config: Config, reopen: Callable[..., Config]) -> None:
    """One change may set policies and settings; both are read, explained and told of by their public paths."""
    outcome = config.update({"policies.storage.most": 100, "storage.limit": 50}, actor="root")
    assert {("policies.storage.most", 100), ("storage.limit", 50)} == {(c.path, c.new) for c in outcome.changes}
    assert 100.0 == config.policies.storage.most == config.get("policies.storage.most")
    assert config.policies.storage == config[StoragePolicies]
    assert "stored for everyone, revision 1" == str(config.explain("policies.storage.most").origin)
    again = reopen()
    assert 100.0 == again.view.policies.storage.most
    assert config.view.digest == again.view.digest
    (commit,) = config.history("policies.storage")
    assert ("root", {"policies.storage.most", "storage.limit"}) == (commit.actor, {c.path for c in commit.changes})
    assert [] == config.history("policies.audit")
    assert config.history("storage") == config.history("policies")


def test_going_back(config: Config) -> None:
    """Policies are undone and rolled back by their public paths, or as the scope "policies"."""
    config.update({"policies.storage.most": 100, "policies.storage.reason": "space"})
    config.update({"policies.storage.most": 50})
    with pytest.raises(Conflict, match=r"changed policies\.storage\.most since"):
        config.undo(1, paths=["policies.storage.most"])
    config.undo(1, paths=["policies.storage.reason"])
    assert (50.0, "") == (config.policies.storage.most, config.policies.storage.reason)
    config.rollback(1, paths=["policies.storage.most"])
    assert (100.0, "") == (config.policies.storage.most, config.policies.storage.reason)
    config.rollback(2, scope="policies")
    assert (50.0, "space") == (config.policies.storage.most, config.policies.storage.reason)
    assert 100.0 == config.at(1).policies.storage.most
    assert {"policies.storage.most"} == {change.path for change in config.diff(1, 2)}


def test_a_conflict_names_the_public_path(config: Config) -> None:
    """An expected revision that is stale for the policies is a conflict that shows what stands there now."""
    config.update({"policies.storage.most": 100})
    config.update({"storage.limit": 7})
    with pytest.raises(Conflict, match=r"policies\.storage\.most is 100"):
        config.update({"policies.storage.most": 50}, expected_revision=0)
    assert config.update({"policies.storage.most": 50}, expected_revision=1)


def test_users_set_no_policies(config: Config) -> None:
    """A user's change of a policy is refused, and what stands in a user's document is no policy."""
    with pytest.raises(ValidationFailed, match=r"policies\.storage\.most: it is set for everyone only"):
        config.update({"policies.storage.most": 100}, user="alice")


def test_a_wrong_policy_is_refused(config: Config) -> None:
    """A policy is checked like any setting, and the message names the plugin that declares it."""
    with pytest.raises(ValidationFailed, match=r"policies\.storage\.most: -1.0 is not more than 0 .*plugin 'storage'"):
        config.update({"policies.storage.most": -1})
    with pytest.raises(UnknownPath, match=r"Did you mean 'most'"):
        config.update({"policies.storage.mots": 1})
    with pytest.raises(UnknownPath, match=r"is a section; name its settings: policies\.storage\.most"):
        config.update({"policies.storage": {"most": 1}})


def test_files_and_variables_set_policies(
    tmp_path: Path, reopen: Callable[..., Config], environ: dict[str, str]
) -> None:
    """Policies have layers like settings: file, stored, environment; rules of the administrator are a list."""
    file = tmp_path / "settings.toml"
    file.write_text(
        '[policies.storage]\nmost = 5\nreason = "space"\n'
        '[[policies.rules]]\npath = "storage.limit"\nmaximum = 9\nexcept = ["alice"]\n',
        encoding="utf-8",
    )
    environ["APP_POLICIES__STORAGE__MOST"] = "7"
    config = reopen(settings_files=[file])
    assert (7.0, "space") == (config.policies.storage.most, config.policies.storage.reason)
    (rule,) = config.policies.rules
    assert ("storage.limit", 9.0, ("alice",)) == (rule.path, rule.maximum, rule.exempt)
    outcome = config.update({"policies.storage.most": 6})
    assert ["hidden"] == [warning.code for warning in outcome.warnings]


def test_a_file_edited_by_hand(config: Config, tmp_path: Path, url: str) -> None:
    """A policy that somebody writes into the store's file is taken in under its public path."""
    if not url.endswith(".json"):
        return
    config.update({"policies.storage.most": 100})
    file = tmp_path / url
    file.write_text(file.read_text("utf-8").replace('"most": 100', '"most": 60'), encoding="utf-8")
    config.reload()
    assert 60.0 == config.policies.storage.most
    assert ["policies.storage.most"] == [change.path for change in config.history(limit=1)[0].changes]
