"""The `fallback` section: its defaults and its bounds."""

import dataclasses

import pytest

import cfgcore
from cfgcore_fallback import FallbackConfig, plugin

DEFAULTS = {
    "enabled": True,
    "suggest_alternatives": True,
    "auto_queue_requests": False,
    "compatibility_threshold": 0.7,
    "max_wait_time_minutes": 60,
    "prefer_local_models": True,
    "fallback_to_mock_enabled": True,
}


def opened(**environ: str) -> cfgcore.Config:
    """The plugin alone, configured by these variables."""
    return cfgcore.open(env_prefix="APP", environ=environ, settings_files=[], plugins=[plugin], plugin_group=None)


def test_defaults() -> None:
    """Without any configuration every setting has the default of the reference, and there are no others."""
    with opened() as config:
        assert DEFAULTS == dataclasses.asdict(config[FallbackConfig])


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("compatibility_threshold", "0", 0),
        ("compatibility_threshold", "1", 1),
        ("max_wait_time_minutes", "1", 1),
        ("max_wait_time_minutes", "1440", 1440),
    ],
)
def test_bounds_are_inside(name: str, text: str, value: object) -> None:
    """A value on its bound is accepted."""
    with opened(**{f"APP_FALLBACK__{name.upper()}": text}) as config:
        assert value == config.get(f"fallback.{name}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("compatibility_threshold", "-0.01"),
        ("compatibility_threshold", "1.01"),
        ("max_wait_time_minutes", "0"),
        ("max_wait_time_minutes", "1441"),
    ],
)
def test_outside_of_bounds_is_refused(name: str, text: str) -> None:
    """A value just outside its bound is refused, by the name of its setting."""
    with pytest.raises(cfgcore.ValidationFailed) as refusal:
        opened(**{f"APP_FALLBACK__{name.upper()}": text})
    assert [f"fallback.{name}"] == [problem.path for problem in refusal.value.problems]
