"""What the formats before the enhanced one have in common: how they wrote downloads, for everyone."""

from __future__ import annotations

from typing import Any

from cfgcore_models.legacy.collector import Collector, Keys, no_such
from cfgcore_models.legacy.defaults import SETTINGS


def take_max_retries(found: Collector, keys: Keys, value: Any) -> None:
    """Take over the number of attempts."""
    found.take(keys, "download.max_retries", value, SETTINGS["download"]["max_retries"])


def take_bandwidth_limit(found: Collector, keys: Keys, value: Any) -> None:
    """Take over the highest download speed, whose name did not tell its unit."""
    found.take(keys, "download.bandwidth_limit_mbps", value, None, why="taken as Mbit/s")


TAKERS = {"max_retries": take_max_retries, "bandwidth_limit": take_bandwidth_limit}


def take_download_settings(found: Collector, keys: Keys) -> None:
    """Take over the table ``download_settings`` at `keys`."""
    for name, value in found.table(keys).items():
        if name in TAKERS:
            TAKERS[name](found, (*keys, name), value)
        else:
            found.drop((*keys, name), value, no_such("setting of downloads", name, TAKERS))
