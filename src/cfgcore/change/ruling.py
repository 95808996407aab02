"""The rules of plugins asked in time: one that hangs has failed, and holds up nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import takewhile
from typing import Any

from cfgcore.change import deadline
from cfgcore.change.deadline import Asked
from cfgcore.check.rules import Failed, Question, answer_to


class Ruling:
    """Asks rules, and waits no longer than `patience` (seconds; :data:`~cfgcore.change.deadline.PATIENCE`).

    While a rule has not answered it is asked nothing more, and has failed.
    """

    def __init__(self, patience: float | None = None) -> None:
        self._given = patience
        self._late: dict[tuple[str, str], Asked[None]] = {}

    def at_once(self, questions: Sequence[Question]) -> list[Any]:
        """Return the answers, asked here: for readers, who ask only what was answered in time when it was stored."""
        return [Failed(late) if (late := self._lateness(question)) else answer_to(question) for question in questions]

    def in_time(self, questions: Sequence[Question]) -> list[Any]:
        """Return the answers, asked in a thread that is waited for."""
        answers: list[Any] = []
        while len(answers) < len(questions):
            answers += self._next(questions[len(answers) :])
        return answers

    def _next(self, questions: Sequence[Question]) -> list[Any]:
        """Return the answers up to the first that is late, at least one."""
        late = self._lateness(questions[0])
        if late is not None:
            return [Failed(late)]
        prompt = list(takewhile(lambda question: self._lateness(question) is None, questions))
        found: list[Any] = []
        asked = Asked(partial(_ask, prompt, found), "rules")
        patience = deadline.PATIENCE if self._given is None else self._given
        if asked.wait(patience):
            return found
        there = found[:]
        if len(there) < len(prompt):
            self._late[_key(prompt[len(there)])] = asked
            there.append(Failed(f"it did not answer within {patience:g} s"))
        return there

    def _lateness(self, question: Question) -> str | None:
        asked = self._late.get(_key(question)) if self._late else None
        if asked is None:
            return None
        late = asked.late
        if late is None:
            self._late.pop(_key(question), None)
        return late


def _ask(questions: Sequence[Question], answers: list[Any]) -> None:
    for question in questions:
        answers.append(answer_to(question))  # noqa: PERF401  # one by one: how many there are tells who is late


def _key(question: Question) -> tuple[str, str]:
    return question.plugin, question.rule.code
