"""Plugins that judge stored changes and do not answer: they refuse, by name, and hold up nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import pytest

import cfgcore.change.deadline as module
from cfgcore import Config, ValidationFailed, hookimpl
from cfgcore.change.deadline import Deadline, Overdue

LONG = 60.0


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What questions wait for; it opens at the end, so that no thread is left."""
    gate = threading.Event()
    yield gate
    gate.set()


class Hangs:
    """A plugin that does not answer while its gate is shut."""

    name = "hangs"

    def __init__(self, gate: threading.Event) -> None:
        self.gate = gate
        self.asked = 0

    @hookimpl
    def cfgcore_before_change(self, changes: Any) -> str | None:
        self.asked += 1
        self.gate.wait(LONG)
        return None


def test_an_answer_comes_back() -> None:
    """What a question returns or raises, its caller gets, with the context variables of the caller."""
    variable: ContextVar[int] = ContextVar("variable", default=1)
    variable.set(2)
    deadline = Deadline(LONG)
    assert 2 == deadline.answer("one", variable.get)
    with pytest.raises(SystemExit, match="7"):
        deadline.answer("one", lambda: exec("raise SystemExit(7)"))


def test_nobody_is_asked_again_before_answering(gate: threading.Event) -> None:
    """One who is late is asked nothing more until that answer is there; others are asked meanwhile."""
    deadline = Deadline(0.01)
    late: list[threading.Thread] = []

    def hang() -> None:
        late.append(threading.current_thread())
        gate.wait(LONG)

    with pytest.raises(Overdue, match=r"it did not answer within 0\.01 s"):
        deadline.answer("one", hang)
    with pytest.raises(Overdue, match=r"it has not answered for \d+ s"):
        deadline.answer("one", hang)
    assert (1, 3) == (len(late), Deadline(LONG).answer("two", lambda: 3))
    gate.set()
    late[0].join(LONG)
    assert 4 == Deadline(LONG).answer("one", lambda: 4)


def test_a_hook_that_hangs_refuses(
    reopen: Callable[..., Config], plugin: object, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change is refused, naming the plugin, and nothing is written; once the plugin answers, changes pass again."""
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    hangs = Hangs(gate)
    config = reopen(plugins=[plugin, hangs])
    for _ in range(3):
        with pytest.raises(ValidationFailed, match=r"plugin 'hangs' refuses: it .* answer.*mended or disabled"):
            config.update({"download.max_retries": 5})
    assert (3, 0, 1) == (config.download.max_retries, len(config.history()), hangs.asked)
    gate.set()
    for thread in threading.enumerate():
        if thread.name == "cfgcore-asks-hangs":
            thread.join(LONG)
    monkeypatch.setattr(module, "PATIENCE", LONG)
    assert 1 == config.update({"download.max_retries": 5}).revision


def test_a_hook_can_change_nothing_that_it_judges(reopen: Callable[..., Config], plugin: object) -> None:
    """What a plugin is handed is frozen through and through: judging a change cannot alter it."""

    class Meddles:
        name = "meddles"

        @hookimpl
        def cfgcore_before_change(self, changes: Any) -> str | None:
            changes[0].new.append("another")
            return None

    config = reopen(plugins=[plugin, Meddles()])
    with pytest.raises(ValidationFailed, match=r"'meddles' refuses: the plugin failed: AttributeError: 'tuple'"):
        config.update({"download.names": ["this"]})
    assert () == config.download.names
