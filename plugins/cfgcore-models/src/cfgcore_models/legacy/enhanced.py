"""The enhanced format: preferences of one user, policies, feature flags; every value is dumped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cfgcore import Conversion, LegacyFormat, Whose
from cfgcore_models.legacy.collector import Collector, Keys, no_such
from cfgcore_models.legacy.defaults import POLICIES, PREFERENCES, SECTIONS, SETTINGS
from cfgcore_models.legacy.flags import take_flags

_PREFERENCES = "user_preferences"
_POLICIES = "admin_policies"
_FLAGS = "feature_flags"

_OF_THE_STORE = {
    "config_schema_version": "it says of which format the file is, which is known by now",
    "version": "the store counts revisions of its own",
    "last_updated": "the store keeps the time of every change",
}


def detect(data: Mapping[str, Any]) -> str | None:
    """Say why a file is of this format; unversioned ones have its tables, and no mark of another format."""
    if "config_schema_version" in data:
        return "it has 'config_schema_version'"
    table = next((name for name in (_POLICIES, _FLAGS) if name in data), None)
    if table is not None:
        return f"it has {table!r}"
    preferences = data.get(_PREFERENCES)
    inner = preferences if isinstance(preferences, Mapping) else {}
    section = next((name for name in SECTIONS if name in inner), None)
    return f"its {_PREFERENCES!r} hold {section!r}" if section is not None else None


def convert(data: Mapping[str, Any]) -> Conversion:
    """Say what becomes of every value."""
    found = Collector(data)
    for name, why in _OF_THE_STORE.items():
        if name in data:
            found.drop((name,), data[name], why)
    _take_preferences(found)
    _take_policies(found)
    take_flags(found, (_FLAGS,))
    return found.conversion()


def _take_preferences(found: Collector) -> None:
    for name, value in found.table((_PREFERENCES,), Whose.OWNER).items():
        keys = (_PREFERENCES, name)
        if name in PREFERENCES:
            found.take(keys, f"models.{name}", value, PREFERENCES[name], Whose.OWNER)
        elif name in SECTIONS:
            _take_section(found, keys, SECTIONS[name])
        else:
            found.drop(keys, value, no_such("preference", name, (*PREFERENCES, *SECTIONS)), Whose.OWNER)


def _take_section(found: Collector, keys: Keys, section: str) -> None:
    known = SETTINGS[section]
    for name, value in found.table(keys, Whose.OWNER).items():
        if name in known:
            found.take((*keys, name), f"{section}.{name}", value, known[name], Whose.OWNER)
        else:
            found.drop((*keys, name), value, no_such(f"{section!r} setting", name, known), Whose.OWNER)


def _take_policies(found: Collector) -> None:
    for name, value in found.table((_POLICIES,)).items():
        if name in POLICIES:
            found.take((_POLICIES, name), POLICIES[name][0], value, POLICIES[name][1])
        else:
            found.drop((_POLICIES, name), value, no_such("policy", name, POLICIES))


ENHANCED = LegacyFormat("enhanced", detect, convert)
