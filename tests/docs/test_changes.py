"""docs/changes.md, executed as the one program that it is."""

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import cfgcore

PAGE = "docs/changes.md"

_TOLD = re.compile(r"^ *(?:print\(.*\)  # (?P<behind>.+)|# prints: (?P<below>.+))$", re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which the program runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_program_prints_what_its_comments_say(page: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every block, in order, prints what stands behind its lines and below them, and nothing else."""
    module = ModuleType("downloads")
    for block in page(PAGE).blocks:
        assert "python" == block.language
        exec(compile(block.text, block.place, "exec"), module.__dict__)
        told = [found["behind"] or found["below"] for found in _TOLD.finditer(block.text)]
        assert told == capsys.readouterr().out.splitlines(), block.place
    assert (folder / "config.json").is_file()


def test_every_error_of_the_table_is_one(page: Any) -> None:
    """The table of errors names classes that the package exports, and that one clause catches."""
    for names, _ in page(PAGE).table("error"):
        assert issubclass(getattr(cfgcore, names.strip("`")), cfgcore.CfgcoreError)
