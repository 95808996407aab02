"""The model application in an empty folder, with all of its plugins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cfgcore_models import ConfigurationManager


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., ConfigurationManager]]:
    """A function that opens a manager in the test's folder, as often as it is called; all are closed at the end."""
    with ExitStack() as stack:

        def open_it(store: Any = "config/models.json", **more: Any) -> ConfigurationManager:
            options = {"folder": tmp_path, "settings_files": [], "environ": {}, "env_prefix": "APP"} | more
            return stack.enter_context(ConfigurationManager(store, **options))

        yield open_it


@pytest.fixture
def manager(opened: Callable[..., ConfigurationManager]) -> ConfigurationManager:
    """The open manager."""
    return opened()
