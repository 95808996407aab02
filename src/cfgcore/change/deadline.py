"""Questions to plugins, which are answered in time or count as not answered."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Generic, TypeVar

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
        self._late: dict[str, Asked[Any]] = {}

    def answer(self, name: str, question: Callable[[], T]) -> T:
        """Return what `question`, asked of the plugin `name`, returns, or raise what it raises.

        Raises :class:`Overdue` where it takes too long, or an earlier one still does.
        """
        last = self._late.pop(name, None)
        if last is not None and last.late is not None:
            self._late[name] = last
            raise Overdue(last.late)
        asked = Asked(question, name)
        patience = PATIENCE if self._given is None else self._given
        if not asked.wait(patience):
            self._late[name] = asked
            raise Overdue(f"it did not answer within {patience:g} s")
        return asked.outcome()


class Asked(Generic[T]):
    """A question that a daemon thread is asked, with the context variables of its caller, and what came of it."""

    def __init__(self, question: Callable[[], T], name: str) -> None:
        self._done = threading.Event()
        self._question = question
        self._answers: list[T] = []
        self._error: BaseException | None = None
        self._began = time.monotonic()
        run = partial(contextvars.copy_context().run, self._run)
        self._thread = threading.Thread(target=run, name=f"cfgcore-asks-{name}", daemon=True)
        self._thread.start()

    @property
    def late(self) -> str | None:
        """For how long there has been no answer, in words; None where there is one."""
        return f"it has not answered for {time.monotonic() - self._began:.0f} s" if self._thread.is_alive() else None

    def wait(self, seconds: float) -> bool:
        """Wait for the answer; return whether it is there."""
        return self._done.wait(seconds)

    def _run(self) -> None:
        try:
            self._answers.append(self._question())
        except BaseException as error:
            self._error = error
        finally:
            self._done.set()

    def outcome(self) -> T:
        """Return the answer, or raise what the question raised."""
        if self._error is not None:
            raise self._error
        return self._answers[0]
