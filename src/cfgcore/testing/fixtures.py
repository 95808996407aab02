"""The fixtures that pytest finds by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from cfgcore.testing.override import override


@pytest.fixture
def cfgcore_override() -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """A function that overrides settings until the test ends: ``cfgcore_override({"download.max_retries": 5})``."""
    with ExitStack() as stack:
        yield lambda values: stack.enter_context(override(values))
