"""The clock of the system."""

from __future__ import annotations

import gc
import threading
import weakref

from cfgcore.watch.clock import SystemClock

PATIENCE = 60


def test_what_is_due_is_done_in_order() -> None:
    """Calls happen in the order in which they are due, not in the one in which they were asked for."""
    clock, entered, go, done, order = SystemClock(), *(threading.Event() for _ in range(3)), list[str]()
    clock.call_later(0.0, lambda: (entered.set(), go.wait(PATIENCE)))
    assert entered.wait(PATIENCE)
    clock.call_later(0.0, lambda: (order.append("second"), done.set()))
    clock.call_later(-3600.0, lambda: order.append("first"))
    go.set()
    assert done.wait(PATIENCE)
    assert ["first", "second"] == order


def test_what_was_cancelled_does_not_happen() -> None:
    """A cancelled call is left out, and holds what it would have called no longer."""

    class Thing:
        def act(self) -> None:
            raise AssertionError("it was cancelled")

    clock, done, thing = SystemClock(), threading.Event(), Thing()
    timer = clock.call_later(3600.0, thing.act)
    timer.cancel()
    clock.call_later(0.0, done.set)
    assert done.wait(PATIENCE)
    known = weakref.ref(thing)
    del thing
    gc.collect()
    assert known() is None
    timer.cancel()


def test_time_does_not_run_backwards() -> None:
    """Now is never before what was now a moment ago."""
    clock = SystemClock()
    assert clock.now() <= clock.now()


def test_the_clock_goes_on_after_a_pause() -> None:
    """Its thread ends when nothing is due, and another begins when something is."""
    clock = SystemClock()
    for _ in range(3):
        done = threading.Event()
        clock.call_later(0.0, done.set)
        assert done.wait(PATIENCE)
