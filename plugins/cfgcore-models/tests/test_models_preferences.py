"""A user's preferences, under the names of the callers."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from cfgcore import CfgcoreError, InvalidUser, UnknownAttribute, ValidationFailed
from cfgcore_models import (
    AdminPolicies,
    AutomationLevel,
    ConfigurationManager,
    ConfigurationValidator,
    UserPreferences,
)

BRACKETED = {
    "download_config": "download",
    "health_monitoring": "health",
    "fallback_config": "fallback",
    "analytics_config": "analytics",
    "update_config": "updates",
    "notification_config": "notification",
    "storage_config": "storage",
}


def test_the_settings_of_models_stand_on_the_preferences(manager: ConfigurationManager) -> None:
    """The level and the two lists are attributes of the preferences themselves, as enum members and tuples."""
    prefs = manager.get_user_preferences()
    assert AutomationLevel.SEMI_AUTOMATIC is prefs.automation_level
    prefs.automation_level = AutomationLevel.MANUAL
    prefs.preferred_models = ["gpt2"]
    prefs.blocked_models = ("acme/bad",)
    assert (AutomationLevel.MANUAL, ("gpt2",), ("acme/bad",)) == (
        prefs.automation_level,
        prefs.preferred_models,
        prefs.blocked_models,
    )
    asyncio.run(manager.update_user_preferences(prefs))
    assert AutomationLevel.MANUAL is manager.config.models.automation_level
    assert not manager.config.updates.auto_check_updates
    del prefs.automation_level
    asyncio.run(manager.update_user_preferences(prefs))
    assert AutomationLevel.SEMI_AUTOMATIC is manager.config.models.automation_level


@pytest.mark.parametrize(("bracketed", "section"), BRACKETED.items())
def test_sections_have_both_names(bracketed: str, section: str, manager: ConfigurationManager) -> None:
    """The names in brackets are the sections."""
    prefs = manager.get_user_preferences()
    assert getattr(prefs, bracketed) is getattr(prefs, section)
    assert getattr(prefs, section) is not None


def test_only_what_was_changed_is_saved(manager: ConfigurationManager) -> None:
    """A saved preference is one stored value; saving again is none."""
    prefs = manager.get_user_preferences("alice")
    prefs.download_config.max_retries = 5
    prefs.health_monitoring.enabled = True
    outcome = asyncio.run(manager.update_user_preferences(prefs, actor="alice", reason="flaky link"))
    assert [("download.max_retries", "alice", 5)] == [(one.path, one.user, one.new) for one in outcome.changes]
    assert not asyncio.run(manager.update_user_preferences(prefs))
    assert 5 == manager.get_user_preferences("alice").download_config.max_retries
    assert 3 == manager.get_user_preferences().download_config.max_retries


def test_preferences_are_there_at_the_next_start(opened: Callable[..., ConfigurationManager]) -> None:
    """What was saved is read by the next manager, and by the plugins."""
    with opened() as manager:
        prefs = manager.get_user_preferences()
        prefs.storage_config.max_storage_gb = 12.5
        asyncio.run(manager.update_user_preferences(prefs))
    assert 12.5 == opened().config.storage.max_storage_gb


@pytest.mark.parametrize(
    ("act", "hint"),
    [
        (lambda prefs: prefs.download_confg, "Did you mean 'download_config'"),
        (lambda prefs: prefs.download_config.max_retry, "Did you mean 'max_retries'"),
        (lambda prefs: setattr(prefs, "automation_levl", 1), "Did you mean 'automation_level'"),
        (lambda prefs: setattr(prefs, "prefered_models", ()), "Did you mean 'preferred_models'"),
        (lambda prefs: delattr(prefs, "Blocked_Models"), "Did you mean 'blocked_models'"),
        (lambda prefs: prefs.automation_levl, "Did you mean 'automation_level'"),
        (lambda prefs: setattr(prefs, "updates", {"automation_levl": 1}), "updates.automation_levl"),
        (lambda prefs: setattr(prefs.updates, "enable", True), "Did you mean 'enabled'"),
    ],
)
def test_unknown_names(act: Callable[[Any], Any], hint: str, manager: ConfigurationManager) -> None:
    """What is not there is refused at once, with what was probably meant."""
    with pytest.raises(UnknownAttribute, match=hint):
        act(manager.get_user_preferences())


def test_wrong_values_are_refused_together(manager: ConfigurationManager) -> None:
    """Saving names every wrong value, and saves none."""
    prefs = manager.get_user_preferences()
    prefs.download_config.max_retries = 50
    prefs.automation_level = "sometimes"
    with pytest.raises(ValidationFailed) as caught:
        asyncio.run(manager.update_user_preferences(prefs))
    assert {"download.max_retries", "models.automation_level"} == {problem.field for problem in caught.value.errors}
    assert not manager.config.history()


def test_users(manager: ConfigurationManager) -> None:
    """A user id that cannot be one is refused; preferences of a closed manager are an error at once."""
    with pytest.raises(InvalidUser):
        manager.get_user_preferences("a\nb")
    prefs = manager.get_user_preferences("alice")
    assert "alice" == prefs.user_id
    assert "UserPreferences('alice'" in repr(prefs)
    assert {"automation_level", "download"} <= set(dir(prefs))
    manager.close()
    with pytest.raises(CfgcoreError, match="closed"):
        _ = prefs.download_config


def test_preferences_without_a_manager(manager: ConfigurationManager) -> None:
    """They begin with everybody's defaults, whatever files, variables and stores say; anybody can save them."""
    told = manager.get_user_preferences()
    told.download_config.max_retries = 7
    asyncio.run(manager.update_user_preferences(told))
    prefs = UserPreferences(automation_level="manual", download_config={"max_concurrent_downloads": 4})
    assert (AutomationLevel.MANUAL, 3, 4) == (
        prefs.automation_level,
        prefs.download_config.max_retries,
        prefs.download_config.max_concurrent_downloads,
    )
    prefs.storage.max_storage_gb = 5.0
    outcome = asyncio.run(manager.update_user_preferences(prefs))
    expected = {"models.automation_level", "download.max_concurrent_downloads", "storage.max_storage_gb"}
    assert ({"local"}, expected) == ({one.user for one in outcome.changes}, {one.path for one in outcome.changes})
    assert (7, 4) == (
        manager.config.download.max_retries,
        manager.config.download.max_concurrent_downloads,
    )
    asyncio.run(manager.update_user_preferences(UserPreferences(user_id="alice", preferred_models=["gpt2"])))
    assert ("gpt2",) == manager.get_user_preferences("alice").preferred_models


def test_preferences_without_a_manager_are_validated() -> None:
    """All problems at once, with what would do; a name that does not exist is an error at once."""
    prefs = UserPreferences(download_config={"max_retries": 50, "retry_delay_base": 60, "max_retry_delay": 1})
    result = ConfigurationValidator().validate_user_preferences(prefs)
    assert {"download.max_retries", "download.retry_delay_base"} == {error.field for error in result.errors}
    with pytest.raises(UnknownAttribute, match="Did you mean 'max_retries'"):
        UserPreferences(download_config={"max_retry": 1})
    with pytest.raises(InvalidUser):
        UserPreferences(user_id="")


def test_preferences_of_another_manager_are_refused(opened: Callable[..., ConfigurationManager]) -> None:
    """What was edited in one store is not saved in another by mistake."""
    with opened() as one, opened(store="other.json") as other:
        prefs = one.get_user_preferences()
        prefs.updates.enabled = False
        with pytest.raises(CfgcoreError, match="belongs to another configuration"):
            asyncio.run(other.update_user_preferences(prefs))


def test_what_is_assigned_to_preferences_without_a_manager_is_said(manager: ConfigurationManager) -> None:
    """A value that equals the default of everybody replaces what is stored, by assignment and by argument alike."""
    for begin in (7, 8):
        told = manager.get_user_preferences()
        told.download_config.max_retries = begin
        asyncio.run(manager.update_user_preferences(told))
        prefs = UserPreferences(download_config={"max_retries": 3}) if begin == 7 else UserPreferences()
        prefs.download_config.max_retries = 3
        assert asyncio.run(manager.update_user_preferences(prefs))
        assert 3 == manager.config.download.max_retries
    assert not asyncio.run(manager.update_user_preferences(prefs))
    asyncio.run(manager.update_user_preferences(UserPreferences(user_id="alice", download_config={"max_retries": 3})))
    asyncio.run(manager.config.aio.update({"download.max_retries": 9}, user=None))
    assert 3 == manager.get_user_preferences("alice").download_config.max_retries


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_copies(copied: Callable[[Any], Any], manager: ConfigurationManager) -> None:
    """A copy is preferences of the same user, begins with what was assigned, and is edited and saved on its own."""
    prefs = manager.get_user_preferences("alice")
    prefs.download_config.max_retries = 5
    twin = copied(prefs)
    twin.automation_level = "manual"
    assert (UserPreferences, "alice", 5) == (type(twin), twin.user_id, twin.download_config.max_retries)
    assert AutomationLevel.SEMI_AUTOMATIC is prefs.automation_level
    assert asyncio.run(manager.update_user_preferences(twin))
    assert AutomationLevel.MANUAL is manager.get_user_preferences("alice").automation_level
    alone = copied(UserPreferences(automation_level="semi_automatic"))
    assert asyncio.run(manager.update_user_preferences(alone))
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(prefs)


def test_nothing_else_is_saved_as_preferences(manager: ConfigurationManager) -> None:
    """A table, or what is edited of policies, is refused by name, and nothing is saved."""
    for wrong in ({"download": {}}, AdminPolicies(enforce_storage_limits=True), None):
        with pytest.raises(CfgcoreError, match="is not saved as UserPreferences"):
            asyncio.run(manager.update_user_preferences(wrong))  # type: ignore[arg-type]
    with pytest.raises(CfgcoreError, match="is not saved as AdminPolicies"):
        asyncio.run(manager.update_admin_policies(UserPreferences()))  # type: ignore[arg-type]
    with pytest.raises(CfgcoreError, match="is not saved as EnhancedModelConfiguration"):
        asyncio.run(manager.save_configuration({}))  # type: ignore[arg-type]
    assert not manager.config.history()
