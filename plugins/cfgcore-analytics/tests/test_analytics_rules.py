"""The warning before analytics that identify users are shared."""

import pytest

import cfgcore
from cfgcore_analytics import AnalyticsConfig, plugin


def opened(**environ: str) -> cfgcore.Config:
    """The plugin alone, configured by these variables."""
    return cfgcore.open(env_prefix="APP", environ=environ, settings_files=[], plugins=[plugin], plugin_group=None)


def test_sharing_what_identifies_users_is_warned_of() -> None:
    """Shared records that are not anonymous are accepted with a warning that suggests to make them so."""
    with opened(APP_ANALYTICS__SHARE_ANALYTICS="true", APP_ANALYTICS__ANONYMIZE_DATA="false") as config:
        result = config.validate()
        assert config[AnalyticsConfig].share_analytics
    assert result.is_valid
    (warning,) = result.warnings
    assert "analytics.shared_not_anonymous" == warning.code
    assert "warning" == warning.severity
    assert "analytics.anonymize_data" == warning.path
    assert "share_analytics" in warning.message
    assert warning.suggested is True


@pytest.mark.parametrize(("share", "anonymize"), [("false", "false"), ("false", "true"), ("true", "true")])
def test_other_combinations_are_silent(share: str, anonymize: str) -> None:
    """Whoever shares nothing, or nothing that identifies anybody, is not warned."""
    with opened(APP_ANALYTICS__SHARE_ANALYTICS=share, APP_ANALYTICS__ANONYMIZE_DATA=anonymize) as config:
        assert () == tuple(config.validate().warnings)
