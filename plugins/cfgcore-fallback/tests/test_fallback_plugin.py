"""What the plugin contributes beside its section."""

from cfgcore_fallback import plugin


def test_flag() -> None:
    """The plugin declares one feature flag, on by default, and owns it."""
    (flag,) = plugin.cfgcore_flags()
    assert ("intelligent_fallback", True, "cfgcore-fallback") == (flag.name, flag.default, flag.owner)
    assert flag.description
