"""The `health` section: its defaults and its bounds."""

import dataclasses

import pytest

import cfgcore
from cfgcore_health import HealthConfig, plugin

DEFAULTS = {
    "enabled": True,
    "check_interval_hours": 24,
    "integrity_check_enabled": True,
    "performance_monitoring_enabled": True,
    "auto_repair_enabled": False,
    "corruption_threshold": 0.1,
    "performance_degradation_threshold": 0.3,
    "cleanup_corrupted_models": False,
}


def opened(**environ: str) -> cfgcore.Config:
    """The plugin alone, configured by these variables."""
    return cfgcore.open(env_prefix="APP", environ=environ, settings_files=[], plugins=[plugin], plugin_group=None)


def test_defaults() -> None:
    """Without any configuration every setting has the default of the reference, and there are no others."""
    with opened() as config:
        assert DEFAULTS == dataclasses.asdict(config[HealthConfig])


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("check_interval_hours", "1", 1),
        ("check_interval_hours", "8760", 8760),
        ("corruption_threshold", "0", 0),
        ("corruption_threshold", "1", 1),
        ("performance_degradation_threshold", "0", 0),
        ("performance_degradation_threshold", "1", 1),
    ],
)
def test_bounds_are_inside(name: str, text: str, value: object) -> None:
    """A value on its bound is accepted."""
    with opened(**{f"APP_HEALTH__{name.upper()}": text}) as config:
        assert value == config.get(f"health.{name}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("check_interval_hours", "0"),
        ("check_interval_hours", "8761"),
        ("corruption_threshold", "-0.01"),
        ("corruption_threshold", "1.01"),
        ("performance_degradation_threshold", "-0.01"),
        ("performance_degradation_threshold", "1.01"),
    ],
)
def test_outside_of_bounds_is_refused(name: str, text: str) -> None:
    """A value just outside its bound is refused, by the name of its setting."""
    with pytest.raises(cfgcore.ValidationFailed) as refusal:
        opened(**{f"APP_HEALTH__{name.upper()}": text})
    assert [f"health.{name}"] == [problem.path for problem in refusal.value.problems]
