"""The time of the day, as people and rules among policies know it."""

from __future__ import annotations

from datetime import datetime, timezone


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(timezone.utc)
