"""The reference of settings in the documentation."""

from pathlib import Path

import cfgcore_analytics.plugin
import cfgcore_downloader.plugin
import cfgcore_fallback.plugin
import cfgcore_health.plugin
import cfgcore_models.plugin
import cfgcore_notifications.plugin
import cfgcore_storage.plugin
import cfgcore_updates.plugin
from cfgcore.declare.reference import settings_reference
from cfgcore.declare.registry import Registry
from cfgcore.plugins import Plugins

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"

PLUGINS = {
    "cfgcore-analytics": cfgcore_analytics.plugin,
    "cfgcore-downloader": cfgcore_downloader.plugin,
    "cfgcore-fallback": cfgcore_fallback.plugin,
    "cfgcore-health": cfgcore_health.plugin,
    "cfgcore-models": cfgcore_models.plugin,
    "cfgcore-notifications": cfgcore_notifications.plugin,
    "cfgcore-storage": cfgcore_storage.plugin,
    "cfgcore-updates": cfgcore_updates.plugin,
}


def test_the_page_is_what_the_plugins_declare() -> None:
    """docs/settings.md says what the sections of the eight plugins say."""
    loaded = Plugins()
    for name, plugin in PLUGINS.items():
        loaded.add(plugin, name)
    assert settings_reference(Registry(loaded.declarations())) == PAGE.read_text("utf-8")
