"""The legacy model configuration: downloads, storage and lists of models, for everyone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cfgcore import Conversion, LegacyFormat
from cfgcore_models.legacy.collector import Collector, Keys, no_such
from cfgcore_models.legacy.defaults import PREFERENCES, SETTINGS
from cfgcore_models.legacy.downloads import take_download_settings
from cfgcore_models.legacy.enhanced import detect as detect_enhanced

_MARKS = ("model_config", "models")
_TABLES = ("download_settings", "storage_settings")
_LISTS = ("preferred_models", "blocked_models")


def detect(data: Mapping[str, Any]) -> str | None:
    """Say why a file is of this format.

    A table `models` of today's settings is a settings file, unless something else of this format stands beside it.
    """
    mark = next((name for name in _MARKS if name in data), None)
    if mark is None or detect_enhanced(data) is not None:
        return None
    table = data[mark]
    of_today = table is None or (isinstance(table, Mapping) and table.keys() <= PREFERENCES.keys())
    is_todays = mark == "models" and of_today
    beside = any(name in data for name in (*_TABLES, *_LISTS))
    return f"it has {mark!r}" if beside or not is_todays else None


def convert(data: Mapping[str, Any]) -> Conversion:
    """Say what becomes of the values in the table of models, and beside it."""
    found = Collector(data)
    _take(found, (), data)
    for mark in _MARKS:
        if isinstance(data.get(mark), list):
            found.drop((mark,), data[mark], "whether these models are preferred or blocked is not said")
            continue
        table = found.table((mark,))
        _take(found, (mark,), table)
        for name, value in table.items():
            if name not in (*_TABLES, *_LISTS):
                known = (*_TABLES, *_LISTS)
                found.drop((mark, name), value, no_such("setting of models", name, known))
    return found.conversion()


def _take(found: Collector, keys: Keys, table: Mapping[str, Any]) -> None:
    for name in _LISTS:
        if name in table:
            found.take((*keys, name), f"models.{name}", table[name], PREFERENCES[name])
    take_download_settings(found, (*keys, "download_settings"))
    _take_storage_settings(found, (*keys, "storage_settings"))


def _take_storage_settings(found: Collector, keys: Keys) -> None:
    defaults = SETTINGS["storage"]
    for name, value in found.table(keys).items():
        at = (*keys, name)
        if name == "max_storage_gb":
            found.take(at, "storage.max_storage_gb", value, defaults["max_storage_gb"])
        elif name == "cleanup_threshold":
            _take_threshold(found, at, value)
        else:
            known = ("max_storage_gb", "cleanup_threshold")
            found.drop(at, value, no_such("setting of storage", name, known))


def _take_threshold(found: Collector, keys: Keys, value: Any) -> None:
    """Take over when to clean up: a percentage, or the fraction of it that some files held."""
    path, then = "storage.cleanup_threshold_percent", SETTINGS["storage"]["cleanup_threshold_percent"]
    if isinstance(value, float) and 0 < value <= 1:
        found.take(keys, path, round(value * 100, 10), then, given=value, why="a fraction, written as a percentage")
    else:
        found.take(keys, path, value, then)


MODEL_CONFIGURATION = LegacyFormat("model-configuration", detect, convert)
