"""What records say: the time, and text that callers gave."""

from __future__ import annotations

from datetime import datetime, timezone

from cfgcore.errors import ValidationFailed
from cfgcore.store.data import limit
from cfgcore.values.problem import Problem

#: Who is recorded for a change when the caller names nobody.
NOBODY = "unknown"

#: How long an actor's name and a reason may be.
TEXT_LIMIT = 1000

#: How much of a refused request the audit keeps: paths, and characters of each.
SHOWN = 100


def legible(value: object) -> str:
    """Return what a caller gave, whatever it is, as text that every store keeps: short, odd characters escaped."""
    text = str(value)[:SHOWN]
    return text if text.isprintable() else ascii(text)[1:-1]


def author(actor: str | None, reason: str) -> str:
    """Return who is recorded. Raises :class:`ValidationFailed` for an actor or a reason that no store keeps."""
    for name, text in (("actor", "" if actor is None else actor), ("reason", reason)):
        fault = limit(text) if isinstance(text, str) else f"{type(text).__name__} is not text"
        if not fault and len(text) > TEXT_LIMIT:
            fault = f"it is longer than {TEXT_LIMIT} characters"
        if fault:
            raise ValidationFailed([Problem("refused", name, fault)])
    return actor or NOBODY


def now() -> str:
    """Return the time as records have it: ISO 8601, UTC, microseconds."""
    return datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
