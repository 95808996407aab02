"""Which names sections and settings may bear."""

from __future__ import annotations

import keyword
import re

#: What a view itself answers to, what belongs to administrators, and tables of files: never a section's name.
RESERVED_SECTIONS = frozenset(
    {
        *("get", "revision", "digest", "policies", "flags", "profiles"),
        *("default", "global", "versions", "unmapped", "enforce"),
    }
)

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def complaint(name: object) -> str | None:
    """Return why `name` cannot be the name of a section or a setting, or None if it can.

    A name is reached as an attribute, as a key in files and, in capitals, as part of a variable's name: it is made of
    lower-case ASCII letters, digits and single underscores.
    """
    if not isinstance(name, str):
        return f"the name {name!r} is not text"
    if keyword.iskeyword(name):
        return f"the name {name!r} is a word of Python, so that no attribute can have it"
    if not _NAME.fullmatch(name) or len(name) > 64:
        return (
            f"the name {name!r} is not made of lower-case letters a-z, digits and single underscores, beginning with a "
            f"letter, 64 characters at most"
        )
    return None


def section_complaint(name: object) -> str | None:
    """Return why `name` cannot be the name of a section, or None if it can."""
    if isinstance(name, str) and name in RESERVED_SECTIONS:
        return f"the name {name!r} is reserved (so are {', '.join(sorted(RESERVED_SECTIONS - {name}))})"
    return complaint(name)
