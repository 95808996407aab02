"""The README's program, executed."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"

_PROGRAM = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_TOLD = re.compile(r"^ *(?:print\(.*\)  # (?P<behind>.+)|# prints: (?P<below>.+))$", re.MULTILINE)


def test_the_program_prints_what_its_comments_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In an empty folder, the program of the README runs as written, and prints what stands behind its lines."""
    monkeypatch.chdir(tmp_path)
    (program,) = _PROGRAM.findall(README.read_text("utf-8"))
    exec(compile(program, "README.md", "exec"), {"__name__": "__main__"})
    told = [found["behind"] or found["below"] for found in _TOLD.finditer(program)]
    assert sorted(told) == sorted(capsys.readouterr().out.splitlines())
