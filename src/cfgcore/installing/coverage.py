"""Whether a conversion speaks of every value of its source: nothing is dropped in silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cfgcore.declare.legacy import Conversion, Dropped
from cfgcore.values.origin import Path


def leaves_of(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every value of nested data with its keys; an empty table or list is a value, and so is a list of none."""
    if isinstance(value, Mapping) and value:
        for key, below in value.items():
            yield from leaves_of(below, (*path, str(key)))
    else:
        yield path, value


def complete(conversion: Conversion, data: Mapping[str, Any], format_: str) -> Conversion:
    """Return `conversion` with an entry for every value of `data`: what the converter says nothing of is dropped.

    What it dropped as a table is told value by value.
    """
    dropped = [one for whole in conversion.dropped for one in _singly(whole)]
    spoken = {one.source for one in conversion.mapped} | {one.source for one in dropped}
    forgotten = [
        Dropped(path, value, f"the format {format_!r} knows no such value")
        for path, value in leaves_of(data)
        if path and not any(path[:length] in spoken for length in range(1, len(path) + 1))
    ]
    return Conversion(conversion.mapped, (*dropped, *forgotten))


def _singly(whole: Dropped) -> Iterator[Dropped]:
    if whole.wrong:
        yield whole
        return
    for path, value in leaves_of(whole.value, whole.source):
        yield Dropped(path, value, whole.why, whole.whose, suggested=whole.suggested)
