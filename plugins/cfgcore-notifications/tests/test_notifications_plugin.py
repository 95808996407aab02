"""What the plugin contributes beside its section."""

from cfgcore_notifications import plugin


def test_flag() -> None:
    """The plugin declares one feature flag, on by default, and owns it."""
    (flag,) = plugin.cfgcore_flags()
    assert ("real_time_notifications", True, "cfgcore-notifications") == (flag.name, flag.default, flag.owner)
    assert flag.description
