"""What listeners are told."""

from __future__ import annotations

import dataclasses

import pytest

from cfgcore import Change, Event, Problem

CHANGE = Change("server.port", 1, 2)


def test_true_when_something_changed() -> None:
    """An event is true when a value differs now; warnings and what waits for a restart do not count."""
    assert Event((CHANGE,))
    assert not Event()
    assert not Event(pending=(CHANGE,), warnings=(Problem("deprecated", "a.b", "old", "warning"),))


def test_events_are_frozen() -> None:
    """No listener can change what the next one is told."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Event().effective = ()  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        CHANGE.new = 3  # type: ignore[misc]


def test_a_reload_has_no_commit() -> None:
    """A reload stores nothing."""
    assert None is Event().commit
