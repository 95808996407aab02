"""This section's part of the automation levels."""

from pathlib import Path
from typing import Literal

import pytest

import cfgcore
from cfgcore import hookimpl, section, setting
from cfgcore_updates import UpdatesConfig, plugin


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
    ("level", "expected"),
    [
        ("manual", UpdatesConfig(auto_check_updates=False)),
        ("semi_automatic", UpdatesConfig()),
        ("fully_automatic", UpdatesConfig(auto_download_updates=True, auto_install_updates=True)),
    ],
)
def test_level_sets_its_part(level: str, expected: UpdatesConfig) -> None:
    """Each automation level turns looking, downloading and installing on or off, and nothing else."""
    with opened(APP_MODELS__AUTOMATION_LEVEL=level) as config:
        assert expected == config[UpdatesConfig]


def test_explicit_value_wins() -> None:
    """A value that is set explicitly wins over the level that the same layer selects."""
    with opened(APP_MODELS__AUTOMATION_LEVEL="fully_automatic", APP_UPDATES__AUTO_INSTALL_UPDATES="false") as config:
        assert UpdatesConfig(auto_download_updates=True) == config[UpdatesConfig]


def test_levels_turn_over_what_a_weaker_layer_set(tmp_path: Path) -> None:
    """A level that a stronger layer selects overrules what a settings file says of its settings."""
    settings = tmp_path / "settings.toml"
    settings.write_text("[updates]\nauto_download_updates = true\nauto_install_updates = true\n", encoding="utf-8")
    with opened(settings, APP_MODELS__AUTOMATION_LEVEL="manual") as config:
        assert UpdatesConfig(auto_check_updates=False) == config[UpdatesConfig]
    settings.write_text("[updates]\nauto_check_updates = false\n", encoding="utf-8")
    with opened(settings, APP_MODELS__AUTOMATION_LEVEL="fully_automatic") as config:
        assert UpdatesConfig(auto_download_updates=True, auto_install_updates=True) == config[UpdatesConfig]
