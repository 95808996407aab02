"""What the plugin contributes beside its section."""

from cfgcore_health import plugin


def test_flag() -> None:
    """The plugin declares one feature flag, on by default, and owns it."""
    (flag,) = plugin.cfgcore_flags()
    assert ("health_monitoring", True, "cfgcore-health") == (flag.name, flag.default, flag.owner)
    assert flag.description
