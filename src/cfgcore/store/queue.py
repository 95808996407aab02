"""Threads that commit at once: one of them writes for all that wait, in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from cfgcore.errors import CfgcoreError, StoreError
from cfgcore.store.fork import after_fork
from cfgcore.store.protocol import Request
from cfgcore.store.record import Record

Settle = Callable[[Sequence[Request]], Sequence[Record | Exception]]


class CommitQueue:
    """Commits that share a transaction, and so its write to the disk, when they wait together.

    `settle` commits requests and returns the outcome of each; an error that it raises is the outcome of all.
    """

    def __init__(self, settle: Settle) -> None:
        self._settle = settle
        self.leave_parent()
        after_fork(self)

    def leave_parent(self) -> None:
        """Forget, in a forked child, the threads of its parent."""
        self._settled = threading.Condition()
        self._led = False
        self._waiting: list[Request] = []

    def submit_all(self, requests: Sequence[Request]) -> None:
        """Settle these requests in their order, in one transaction; raise what the first that fails fails by."""
        for outcome in self._settle(requests) if requests else ():
            if not isinstance(outcome, Record):
                raise outcome

    def submit(self, request: Request) -> Record:
        """Wait until the request is settled; return its record, or raise why there is none."""
        with self._settled:
            self._waiting.append(request)
            self._settled.wait_for(lambda: request.outcome is not None or not self._led)
            leads = request.outcome is None
            if leads:
                self._led = True
                requests, self._waiting = self._waiting, []
        if leads:
            self._lead(requests)
        if isinstance(request.outcome, Record):
            return request.outcome
        assert request.outcome is not None, "the thread that leads settles every request it takes"
        raise request.outcome

    def _lead(self, requests: Sequence[Request]) -> None:
        outcomes: Sequence[Record | Exception] = [StoreError("the commit was interrupted")] * len(requests)
        try:
            outcomes = self._settle(requests)
        except CfgcoreError as error:
            outcomes = [_same(error) for _ in requests]
        finally:
            with self._settled:
                for request, outcome in zip(requests, outcomes, strict=True):
                    request.outcome = outcome
                self._led = False
                self._settled.notify_all()


def _same(error: CfgcoreError) -> CfgcoreError:
    copy = type(error)(str(error))
    copy.__cause__ = error.__cause__
    return copy
