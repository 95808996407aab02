"""What critical listeners make of a change that was committed: it stands, or it is taken back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cfgcore.errors import CfgcoreError, Reverted
from cfgcore.watch import nesting

if TYPE_CHECKING:
    from cfgcore.change.commit import Outcome
    from cfgcore.change.engine import Engine
    from cfgcore.watch.receipt import Failure, Receipt

logger = logging.getLogger("cfgcore.listeners")

#: Who is recorded for taking a change back.
ACTOR = "cfgcore"


class Deciding:
    """Waits for critical listeners and plugins, and takes back what a critical one failed on."""

    __slots__ = ()

    def _decided(self, outcome: Outcome, receipt: Receipt | None) -> Outcome:
        """Return the outcome of a commit that stands. Raises :class:`Reverted` for one that does not.

        A change that a listener made does not wait: what becomes of it is seen to later.
        """
        if receipt is None:
            return outcome
        if nesting.path():
            receipt.then(lambda failures: self._decided_later(outcome, failures))
            return outcome
        failures = _against(outcome, receipt.wait())
        if failures:
            raise self._taken_back(outcome, failures)
        return outcome

    def _decided_later(self, outcome: Outcome, failures: Sequence[Failure]) -> None:
        against = _against(outcome, failures)
        if against:
            # not on this thread: it may be that of a listener which is told of the way back
            threading.Thread(target=self._taken_back, args=(outcome, against), daemon=True).start()

    def _taken_back(self, outcome: Outcome, failures: Sequence[Failure]) -> Reverted:
        why = "; ".join(f"{failure.listener} is critical, and failed: {failure.reason}" for failure in failures)
        names = ", ".join(failure.listener for failure in failures)
        try:
            back = self._way_back(outcome, f"refused by {names}"[:1000])
        except CfgcoreError as error:
            logger.error("revision %d cannot be taken back, and stands: %s", outcome.revision, error)
            message = f"revision {outcome.revision} stands, and should not: {why}; it cannot be taken back: {error}"
            return Reverted(message, revision=outcome.revision, rollback=None)
        message = f"revision {outcome.revision} was taken back by revision {back.revision}: {why}"
        logger.error("%s", message)
        return Reverted(message, revision=outcome.revision, rollback=back.revision)

    def _way_back(self, outcome: Outcome, reason: str) -> Outcome:
        from cfgcore.change.following import TAKEN_BACK
        from cfgcore.change.ledger import Ledger

        engine = self._engine()
        ledger = Ledger(engine)
        records = ledger.commits(outcome.revision, None, None)
        return self._committed(
            engine.retried(lambda: ledger.undo(records, (), ACTOR, reason, force=False, action=TAKEN_BACK))
        )

    def _engine(self) -> Engine:
        raise NotImplementedError

    def _committed(self, outcome: Outcome) -> Outcome:
        raise NotImplementedError


def _against(outcome: Outcome, failures: Sequence[Failure]) -> list[Failure]:
    """Return the failures that decide; a way back is never taken back itself."""
    from cfgcore.change.following import TAKEN_BACK

    is_way_back = outcome.plan is not None and outcome.plan.action == TAKEN_BACK
    return [] if is_way_back else [failure for failure in failures if failure.critical]
