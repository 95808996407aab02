"""The stores under faults: kills, power loss, failing and full disks, damage, many writers, a clock that jumps."""

from __future__ import annotations

import os
import sys

import pytest

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform == "win32", reason="the harness forks"),
]

SEED = int(os.environ.get("CFGCORE_FAULTS_SEED", "1"))


def names() -> list[str]:
    if sys.platform == "win32":
        return []
    from reliability.rows import ROWS

    return list(ROWS)


@pytest.mark.parametrize("name", names())
def test_a_promise_is_kept(name: str) -> None:
    """Nothing that the row tries breaks its promise, and the row catches the stores that are broken on purpose."""
    from reliability.report import aligned, troubles
    from reliability.run import tried_apart
    from reliability.scale import Scale

    row = tried_apart(name, Scale(SEED))
    print(f"\nseed {SEED}\n{aligned([row])}")
    if row.skipped is not None:
        assert "CI" not in os.environ or "strace" not in row.skipped, row.skipped
        pytest.skip(row.skipped)
    assert row.passed, f"seed {SEED}: {troubles(row)}"
