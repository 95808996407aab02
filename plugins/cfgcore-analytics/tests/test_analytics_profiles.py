"""This section's part of the automation levels."""

from typing import Literal

import pytest

import cfgcore
from cfgcore import hookimpl, section, setting
from cfgcore_analytics import AnalyticsConfig, plugin


@section("models", title="Models")
class ModelsConfig:
    """A stand-in for the section that selects the automation level."""

    automation_level: Literal["manual", "semi_automatic", "fully_automatic"] = setting(
        "semi_automatic", help="How much is done without asking."
    )


class Models:
    """A plugin with the automation level, and nothing else."""

    @hookimpl
    def cfgcore_sections(self) -> list[type]:
        """The stand-in."""
        return [ModelsConfig]


def opened(**environ: str) -> cfgcore.Config:
    """The plugin beside the stand-in, configured by these variables."""
    return cfgcore.open(
        env_prefix="APP", environ=environ, settings_files=[], plugins=[plugin, Models()], plugin_group=None
    )


@pytest.mark.parametrize(
    ("level", "expected"), [("manual", False), ("semi_automatic", False), ("fully_automatic", True)]
)
def test_level_sets_its_part(level: str, expected: bool) -> None:
    """Each automation level gives `auto_cleanup_suggestions` its value."""
    with opened(APP_MODELS__AUTOMATION_LEVEL=level) as config:
        assert expected is config[AnalyticsConfig].auto_cleanup_suggestions


def test_level_changes_nothing_else() -> None:
    """The highest level differs from the defaults in `auto_cleanup_suggestions` only."""
    with opened(APP_MODELS__AUTOMATION_LEVEL="fully_automatic") as config:
        assert AnalyticsConfig(auto_cleanup_suggestions=True) == config[AnalyticsConfig]


def test_explicit_value_wins() -> None:
    """A value that is set explicitly wins over the level that the same layer selects."""
    with opened(
        APP_MODELS__AUTOMATION_LEVEL="fully_automatic", APP_ANALYTICS__AUTO_CLEANUP_SUGGESTIONS="false"
    ) as config:
        assert config[AnalyticsConfig].auto_cleanup_suggestions is False
