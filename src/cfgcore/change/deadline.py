"""Questions to plugins, which are answered in time or count as not answered."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

#: How long (seconds) a plugin may take to judge a change.
PATIENCE = 5.0


class Overdue(Exception):
    """A question was not answered in time. Says for how long."""


class Deadline:
    """Asks each plugin in a thread of its own, and waits no longer than `patience` (seconds; :data:`PATIENCE`).

    A thread that is late cannot be stopped: it goes on as a daemon, and what it answers is dropped. While it does, the
    same plugin is asked nothing more, so that threads do not pile up.
    """

    def __init__(self, patience: float | None = None) -> None:
        self._given = patience
        self._late: dict[str, tuple[threading.Thread, float]] = {}

    def answer(self, name: str, question: Callable[[], T]) -> T:
        """Return what `question`, asked of the plugin `name`, returns, or raise what it raises.

        Raises :class:`Overdue` where it takes too long, or an earlier one still does.
        """
        thread, since = self._late.get(name, (None, 0.0))
        if thread is not None and thread.is_alive():
            raise Overdue(f"it has not answered for {time.monotonic() - since:.0f} s")
        self._late.pop(name, None)
        asked = _Asked(question)
        context = contextvars.copy_context()
        started = time.monotonic()
        thread = threading.Thread(target=context.run, args=(asked.run,), name=f"cfgcore-asks-{name}", daemon=True)
        thread.start()
        patience = PATIENCE if self._given is None else self._given
        if not asked.done.wait(patience):
            self._late[name] = thread, started
            raise Overdue(f"it did not answer within {patience:g} s")
        return asked.outcome()


class _Asked(Generic[T]):
    """A question, and what came of it."""

    def __init__(self, question: Callable[[], T]) -> None:
        self.done = threading.Event()
        self._question = question
        self._answers: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._answers.append(self._question())
        except BaseException as error:
            self._error = error
        finally:
            self.done.set()

    def outcome(self) -> T:
        if self._error is not None:
            raise self._error
        return self._answers[0]
