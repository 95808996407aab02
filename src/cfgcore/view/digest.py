"""The digest by which a view's values are named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cfgcore.declare.registry import Registry
from cfgcore.view.cover import cover_section


def digest_of(registry: Registry, sections: Mapping[str, Any]) -> str:
    """Return 32 hexadecimal digits (BLAKE2b) that name the values and versions of all sections.

    Secrets count only as set or not set, so that nobody can try guesses against a digest.
    """
    content = {
        name: [section.header.version, cover_section(section.settings, sections[name])]
        for name, section in registry.sections.items()
        if name in sections
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
