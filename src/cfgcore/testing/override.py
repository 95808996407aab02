"""Settings overridden for the time of a test."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any


def override(values: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Put `values`, by dotted path, above all layers: ``with override({"download.max_retries": 5}): ...``.

    It holds for every configuration that is open, and for those opened meanwhile, in all threads of this process. The
    values are checked like any other: entering raises ``ValidationFailed``, or ``UnknownPath``, and changes nothing.
    """
    from cfgcore.overriding import overridden

    return overridden(values)
