"""How many rows are tried at the same time."""

from __future__ import annotations

import os

import pytest


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are processors: some rows wait, for a server or for each other, and others use the time."""
    return (os.cpu_count() or 1) + 1
