"""What the plugin contributes beside its section."""

from cfgcore_updates import plugin


def test_flag() -> None:
    """The plugin declares one feature flag, off by default, and owns it."""
    (flag,) = plugin.cfgcore_flags()
    assert ("auto_updates", False, "cfgcore-updates") == (flag.name, flag.default, flag.owner)
    assert flag.description
