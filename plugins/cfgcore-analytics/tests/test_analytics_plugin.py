"""What the plugin contributes beside its section."""

from cfgcore_analytics import plugin


def test_flag() -> None:
    """The plugin declares one feature flag, on by default, and owns it."""
    (flag,) = plugin.cfgcore_flags()
    assert ("usage_analytics", True, "cfgcore-analytics") == (flag.name, flag.default, flag.owner)
    assert flag.description
