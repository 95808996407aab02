"""What an administrator may demand of updates."""

from pathlib import Path

import pytest

import cfgcore
from cfgcore_updates import plugin


@pytest.fixture
def config(tmp_path: Path):
    """The plugin alone, with a store."""
    arguments = {"folder": tmp_path, "store": "config.json", "environ": {}, "settings_files": [], "plugin_group": None}
    with cfgcore.open(plugins=[plugin], **arguments) as opened:
        yield opened


def test_approval(config: cfgcore.Config) -> None:
    """While updates need approval nothing installs itself; downloading by itself stays allowed."""
    both = {"updates.auto_download_updates": True, "updates.auto_install_updates": True}
    config.update(both, user="alice")
    config.update({"policies.updates.require_approval_for_updates": True}, actor="root")
    updates = config.for_user("alice").updates
    assert (True, False) == (updates.auto_download_updates, updates.auto_install_updates)
    with pytest.raises(cfgcore.ValidationFailed, match="policy require_approval_for_updates sets false"):
        config.update(both, user="bob")
