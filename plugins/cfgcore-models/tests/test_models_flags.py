"""The flags of the model application."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cfgcore import Event, InvalidUser, UnknownPath, ValidationFailed
from cfgcore_models import ConfigurationManager, FeatureFlag, RuntimeConfigurationUpdater

PATIENCE = 60

DEFAULTS = {
    FeatureFlag.ENHANCED_DOWNLOADS: True,
    FeatureFlag.HEALTH_MONITORING: True,
    FeatureFlag.INTELLIGENT_FALLBACK: True,
    FeatureFlag.USAGE_ANALYTICS: True,
    FeatureFlag.AUTO_UPDATES: False,
    FeatureFlag.REAL_TIME_NOTIFICATIONS: True,
}


@pytest.mark.parametrize("flag", list(FeatureFlag))
def test_every_flag_has_its_default(flag: FeatureFlag, manager: ConfigurationManager) -> None:
    """Each flag is one that a plugin contributes, and is at first what its plugin says."""
    assert manager.is_feature_enabled(flag) is DEFAULTS[flag]
    assert manager.is_feature_enabled(flag, "alice") is DEFAULTS[flag]
    assert flag == str(flag)


def test_a_flag_is_turned_on_for_everyone(manager: ConfigurationManager) -> None:
    """What is set without a user id holds for all."""
    assert asyncio.run(manager.update_feature_flag(FeatureFlag.AUTO_UPDATES, True, actor="root"))
    assert manager.is_feature_enabled(FeatureFlag.AUTO_UPDATES)
    assert manager.is_feature_enabled("auto_updates", "alice")
    assert not asyncio.run(manager.update_feature_flag(FeatureFlag.AUTO_UPDATES, True))


def test_a_flag_is_turned_off_for_one_user(manager: ConfigurationManager) -> None:
    """With a user id, only that user's flag is another."""
    asyncio.run(manager.update_feature_flag(FeatureFlag.HEALTH_MONITORING, False, "user123"))
    assert not manager.is_feature_enabled(FeatureFlag.HEALTH_MONITORING, "user123")
    assert manager.is_feature_enabled(FeatureFlag.HEALTH_MONITORING)


def test_unknown_flags(manager: ConfigurationManager) -> None:
    """A flag that nobody brings is off, and cannot be set by accident."""
    assert not manager.is_feature_enabled("auto_update")
    with pytest.raises((UnknownPath, ValidationFailed), match="auto_update"):
        asyncio.run(manager.update_feature_flag("auto_update", True))


def test_the_updater_takes_flags_back(manager: ConfigurationManager) -> None:
    """A flag that was changed at runtime is told to callbacks, and taken back."""
    told: list[Event] = []

    async def main() -> None:
        updater = RuntimeConfigurationUpdater(manager)
        for name in ("feature_flags", "any", "user_preferences", "admin_policies"):
            updater.add_update_callback(name, told.append)
        assert await updater.update_feature_flag_runtime(FeatureFlag.AUTO_UPDATES, True)
        assert await asyncio.to_thread(manager.config.listeners.settled, PATIENCE)
        assert manager.is_feature_enabled(FeatureFlag.AUTO_UPDATES)
        assert await updater.rollback_last_change()

    asyncio.run(main())
    assert not manager.is_feature_enabled(FeatureFlag.AUTO_UPDATES)
    assert [["flags.auto_updates"]] * 2 == [[change.path for change in event.effective] for event in told[:2]]


def test_all_flags_at_a_glance(manager: ConfigurationManager) -> None:
    """The loaded configuration says what every flag is."""

    async def main() -> None:
        await manager.update_feature_flag(FeatureFlag.AUTO_UPDATES, True, "local")
        flags = (await manager.load_configuration()).feature_flags
        assert {str(flag): value for flag, value in DEFAULTS.items()} | {"auto_updates": True} == dict(flags.flags)
        assert flags.is_enabled(FeatureFlag.AUTO_UPDATES)
        assert not flags.is_enabled(FeatureFlag.AUTO_UPDATES, "alice")
        assert "auto_updates" in repr(flags)

    asyncio.run(main())


@pytest.mark.parametrize("wrong", ["", 0, "a\nb"])
def test_a_flag_of_nobody(wrong: Any, manager: ConfigurationManager) -> None:
    """What is no user id is refused, and never taken for the manager's own user."""

    async def main() -> None:
        flags = (await manager.load_configuration()).feature_flags
        for ask in (manager.is_feature_enabled, flags.is_enabled):
            with pytest.raises(InvalidUser):
                ask(FeatureFlag.AUTO_UPDATES, wrong)

    asyncio.run(main())
