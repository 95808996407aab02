"""The `storage` section: its defaults and its bounds."""

import dataclasses

import pytest

import cfgcore
from cfgcore_storage import StorageConfig, plugin

DEFAULTS = {
    "max_storage_gb": None,
    "cleanup_threshold_percent": 85,
    "min_free_space_gb": 5,
    "auto_cleanup_enabled": False,
    "preserve_recent_models_days": 7,
    "preserve_frequently_used": True,
}


def opened(**environ: str) -> cfgcore.Config:
    """The plugin alone, configured by these variables."""
    return cfgcore.open(env_prefix="APP", environ=environ, settings_files=[], plugins=[plugin], plugin_group=None)


def test_defaults() -> None:
    """Without any configuration every setting has the default of the reference, and there are no others."""
    with opened() as config:
        assert DEFAULTS == dataclasses.asdict(config[StorageConfig])


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("max_storage_gb", "0.001", 0.001),
        ("cleanup_threshold_percent", "50", 50),
        ("cleanup_threshold_percent", "99", 99),
        ("min_free_space_gb", "0.1", 0.1),
        ("min_free_space_gb", "1000", 1000),
        ("preserve_recent_models_days", "0", 0),
        ("preserve_recent_models_days", "365", 365),
    ],
)
def test_bounds_are_inside(name: str, text: str, value: object) -> None:
    """A value on its bound is accepted, or just inside of one that is excluded."""
    with opened(**{f"APP_STORAGE__{name.upper()}": text}) as config:
        assert value == config.get(f"storage.{name}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("max_storage_gb", "0"),
        ("max_storage_gb", "-1"),
        ("cleanup_threshold_percent", "49.9"),
        ("cleanup_threshold_percent", "99.1"),
        ("min_free_space_gb", "0.09"),
        ("min_free_space_gb", "1000.1"),
        ("preserve_recent_models_days", "-1"),
        ("preserve_recent_models_days", "366"),
    ],
)
def test_outside_of_bounds_is_refused(name: str, text: str) -> None:
    """A value just outside its bound is refused, by the name of its setting."""
    with pytest.raises(cfgcore.ValidationFailed) as refusal:
        opened(**{f"APP_STORAGE__{name.upper()}": text})
    assert [f"storage.{name}"] == [problem.path for problem in refusal.value.problems]
