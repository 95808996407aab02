"""The `download` section: its defaults and its bounds."""

import dataclasses

import pytest

import cfgcore
from cfgcore_downloader import DownloadConfig, plugin

DEFAULTS = {
    "max_retries": 3,
    "retry_delay_base": 2.0,
    "max_retry_delay": 300,
    "bandwidth_limit_mbps": None,
    "max_concurrent_downloads": 2,
    "enable_resume": True,
    "enable_pause": True,
    "chunk_size_mb": 10,
    "verify_integrity": True,
    "cleanup_failed_downloads": True,
}


def opened(**environ: str) -> cfgcore.Config:
    """The plugin alone, configured by these variables."""
    return cfgcore.open(env_prefix="APP", environ=environ, settings_files=[], plugins=[plugin], plugin_group=None)


def test_defaults() -> None:
    """Without any configuration every setting has the default of the reference, and there are no others."""
    with opened() as config:
        assert DEFAULTS == dataclasses.asdict(config[DownloadConfig])


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("max_retries", "0", 0),
        ("max_retries", "10", 10),
        ("retry_delay_base", "0.1", 0.1),
        ("retry_delay_base", "60", 60),
        ("max_retry_delay", "3600", 3600),
        ("bandwidth_limit_mbps", "0.1", 0.1),
        ("bandwidth_limit_mbps", "10000", 10_000),
        ("max_concurrent_downloads", "1", 1),
        ("max_concurrent_downloads", "10", 10),
        ("chunk_size_mb", "0.1", 0.1),
        ("chunk_size_mb", "1000", 1000),
    ],
)
def test_bounds_are_inside(name: str, text: str, value: object) -> None:
    """A value on its bound is accepted."""
    with opened(**{f"APP_DOWNLOAD__{name.upper()}": text}) as config:
        assert value == config.get(f"download.{name}")


def test_longest_delay_may_be_its_minimum() -> None:
    """A longest delay of one second is accepted beside a first delay that fits below it."""
    with opened(APP_DOWNLOAD__MAX_RETRY_DELAY="1", APP_DOWNLOAD__RETRY_DELAY_BASE="1") as config:
        assert 1 == config[DownloadConfig].max_retry_delay


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("max_retries", "-1"),
        ("max_retries", "11"),
        ("retry_delay_base", "0.09"),
        ("retry_delay_base", "60.1"),
        ("max_retry_delay", "0.9"),
        ("max_retry_delay", "3600.1"),
        ("bandwidth_limit_mbps", "0.09"),
        ("bandwidth_limit_mbps", "10000.1"),
        ("max_concurrent_downloads", "0"),
        ("max_concurrent_downloads", "11"),
        ("chunk_size_mb", "0.09"),
        ("chunk_size_mb", "1000.1"),
    ],
)
def test_outside_of_bounds_is_refused(name: str, text: str) -> None:
    """A value just outside its bound is refused, by the name of its setting."""
    with pytest.raises(cfgcore.ValidationFailed) as refusal:
        opened(**{f"APP_DOWNLOAD__{name.upper()}": text})
    assert [f"download.{name}"] == [problem.path for problem in refusal.value.problems]
