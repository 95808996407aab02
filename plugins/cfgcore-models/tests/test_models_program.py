"""The program by which the application's callers know its configuration, as it is written there."""

from __future__ import annotations

from pathlib import Path

import pytest

from cfgcore_models import ConfigurationManager, FeatureFlag

PROGRAM = """
import asyncio
from cfgcore_models import (AutomationLevel, ConfigurationManager, ConfigurationValidator,
                            FeatureFlag, RuntimeConfigurationUpdater)

async def main():
    manager = ConfigurationManager("config/models.json")      # a path or a store URL
    prefs = manager.get_user_preferences()                    # an editable copy; user_id= for somebody
    prefs.automation_level = AutomationLevel.FULLY_AUTOMATIC
    prefs.download_config.max_retries = 5
    await manager.update_user_preferences(prefs)

    manager.is_feature_enabled(FeatureFlag.ENHANCED_DOWNLOADS)               # user_id= as well
    await manager.update_feature_flag(FeatureFlag.AUTO_UPDATES, True)
    await manager.update_feature_flag(FeatureFlag.HEALTH_MONITORING, False, "user123")

    updater = RuntimeConfigurationUpdater(manager)
    async def on_change(change): ...
    updater.add_update_callback("any", on_change)             # or a section, user_preferences,
    prefs = manager.get_user_preferences()                    # admin_policies, feature_flags
    prefs.download_config.max_concurrent_downloads = 4
    await updater.update_user_preferences_runtime(prefs)
    await updater.rollback_last_change()

    result = ConfigurationValidator().validate_user_preferences(prefs)
    for error in result.errors:                               # result.is_valid, result.warnings
        print(error.field, error.message, error.suggested_value)

asyncio.run(main())
"""


def test_the_program_runs_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an empty folder it does what it says: preferences and flags are saved, the last change is taken back."""
    monkeypatch.chdir(tmp_path)
    exec(compile(PROGRAM, "program.py", "exec"), {"__name__": "__main__"})
    with ConfigurationManager("config/models.json") as manager:
        prefs = manager.get_user_preferences()
        assert ("fully_automatic", 5, 2) == (
            str(prefs.automation_level),
            prefs.download_config.max_retries,
            prefs.download_config.max_concurrent_downloads,
        )
        assert manager.config.updates.auto_install_updates
        assert manager.is_feature_enabled(FeatureFlag.AUTO_UPDATES)
        assert manager.is_feature_enabled(FeatureFlag.HEALTH_MONITORING)
        assert not manager.is_feature_enabled(FeatureFlag.HEALTH_MONITORING, user_id="user123")
        assert ["undo", "update"] == [commit.action for commit in manager.config.history(limit=2)]
