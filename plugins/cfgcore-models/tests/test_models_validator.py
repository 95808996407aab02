"""Preferences and policies checked before they are saved."""

from __future__ import annotations

import pytest

from cfgcore_models import AutomationLevel, ConfigurationManager, ConfigurationValidator


def test_good_preferences_are_valid(manager: ConfigurationManager) -> None:
    """Preferences that nothing is wrong with have neither errors nor warnings."""
    prefs = manager.get_user_preferences()
    prefs.automation_level = AutomationLevel.FULLY_AUTOMATIC
    result = ConfigurationValidator().validate_user_preferences(prefs)
    assert result.is_valid
    assert () == result.errors


def test_every_error_is_told_with_a_suggestion(manager: ConfigurationManager) -> None:
    """Fields, messages and suggested values of all errors; nothing is saved."""
    prefs = manager.get_user_preferences()
    prefs.download_config.max_retries = 50
    prefs.storage_config.cleanup_threshold_percent = 20
    result = ConfigurationValidator().validate_user_preferences(prefs)
    assert not result.is_valid
    assert {("download.max_retries", 10), ("storage.cleanup_threshold_percent", 50)} == {
        (error.field, error.suggested_value) for error in result.errors
    }
    assert all(error.message for error in result.errors)
    assert not manager.config.history()


def test_rules_count(manager: ConfigurationManager) -> None:
    """What two settings must hold together is checked."""
    prefs = manager.get_user_preferences()
    prefs.download_config.retry_delay_base = 60
    prefs.download_config.max_retry_delay = 5
    (error,) = ConfigurationValidator().validate_user_preferences(prefs).errors
    assert ("download.retry_delay_base", 5) == (error.field, error.suggested_value)


@pytest.mark.parametrize("saved", [False, True])
def test_warnings_do_not_make_it_invalid(saved: bool, manager: ConfigurationManager) -> None:
    """A warning is told, also of what was saved before, and is no error."""
    prefs = manager.get_user_preferences()
    prefs.analytics_config.share_analytics = True
    prefs.analytics_config.anonymize_data = False
    if saved:
        manager.config.update(prefs.draft)
    result = ConfigurationValidator().validate_user_preferences(prefs)
    assert result.is_valid
    assert 1 == len(result.warnings)
