"""docs/policies.md, executed as the one program that it is."""

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cfgcore.declare.inference import settings_of
from cfgcore.declare.policy import PolicyRule

PAGE = "docs/policies.md"

_TOLD = re.compile(r"^ *(?:print\(.*\)  # (?P<behind>.+)|# prints: (?P<below>.+))$", re.MULTILINE)


def test_the_program_prints_what_its_comments_say(
    page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every block, in order, prints what stands behind its lines and below them, and nothing else."""
    monkeypatch.chdir(tmp_path)
    module = ModuleType("policies")
    for block in page(PAGE).blocks:
        assert "python" == block.language
        exec(compile(block.text, block.place, "exec"), module.__dict__)
        told = [found["behind"] or found["below"] for found in _TOLD.finditer(block.text)]
        assert told == capsys.readouterr().out.splitlines(), block.place


def test_every_key_of_a_rule_is_listed(page: Any) -> None:
    """The table of keys names what a rule takes, in its order."""
    listed = [name for row in page(PAGE).table("key") for name in re.findall(r"\w+", row[0])]
    known = {setting.declared.key or name for name, setting in settings_of(PolicyRule).items()}
    assert known == set(listed)
