"""What an administrator may demand of storage."""

from pathlib import Path

import pytest

import cfgcore
from cfgcore_storage import plugin


@pytest.fixture
def config(tmp_path: Path):
    """The plugin alone, with a store."""
    arguments = {"folder": tmp_path, "store": "config.json", "environ": {}, "settings_files": [], "plugin_group": None}
    with cfgcore.open(plugins=[plugin], **arguments) as opened:
        yield opened


def test_the_limit_caps_users(config: cfgcore.Config) -> None:
    """Nobody has more than the limit; nothing set counts as more; enforcing can be suspended."""
    config.update({"storage.max_storage_gb": 500}, user="alice")
    assert None is config.policies.storage.max_user_storage_gb
    config.update({"policies.storage.max_user_storage_gb": 100}, actor="root")
    assert (100.0, 100.0) == tuple(config.for_user(user).storage.max_storage_gb for user in ("alice", "bob"))
    with pytest.raises(cfgcore.ValidationFailed, match=r"max_user_storage_gb allows at most 100 \(set by root"):
        config.update({"storage.max_storage_gb": 101}, user="bob")
    config.update({"policies.storage.enforce_storage_limits": False}, actor="root")
    assert (500.0, None) == tuple(config.for_user(user).storage.max_storage_gb for user in ("alice", "bob"))


@pytest.mark.parametrize("value", [0, -1, "much"])
def test_a_limit_that_cannot_be(config: cfgcore.Config, value: object) -> None:
    """A limit is a number above 0."""
    with pytest.raises(cfgcore.ValidationFailed, match=r"policies\.storage\.max_user_storage_gb"):
        config.update({"policies.storage.max_user_storage_gb": value})
