"""Values that are not shown, because they are secrets or may well be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cfgcore.declare.resolved import Place
from cfgcore.values.frozen import plain
from cfgcore.values.origin import Path
from cfgcore.values.problem import REDACTED
from cfgcore.view.cover import cover

_TELLING = re.compile(r"pass(word|wd|phrase)?|secret|token|credential|webhook|api_?key|private|auth|cookie|dsn", re.I)


def shown_at(place: Place, value: Any) -> Any:
    """Return the value of what is declared, with dots for its secrets."""
    return REDACTED if place.secret and value is not None else cover(place.kind, value)


def shown_unknown(path: Path, value: Any) -> Any:
    """Return a value that nothing declares: dots where its name, or a web address in it, tells of a secret."""
    if may_be_secret(path, value):
        return REDACTED
    if isinstance(value, Mapping):
        return {str(key): shown_unknown((*path, str(key)), below) for key, below in value.items()}
    return [shown_unknown(path, item) for item in value] if isinstance(value, (list, tuple)) else plain(value)


def may_be_secret(path: Path, value: Any) -> bool:
    """Return whether the value at `path`, which nothing declares, had better be taken for a secret."""
    if value is None or isinstance(value, (bool, Mapping, list, tuple)):
        return False
    return any(map(_TELLING.search, path)) or (isinstance(value, str) and "://" in value)
