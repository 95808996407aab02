"""What an administrator may demand of downloads."""

from pathlib import Path

import pytest

import cfgcore
from cfgcore_downloader import DownloadPolicies, plugin


@pytest.fixture
def config(tmp_path: Path):
    """The plugin alone, with a store."""
    arguments = {"folder": tmp_path, "store": "config.json", "environ": {}, "settings_files": [], "plugin_group": None}
    with cfgcore.open(plugins=[plugin], **arguments) as opened:
        yield opened


def test_defaults(config: cfgcore.Config) -> None:
    """Unless an administrator says otherwise, nothing is demanded."""
    assert (
        DownloadPolicies(
            allow_external_downloads=True, bandwidth_limit_per_user_mbps=None, security_scan_required=False
        )
        == config[DownloadPolicies]
    )


def test_bandwidth(config: cfgcore.Config) -> None:
    """Nobody has more bandwidth than the limit; nothing set counts as more."""
    config.update({"download.bandwidth_limit_mbps": 500}, user="alice")
    config.update({"policies.download.bandwidth_limit_per_user_mbps": 10}, actor="root")
    assert (10.0, 10.0) == tuple(config.for_user(user).download.bandwidth_limit_mbps for user in ("alice", "bob"))


def test_a_scan_that_is_required(config: cfgcore.Config) -> None:
    """Integrity is verified for everybody, whatever they set."""
    config.update({"download.verify_integrity": False}, user="alice")
    config.update({"policies.download.security_scan_required": True}, actor="root")
    assert config.for_user("alice").download.verify_integrity
    with pytest.raises(cfgcore.ValidationFailed, match="policy security_scan_required sets true"):
        config.update({"download.verify_integrity": False}, user="bob")
