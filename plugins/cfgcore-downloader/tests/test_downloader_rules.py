"""What the delays between attempts hold together."""

import pytest

import cfgcore
from cfgcore_downloader import DownloadConfig, plugin


def opened(**environ: str) -> cfgcore.Config:
    """The plugin alone, configured by these variables."""
    return cfgcore.open(env_prefix="APP", environ=environ, settings_files=[], plugins=[plugin], plugin_group=None)


def test_first_delay_above_the_longest_is_refused() -> None:
    """A first delay above the longest one is refused with both numbers, and the longest is suggested."""
    with pytest.raises(cfgcore.ValidationFailed) as refusal:
        opened(APP_DOWNLOAD__RETRY_DELAY_BASE="10.5", APP_DOWNLOAD__MAX_RETRY_DELAY="10")
    (problem,) = refusal.value.problems
    assert "download.first_delay_too_long" == problem.code
    assert "error" == problem.severity
    assert "download.retry_delay_base" == problem.path
    assert "10.5 s" in problem.message
    assert "10 s" in problem.message
    assert 10 == problem.suggested


def test_first_delay_may_equal_the_longest() -> None:
    """Equal delays, which never grow, are accepted."""
    with opened(APP_DOWNLOAD__RETRY_DELAY_BASE="10", APP_DOWNLOAD__MAX_RETRY_DELAY="10") as config:
        assert 10 == config[DownloadConfig].retry_delay_base
        assert config.validate().is_valid
