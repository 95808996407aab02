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
def progress(what: str, total: Callable[[], int]) -> Iterator[Told]:
    """Give a function that is told how many of `what` are done, and shows it with the time that is left.

    Where standard error is no terminal, nothing is shown, and `total` is not asked for.
    """
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    count = total()
    with stages() as told:
        told(what, count, 0)
        yield lambda done: told(what, count, done)


@contextmanager
def stages() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function that is told what is done, of how many, and how many are done; it shows each in a line."""
    if not sys.stderr.isatty():
        yield lambda _what, _total, _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True)) as bar:

        def tell(what: str, total: int, done: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done)

        yield tell


def if_interrupted(leaves: str) -> None:
    """Say what an interruption of the command that runs leaves: a sentence."""
    click.get_current_context().meta[LEAVES] = leaves
