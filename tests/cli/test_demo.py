"""The demonstration runs, and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def demo(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the demonstration in a process whose temporary folder is one of ours."""

    def run(*arguments: str, **environ: str) -> Any:
        (tmp_path / "tmp").mkdir(exist_ok=True)
        folders = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(tmp_path / "tmp"))
        return subprocess.run(
            [sys.executable, "-m", "cfgcore.cli", "demo", *arguments],
            env={**os.environ, **folders, "PYTHONUTF8": "1", **environ},
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    return run


def test_it_tells_its_story(demo: Callable[..., Any], tmp_path: Path) -> None:
    """It exits with 0, says what it does on the way, and removes its files."""
    found = demo()
    assert (0, "") == (found.returncode, found.stderr)
    for part in (
        "1. Plugins",
        "2. Layers",
        "3. ",
        "4. ",
        "5. A reload",
        "6. A mistake",
        "8080 -> 9090",
        "still 9090",
        "7. Changes",
        "8. Every",
    ):
        assert part in found.stdout
    assert "s3cr3t-of-the-demo" not in found.stdout
    assert [] == list((tmp_path / "tmp").iterdir())
    assert ["tmp"] == [file.name for file in tmp_path.iterdir()]


def test_it_keeps_its_files_if_asked(demo: Callable[..., Any], tmp_path: Path) -> None:
    """With --keep the files stay, and it says where."""
    found = demo("--keep")
    assert 0 == found.returncode
    kept = Path(next(line for line in found.stdout.splitlines() if "kept in" in line).partition(" in ")[2].rstrip("."))
    assert (kept / "settings.toml").is_file()
    assert (kept / "plugins" / "web.py").is_file()
    assert [kept.parent] == list((tmp_path / "tmp").iterdir())


def test_other_variables_do_not_disturb_it(demo: Callable[..., Any]) -> None:
    """Variables of the process, even with its prefix, change nothing in it."""
    environ = {"DEMO_WEB__PORT": "many", "CFGCORE_WEB__PORT": "many", "ENV_FOR_DYNACONF": "x"}
    found = demo(**environ)
    assert 0 == found.returncode
    assert "many" not in found.stdout.replace("'many'", "").replace('"many"', "")
