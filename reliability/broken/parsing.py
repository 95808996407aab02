"""What reads bytes, broken."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from reliability.broken.patching import put


def believe(data: bytes) -> Any:
    """Return what a line holds, whatever its digest."""
    from cfgcore.store.data import loads

    return {name: value for name, value in loads(data).items() if name != "digest"}


def no_limits() -> None:
    """Read without limits."""
    import json

    from cfgcore.store import projection

    parse_with(lambda text: json.loads(text))
    put(projection, "refuse_number", lambda value: None)
    put(projection, "EDITED_LIMIT", 1 << 60)


def greedy(text: Any) -> Any:
    """Read, and take 64 MB."""
    import json

    taken = bytearray(b"x" * (64 << 20))
    return json.loads(text) if taken else None


def slow(text: Any) -> Any:
    """Read, and take 0.15 s."""
    import json

    end = time.thread_time() + 0.15
    while time.thread_time() < end:
        pass
    return json.loads(text)


def parse_with(parser: Callable[[Any], Any]) -> None:
    """Have every reader use this parser."""
    from cfgcore.store import line, projection, rows

    for module in (line, projection, rows):
        put(module, "loads", parser)


def slow_variables() -> None:
    """Read each variable, and take 0.15 s."""
    from cfgcore.layer import plant
    from cfgcore.layer.literal import read_literal

    def read(text: str, kind: Any) -> Any:
        slow("0")
        return read_literal(text, kind)

    put(plant, "read_literal", read)


def backtracking() -> None:
    """Match with `re`."""
    import re
    from functools import lru_cache

    from cfgcore.values import pattern

    @lru_cache
    def compiled(text: str) -> Any:
        return _Compiled(re.compile(text))

    put(pattern, "_compiled", compiled)


class _Compiled:
    """A pattern of `re`, as small as may be."""

    programsize = 1

    def __init__(self, compiled: Any) -> None:
        self.fullmatch = compiled.fullmatch
