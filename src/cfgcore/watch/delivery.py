"""One event on its way to one listener."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cfgcore.watch.matching import merged

if TYPE_CHECKING:
    from cfgcore.change.event import Event
    from cfgcore.watch.receipt import Failure, Share


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event, the listeners within whose calls it came about, and those who wait for what becomes of it."""

    event: Event
    path: tuple[str, ...] = ()
    receipts: Sequence[Share] = ()

    def done(self, failure: Failure | None = None) -> None:
        """Say that the listener has done with the event."""
        for receipt in self.receipts:
            receipt.done(failure)


def folded(first: Delivery, second: Delivery) -> Delivery:
    """Return one delivery in the place of two that follow one another."""
    path = max(first.path, second.path, key=len)
    return Delivery(merged(first.event, second.event), path, (*first.receipts, *second.receipts))
