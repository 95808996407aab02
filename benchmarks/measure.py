"""Medians of interleaved repetitions: every subject suffers the same noise, and none is always the first."""

from __future__ import annotations

import gc
import platform
import statistics
import subprocess
import sys
import timeit
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import perf_counter

Subject = Callable[[], object]


def medians(subjects: Mapping[str, Subject], repetitions: int) -> dict[str, float]:
    """Return the median of the seconds that a call of each subject takes, after one call that is not counted."""
    for subject in subjects.values():
        subject()
    return _interleaved({name: partial(_timed, subject) for name, subject in subjects.items()}, repetitions)


def reads(expressions: Mapping[str, tuple[str, object]], repetitions: int, unrolled: int = 100) -> dict[str, float]:
    """Return the median of the seconds that each expression over the local name ``it`` takes.

    The expression is written out many times, so that the loop around it hardly counts.
    """
    timers = {
        name: timeit.Timer("; ".join([expression] * unrolled), "it = given", globals={"given": subject})
        for name, (expression, subject) in expressions.items()
    }
    loops = {name: max(1, timer.autorange()[0] // 5) for name, timer in timers.items()}
    calls = {name: partial(_per_read, timer, loops[name], unrolled) for name, timer in timers.items()}
    return _interleaved(calls, repetitions)


def _per_read(timer: timeit.Timer, number: int, unrolled: int) -> float:
    return timer.timeit(number) / number / unrolled


def processes(
    commands: Mapping[str, Sequence[str]], repetitions: int, environ: Mapping[str, str], folder: str
) -> dict[str, float]:
    """Return the median of the seconds that a Python process with each arguments takes, from its start to its end.

    The first run, which writes bytecode, is not counted. Raises ``CalledProcessError`` for a process that fails.
    """

    runs = {
        name: partial(
            subprocess.run, [sys.executable, *arguments], env=dict(environ), cwd=folder, check=True, capture_output=True
        )
        for name, arguments in commands.items()
    }
    return medians(runs, repetitions)


def _timed(subject: Subject) -> float:
    gc.collect()
    start = perf_counter()
    subject()
    return perf_counter() - start


def _interleaved(timings: Mapping[str, Callable[[], float]], repetitions: int) -> dict[str, float]:
    found: dict[str, list[float]] = {name: [] for name in timings}
    names = list(timings)
    for _ in range(repetitions):
        for name in names:
            found[name].append(timings[name]())
        names = [*names[1:], names[0]]
    return {name: statistics.median(times) for name, times in found.items()}


def machine() -> str:
    """Return which interpreter and machine is measured."""
    return f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} {platform.machine()}"
