"""The administrator's policies, flat."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable

import pytest

from cfgcore import Event, UnknownAttribute, ValidationFailed
from cfgcore_models import (
    AdminPolicies,
    ConfigurationManager,
    ConfigurationValidator,
    EnhancedModelConfiguration,
    FeatureFlagConfig,
    RuntimeConfigurationUpdater,
    UserPreferences,
)

PATIENCE = 60


def test_policies_are_flat(manager: ConfigurationManager) -> None:
    """A policy is an attribute, whichever plugin contributes it; what was changed is saved for everyone."""
    policies = manager.get_admin_policies()
    assert policies.audit_logging_enabled
    policies.audit_logging_enabled = False
    outcome = asyncio.run(manager.update_admin_policies(policies, actor="root"))
    assert [("policies.audit.audit_logging_enabled", None)] == [(one.path, one.user) for one in outcome.changes]
    assert not manager.get_admin_policies().audit_logging_enabled
    del policies.audit_logging_enabled
    assert asyncio.run(manager.update_admin_policies(policies))
    assert manager.get_admin_policies().audit_logging_enabled
    assert "audit_logging_enabled" in dir(policies)
    assert "everyone" in repr(policies)


def test_policies_without_a_manager(manager: ConfigurationManager) -> None:
    """They begin with the defaults of all plugins, can be validated, and saved by any manager."""
    policies = AdminPolicies(max_user_storage_gb=50.0, allowed_model_sources=["local"])
    assert (50.0, ("local",), True) == (
        policies.max_user_storage_gb,
        policies.allowed_model_sources,
        policies.enforce_storage_limits,
    )
    assert ConfigurationValidator().validate_admin_policies(policies).is_valid
    assert asyncio.run(manager.update_admin_policies(policies, actor="root"))
    assert 50.0 == manager.config.storage.max_storage_gb
    with pytest.raises(UnknownAttribute, match="Did you mean 'max_user_storage_gb'"):
        AdminPolicies(max_user_storage=1)


def test_policies_bind_preferences(manager: ConfigurationManager) -> None:
    """What an administrator limits is refused to a user who asks for more, by the validator and when it is saved."""
    policies = manager.get_admin_policies()
    policies.max_user_storage_gb = 50.0
    asyncio.run(manager.update_admin_policies(policies, actor="root"))
    prefs = manager.get_user_preferences("alice")
    prefs.storage_config.max_storage_gb = 500.0
    result = ConfigurationValidator().validate_user_preferences(prefs)
    assert [("storage.max_storage_gb", 50.0)] == [(error.field, error.suggested_value) for error in result.errors]
    with pytest.raises(ValidationFailed, match="max_user_storage_gb"):
        asyncio.run(manager.update_user_preferences(prefs))


def test_unknown_policies(manager: ConfigurationManager) -> None:
    """What is no policy is refused at once, with what was probably meant."""
    policies = manager.get_admin_policies()
    with pytest.raises(UnknownAttribute, match="Did you mean 'audit_logging_enabled'"):
        policies.audit_loging_enabled = True
    with pytest.raises(UnknownAttribute):
        _ = policies.max_retries


def test_wrong_policies(manager: ConfigurationManager) -> None:
    """A wrong value is told by the validator, and refused when it is saved."""
    policies = manager.get_admin_policies()
    policies.audit_logging_enabled = "never"
    result = ConfigurationValidator().validate_admin_policies(policies)
    assert ["policies.audit.audit_logging_enabled"] == [error.field for error in result.errors]
    with pytest.raises(ValidationFailed):
        asyncio.run(manager.update_admin_policies(policies))


def test_the_updater_takes_policies_back(manager: ConfigurationManager) -> None:
    """A policy that was changed at runtime is told to callbacks for policies, and taken back."""
    told: list[Event] = []

    async def main() -> None:
        updater = RuntimeConfigurationUpdater(manager)
        for name in ("admin_policies", "user_preferences", "feature_flags"):
            updater.add_update_callback(name, told.append)
        policies = manager.get_admin_policies()
        policies.audit_logging_enabled = False
        assert await updater.update_admin_policies_runtime(policies)
        assert await updater.rollback_last_change()
        assert await asyncio.to_thread(manager.config.listeners.settled, PATIENCE)

    asyncio.run(main())
    assert [["policies.audit.audit_logging_enabled"]] * 2 == [[one.path for one in event.effective] for event in told]


def test_everything_is_loaded_and_saved(manager: ConfigurationManager) -> None:
    """What was changed in a loaded configuration is saved; a wrong part keeps all from being saved."""

    async def main() -> None:
        configuration = await manager.load_configuration()
        assert not await manager.save_configuration(configuration)
        configuration.user_preferences.download_config.max_retries = 5
        configuration.admin_policies.audit_logging_enabled = False
        assert await manager.save_configuration(configuration, actor="root", reason="one of each")
        (commit,) = manager.config.history(limit=10)
        assert (2, "root", "one of each") == (len(commit.changes), commit.actor, commit.reason)
        assert 5 == manager.config.download.max_retries
        assert not manager.get_admin_policies().audit_logging_enabled
        configuration.user_preferences.download_config.max_retries = 50
        configuration.admin_policies.audit_logging_enabled = True
        with pytest.raises(ValidationFailed):
            await manager.save_configuration(configuration)
        assert not manager.get_admin_policies().audit_logging_enabled
        assert configuration.revision == 0

    asyncio.run(main())


def test_a_policy_is_switched_on_without_a_manager(manager: ConfigurationManager) -> None:
    """What is assigned is stored over what was there, though it is the default of everybody."""
    policies = manager.get_admin_policies()
    policies.enforce_storage_limits = False
    asyncio.run(manager.update_admin_policies(policies))
    assert asyncio.run(manager.update_admin_policies(AdminPolicies(enforce_storage_limits=True)))
    assert manager.get_admin_policies().enforce_storage_limits


def test_everything_is_saved_by_any_manager(opened: Callable[..., ConfigurationManager]) -> None:
    """What was made without a manager is saved together, in one commit, by the user the manager is for."""
    manager = opened(user="alice")
    made = EnhancedModelConfiguration(
        UserPreferences(download_config={"max_retries": 3}),
        AdminPolicies(max_user_storage_gb=50.0),
        FeatureFlagConfig(manager.config, "alice"),
        0,
    )
    twin = copy.deepcopy(made)
    assert asyncio.run(manager.save_configuration(made))
    (commit,) = manager.config.history()
    expected = {("download.max_retries", "alice", 3), ("policies.storage.max_user_storage_gb", None, 50.0)}
    assert expected == {(one.path, one.user, one.new) for one in commit.changes}
    assert not asyncio.run(manager.save_configuration(twin))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_copies_of_policies(copied: Callable[[AdminPolicies], AdminPolicies], manager: ConfigurationManager) -> None:
    """A copy is edited and saved on its own."""
    policies = manager.get_admin_policies()
    twin = copied(policies)
    twin.max_user_storage_gb = 50.0
    assert policies.max_user_storage_gb is None
    assert isinstance(twin, AdminPolicies)
    assert asyncio.run(manager.update_admin_policies(twin))
    assert not asyncio.run(manager.update_admin_policies(policies))
    assert 50.0 == manager.get_admin_policies().max_user_storage_gb
