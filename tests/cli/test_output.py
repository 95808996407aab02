"""What commands print: tables for people, in colours on a terminal, and whole lines in a pipe."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cfgcore import ABSENT, Origin, Problem
from cfgcore.cli.output import problem_data, show_problems, written
from cfgcore.values.frozen import FrozenDict

ESCAPE = "\x1b["
POSIX = pytest.mark.skipif(os.name != "posix", reason="pseudo terminals are those of POSIX")


def in_terminal(folder: Path, *arguments: str, environ: Mapping[str, str] | None = None, columns: int = 80) -> str:
    """Run the command in a terminal of its own, and return what it wrote there."""
    import pty
    import subprocess

    leader, follower = pty.openpty()
    known = {name: text for name, text in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    size = {"TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "50", "PYTHONUTF8": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "cfgcore.cli", *arguments],
        cwd=folder,
        env={**known, **size, **(environ or {})},
        stdout=follower,
        stderr=follower,
        stdin=follower,
    )
    os.close(follower)
    parts = []
    try:
        while part := os.read(leader, 65536):
            parts.append(part)
    except OSError:
        pass
    finally:
        os.close(leader)
        process.wait(timeout=60)
    return b"".join(parts).decode()


@POSIX
def test_a_terminal_has_colours(project: Path) -> None:
    """On a terminal tables and labels are coloured, and no line is wider than the terminal."""
    (project / "settings.toml").write_text(f"[shop]\nname = '{'long ' * 50}'\n")
    for arguments in (("show",), ("explain", "shop.name"), ("plugins",), ("doctor",)):
        assert ESCAPE in in_terminal(project, *arguments)
    assert ESCAPE in in_terminal(project, "validate", environ={"SHOP_SHOP__SHELVES": "99"})
    plain = in_terminal(project, "show", environ={"NO_COLOR": "1"})
    assert 100 >= max(len(line.split("m")[-1]) for line in plain.splitlines())


@POSIX
@pytest.mark.parametrize("arguments", [("show",), ("explain", "shop.name"), ("plugins",), ("doctor",), ("validate",)])
def test_no_color_is_honoured(project: Path, arguments: tuple[str, ...]) -> None:
    """With NO_COLOR not even a terminal gets colours; an empty one says nothing."""
    found = in_terminal(project, *arguments, environ={"NO_COLOR": "1", "SHOP_SHOP__NMAE": "x"})
    assert "38;5" not in found
    assert not any(f"{ESCAPE}{colour}m" in found for colour in range(30, 38))
    assert ESCAPE in in_terminal(project, *arguments, environ={"NO_COLOR": "", "SHOP_SHOP__NMAE": "x"})


@POSIX
def test_what_commands_a_terminal_is_escaped(project: Path) -> None:
    """A value that holds control characters does not reach the terminal as such."""
    (project / "settings.toml").write_text('[shop]\nname = "\\u001b]0;owned\\u0007\\nnext"\n')
    for arguments in (("show",), ("explain", "shop.name")):
        found = in_terminal(project, *arguments)
        assert "\x1b]0" not in found
        assert "\\x1b]0;owned" in found


@pytest.mark.parametrize("environ", [{}, {"COLUMNS": "20"}, {"TERM": "xterm"}, {"NO_COLOR": "1"}])
def test_a_pipe_has_whole_lines(process: Callable[..., Any], project: Path, environ: dict[str, str]) -> None:
    """In a pipe there are no colours, and no line is cut or wrapped, however long it is."""
    long = "x y " * 5000
    (project / "settings.toml").write_text(f"[shop]\nname = '{long.strip()}'\n")
    found = process("show", environ=environ)
    assert ESCAPE not in found.stdout
    lines = found.stdout.splitlines()
    assert 1 + 8 + 2 == len(lines)
    assert 1 == sum(long.strip() in line for line in lines)
    assert all(line == line.rstrip() for line in lines)
    found = process("explain", "shop.name", environ=environ)
    assert 2 == sum(long.strip() in line for line in found.stdout.splitlines())


def test_columns_are_aligned(process: Callable[..., Any]) -> None:
    """Each column of a table begins at the same place in every line."""
    head, *rows = process("show").stdout.splitlines()
    at = head.index("origin")
    assert 8 + 2 == len(rows)
    assert all(row[at - 1] == " " and row[at].isalpha() for row in rows)


def test_errors_in_a_pipe_have_no_colours(process: Callable[..., Any]) -> None:
    """Problems that go to a file or a pipe are plain text."""
    found = process("validate", environ={"SHOP_SHOP__SHELVES": "99"})
    assert ESCAPE not in found.stderr


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        (True, "true"),
        (3, "3"),
        (0.5, "0.5"),
        ("té xt", "té xt"),
        ((1, "a"), '[1, "a"]'),
        (FrozenDict({"a": None}), '{"a": null}'),
    ],
)
def test_values_as_files_write_them(value: Any, text: str) -> None:
    """Values print as a settings file has them, text without its quotes."""
    assert text == written(value)


def test_problems_errors_first(capsys: pytest.CaptureFixture[str]) -> None:
    """Problems print one a line, errors first, each a sentence with what to write instead."""
    show_problems(
        [
            Problem("deprecated", "shop.old", "it is old", "warning"),
            Problem("type", "shop.new", "it is wrong", suggested=5),
            Problem("unknown", "", "what? Did you mean 'that'?", suggested=None),
        ]
    )
    assert [
        "error: shop.new: it is wrong. Try 5.",
        "error: what? Did you mean 'that'?",
        "warning: shop.old: it is old.",
    ] == capsys.readouterr().out.splitlines()


def test_problems_as_data() -> None:
    """A problem as data has stable keys, and can be written as JSON; what is absent is left out."""
    origin = Origin("environment", "variable", "APP_A__B")
    full = problem_data(Problem("minimum", "a.b", "low", "error", origin, FrozenDict({"bound": 1}), 1))
    assert {
        "code": "minimum",
        "severity": "error",
        "path": "a.b",
        "message": "low",
        "parameters": {"bound": 1},
        "origin": {"layer": "environment", "place": "APP_A__B", "line": None},
        "suggested": 1,
    } == json.loads(json.dumps(full))
    bare = problem_data(Problem("minimum", "a.b", "low", suggested=ABSENT))
    assert (None, False) == (bare["origin"], "suggested" in bare)
