"""How far a long command has come, on a terminal; and what its interruption leaves."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Told = Callable[[int], None]

#: Where a context keeps what is said when the command is interrupted.
LEAVES = "cfgcore.leaves"


@contextmanager
def progress(what: str, total: Callable[[], int | None]) -> Iterator[Told]:
    """Give a function that is told how many of `what` are done, and shows it with the time that is left.

    Where standard error is no terminal, nothing is shown, and `total`, which may be None, is not asked for.
    """
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=total())
        yield lambda done: bar.update(task, completed=done)


def if_interrupted(leaves: str) -> None:
    """Say what an interruption of the command that runs leaves: a sentence."""
    click.get_current_context().meta[LEAVES] = leaves
