"""The `analytics` section: its defaults and its bounds."""

import dataclasses

import pytest

import cfgcore
from cfgcore_analytics import AnalyticsConfig, plugin

DEFAULTS = {
    "enabled": True,
    "collect_usage_stats": True,
    "collect_performance_metrics": True,
    "retention_days": 90,
    "anonymize_data": True,
    "share_analytics": False,
    "enable_recommendations": True,
    "auto_cleanup_suggestions": False,
}


def opened(**environ: str) -> cfgcore.Config:
    """The plugin alone, configured by these variables."""
    return cfgcore.open(env_prefix="APP", environ=environ, settings_files=[], plugins=[plugin], plugin_group=None)


def test_defaults() -> None:
    """Without any configuration every setting has the default of the reference, and there are no others."""
    with opened() as config:
        assert DEFAULTS == dataclasses.asdict(config[AnalyticsConfig])


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("retention_days", "1", 1),
        ("retention_days", "3650", 3650),
    ],
)
def test_bounds_are_inside(name: str, text: str, value: object) -> None:
    """A value on its bound is accepted."""
    with opened(**{f"APP_ANALYTICS__{name.upper()}": text}) as config:
        assert value == config.get(f"analytics.{name}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("retention_days", "0"),
        ("retention_days", "3651"),
    ],
)
def test_outside_of_bounds_is_refused(name: str, text: str) -> None:
    """A value just outside its bound is refused, by the name of its setting."""
    with pytest.raises(cfgcore.ValidationFailed) as refusal:
        opened(**{f"APP_ANALYTICS__{name.upper()}": text})
    assert [f"analytics.{name}"] == [problem.path for problem in refusal.value.problems]
