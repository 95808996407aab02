"""The basic application configuration: an automation level, downloads, and what administrators set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cfgcore import ABSENT, Conversion, LegacyFormat, Whose
from cfgcore_models.legacy.collector import Collector, no_such
from cfgcore_models.legacy.defaults import POLICIES, PREFERENCES
from cfgcore_models.legacy.downloads import take_download_settings
from cfgcore_models.legacy.enhanced import detect as detect_enhanced
from cfgcore_models.legacy.model_configuration import detect as detect_model_configuration

_MARKS = ("download_settings", "user_preferences")

#: The automation levels of then that have another name today.
_LEVELS = {"automatic": "fully_automatic", "full": "fully_automatic"}

_ADMIN = {
    "max_user_storage_gb": "max_user_storage_gb",
    "require_approval": "require_approval_for_updates",
}


def detect(data: Mapping[str, Any]) -> str | None:
    """Say why a file is of this format: it has one of its tables, and no mark of a richer format."""
    mark = next((name for name in _MARKS if name in data), None)
    if mark is None or "model_config" in data or detect_enhanced(data) or detect_model_configuration(data):
        return None
    return f"it has {mark!r}"


def convert(data: Mapping[str, Any]) -> Conversion:
    """Say what becomes of every value."""
    found = Collector(data)
    for name, value in found.table(("user_preferences",), Whose.OWNER).items():
        keys = ("user_preferences", name)
        if name == "automation_level":
            _take_level(found, value)
        else:
            found.drop(keys, value, no_such("preference", name, ("automation_level",)), Whose.OWNER)
    take_download_settings(found, ("download_settings",))
    for name, value in found.table(("admin_settings",)).items():
        if name in _ADMIN:
            path, then = POLICIES[_ADMIN[name]]
            found.take(("admin_settings", name), path, value, then)
        else:
            found.drop(("admin_settings", name), value, no_such("setting of administrators", name, _ADMIN))
    return found.conversion()


def _take_level(found: Collector, value: Any) -> None:
    today = _LEVELS.get(value) if isinstance(value, str) else None
    given, why = (value, f"{value!r} is called {today!r} today") if today else (ABSENT, "")
    keys, path = ("user_preferences", "automation_level"), "models.automation_level"
    found.take(keys, path, today or value, PREFERENCES["automation_level"], Whose.OWNER, given=given, why=why)


BASIC = LegacyFormat("basic", detect, convert)
