"""How hypothesis tries properties, in the tests of the core, of the plugins and of the examples alike."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

IN_CI = "CI" in os.environ

# How long a machine takes is no property: a busy one fails no test. Where a change is judged, the examples are the same
# each time, so that only the change can fail; everywhere else new ones are tried, and a failure is kept and printed.
settings.register_profile(
    "cfgcore",
    deadline=None,
    derandomize=IN_CI,
    database=None if IN_CI else settings.default.database,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("cfgcore")


def pytest_report_header(config: pytest.Config) -> str:
    """Say what the examples depend on."""
    seed = config.getoption("hypothesis_seed", None)
    return "hypothesis examples: " + (
        f"of seed {seed}" if seed is not None else "the same each time" if IN_CI else "new ones each time"
    )
