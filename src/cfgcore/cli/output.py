"""What commands print: aligned tables for people, JSON for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from cfgcore.values.absent import ABSENT
from cfgcore.values.frozen import plain
from cfgcore.values.problem import Problem


def show_json(data: Any) -> None:
    """Print `data` as JSON; with escapes where standard output does not take all of Unicode."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    click.echo(json.dumps(plain(data), indent=2, ensure_ascii=not unicode))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print an aligned table. On a terminal it has colours and fits the width; in a pipe no line is cut or wrapped."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    terminal = sys.stdout.isatty()
    no_color = True if os.environ.get("NO_COLOR") else None
    console = Console(width=None if terminal else sys.maxsize, no_color=no_color, highlight=False)
    table = Table(box=box.SIMPLE_HEAD if terminal else None, pad_edge=False, header_style="bold", show_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, style="cyan" if index == 0 else None, no_wrap=index == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text(on_one_line(written(cell))) for cell in row))
    with console.capture() as captured:
        console.print(table)
    text = captured.get()
    click.echo("\n".join(line.rstrip() for line in text.splitlines()) if not terminal else text, nl=not terminal)


def on_one_line(text: str) -> str:
    """Return `text` with escapes for line breaks and for what would command a terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def written(value: Any) -> str:
    """Return a value as a settings file would have it: ``true``, ``"text"`` without quotes, ``none`` for None."""
    if value is None:
        return "none"
    if isinstance(value, str):
        return value
    return json.dumps(plain(value), ensure_ascii=False)


def show_problems(problems: Iterable[Problem], *, err: bool = False) -> None:
    """Print problems, one a line, errors first, each with what to write instead where that is known."""
    for problem in sorted(problems, key=lambda found: found.severity):
        label = click.style(problem.severity, fg="red" if problem.severity == "error" else "yellow", bold=True)
        hint = f" Try {written(problem.suggested)}." if problem.suggested not in (ABSENT, None) else ""
        text = f"{problem}{'' if str(problem).endswith(('.', '?')) else '.'}{hint}"
        click.echo(f"{label}: {on_one_line(text)}", err=err)


def problem_data(problem: Problem) -> dict[str, Any]:
    """Return a problem as plain data."""
    origin = problem.origin
    data = {
        "code": problem.code,
        "severity": problem.severity,
        "path": problem.path,
        "message": problem.message,
        "parameters": dict(problem.parameters),
        "origin": {"layer": origin.layer, "place": origin.place, "line": origin.line} if origin else None,
    }
    return data | ({} if problem.suggested is ABSENT else {"suggested": problem.suggested})
