"""What the plugin contributes beside its section."""

from cfgcore_downloader import plugin


def test_flag() -> None:
    """The plugin declares one feature flag, on by default, and owns it."""
    (flag,) = plugin.cfgcore_flags()
    assert ("enhanced_downloads", True, "cfgcore-downloader") == (flag.name, flag.default, flag.owner)
    assert flag.description
