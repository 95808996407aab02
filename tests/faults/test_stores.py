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


def parts() -> list[tuple[str, int]]:
    if sys.platform == "win32":
        return []
    from reliability.rows import ROWS, pieces

    return list(pieces(list(ROWS)))


@pytest.mark.parametrize(("name", "part"), parts())
def test_a_promise_is_kept(name: str, part: int) -> None:
    """Nothing that the row tries breaks its promise, and the row catches the stores that are broken on purpose."""
    from reliability.report import aligned, troubles
    from reliability.run import tried_apart
    from reliability.scale import Scale

    row = tried_apart(name, part, Scale(SEED))
    print(f"\nseed {SEED}\n{aligned([row])}")
    if row.skipped is not None:
        miss = pytest.fail if "CI" in os.environ else pytest.skip
        miss(row.skipped)
    assert row.passed, f"seed {SEED}: {troubles(row)}"
