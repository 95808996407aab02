"""This section's part of the automation levels."""

from pathlib import Path
from typing import Literal

import pytest

import cfgcore
from cfgcore import hookimpl, section, setting
from cfgcore_fallback import FallbackConfig, plugin


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


def opened(*settings_files: Path, **environ: str) -> cfgcore.Config:
    """The plugin beside the stand-in, configured by these files and variables."""
    return cfgcore.open(
        env_prefix="APP", environ=environ, settings_files=settings_files, plugins=[plugin, Models()], plugin_group=None
    )


@pytest.mark.parametrize(
    ("level", "expected"), [("manual", False), ("semi_automatic", False), ("fully_automatic", True)]
)
def test_level_sets_its_part(level: str, expected: bool) -> None:
    """Each automation level gives `auto_queue_requests` its value."""
    with opened(APP_MODELS__AUTOMATION_LEVEL=level) as config:
        assert expected is config[FallbackConfig].auto_queue_requests


def test_level_changes_nothing_else() -> None:
    """The highest level differs from the defaults in `auto_queue_requests` only."""
    with opened(APP_MODELS__AUTOMATION_LEVEL="fully_automatic") as config:
        assert FallbackConfig(auto_queue_requests=True) == config[FallbackConfig]


def test_explicit_value_wins() -> None:
    """A value that is set explicitly wins over the level that the same layer selects."""
    with opened(APP_MODELS__AUTOMATION_LEVEL="fully_automatic", APP_FALLBACK__AUTO_QUEUE_REQUESTS="false") as config:
        assert config[FallbackConfig].auto_queue_requests is False


def test_manual_turns_off_what_a_weaker_layer_turned_on(tmp_path: Path) -> None:
    """The level `manual`, selected by a stronger layer, turns off what a settings file turned on."""
    settings = tmp_path / "settings.toml"
    settings.write_text("[fallback]\nauto_queue_requests = true\n", encoding="utf-8")
    with opened(settings, APP_MODELS__AUTOMATION_LEVEL="manual") as config:
        assert config[FallbackConfig].auto_queue_requests is False
