"""What no other format recognises: two settings of downloads at its top may be used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cfgcore import Conversion, LegacyFormat
from cfgcore_models.legacy.collector import Collector
from cfgcore_models.legacy.downloads import TAKERS


def detect(data: Mapping[str, Any]) -> str | None:
    """Say that the file is of no format; it is asked only where no other recognises it."""
    known = [name for name in TAKERS if name in data]
    return f"no format recognises it, but it has {known[0]!r}" if known else "no format recognises it"


def convert(data: Mapping[str, Any]) -> Conversion:
    """Take over what may be used; of all else the core says that nobody knows it."""
    found = Collector(data)
    for name, take in TAKERS.items():
        if name in data:
            take(found, (name,), data[name])
    return found.conversion()


UNKNOWN = LegacyFormat("unknown", detect, convert, fallback=True)
