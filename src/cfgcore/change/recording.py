"""What records say: the time, and text that callers gave."""

from __future__ import annotations

from datetime import datetime, timezone

#: How much of a refused request the audit keeps: paths, and characters of each.
SHOWN = 100


def legible(value: object) -> str:
    """Return what a caller gave, whatever it is, as text that every store keeps: short, odd characters escaped."""
    text = str(value)[:SHOWN]
    return text if text.isprintable() else ascii(text)[1:-1]


def now() -> str:
    """Return the time as records have it: ISO 8601, UTC, microseconds."""
    return datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
