"""The `updates` section: its defaults and its bounds."""

import dataclasses

import pytest

import cfgcore
from cfgcore_updates import UpdatesConfig, plugin

DEFAULTS = {
    "enabled": True,
    "auto_check_updates": True,
    "check_interval_hours": 168,
    "auto_download_updates": False,
    "auto_install_updates": False,
    "backup_before_update": True,
    "rollback_on_failure": True,
    "update_during_low_usage": True,
}


def opened(**environ: str) -> cfgcore.Config:
    """The plugin alone, configured by these variables."""
    return cfgcore.open(env_prefix="APP", environ=environ, settings_files=[], plugins=[plugin], plugin_group=None)


def test_defaults() -> None:
    """Without any configuration every setting has the default of the reference, and there are no others."""
    with opened() as config:
        assert DEFAULTS == dataclasses.asdict(config[UpdatesConfig])


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("check_interval_hours", "1", 1),
        ("check_interval_hours", "8760", 8760),
    ],
)
def test_bounds_are_inside(name: str, text: str, value: object) -> None:
    """A value on its bound is accepted."""
    with opened(**{f"APP_UPDATES__{name.upper()}": text}) as config:
        assert value == config.get(f"updates.{name}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("check_interval_hours", "0"),
        ("check_interval_hours", "8761"),
    ],
)
def test_outside_of_bounds_is_refused(name: str, text: str) -> None:
    """A value just outside its bound is refused, by the name of its setting."""
    with pytest.raises(cfgcore.ValidationFailed) as refusal:
        opened(**{f"APP_UPDATES__{name.upper()}": text})
    assert [f"updates.{name}"] == [problem.path for problem in refusal.value.problems]
