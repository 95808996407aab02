"""docs/migration.md, executed as the one program that it is."""

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PAGE = "docs/migration.md"

_TOLD = re.compile(r"^ *(?:print\(.*\)  # (?P<behind>.+)|# prints: (?P<below>.+))$", re.MULTILINE)


def test_the_program_prints_what_its_comments_say(
    page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every block, in order, prints what stands behind its lines and below them, and nothing else."""
    monkeypatch.chdir(tmp_path)
    module = ModuleType("releases")
    for block in page(PAGE).blocks:
        assert "python" == block.language
        exec(compile(block.text, block.place, "exec"), module.__dict__)
        told = [found["behind"] or found["below"] for found in _TOLD.finditer(block.text)]
        assert told == capsys.readouterr().out.splitlines(), block.place
