"""Which changes a listener asked for, and two events made one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfgcore import Change, Event
from cfgcore.values.frozen import FrozenDict
from cfgcore.watch.matching import matching, merged

EVENT = Event(
    (
        Change("download.retries", 3, 5),
        Change("download.labels", FrozenDict(a=1, b=1), FrozenDict(a=1, b=2)),
        Change("downloads.count", 0, 1),
    ),
    commit=7,
)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", ["download.retries", "download.labels", "downloads.count"]),
        ("download", ["download.retries", "download.labels"]),
        ("download.retries", ["download.retries"]),
        ("download.labels.b", ["download.labels.b"]),
        ("download.labels.a", []),
        ("download.labels.a.x", []),
        ("down", []),
    ],
)
def test_matching(path: str, found: list[str]) -> None:
    """A section, a setting, or a key within one matches what lies at or below it, and no name that begins alike."""
    event = matching(EVENT, tuple(path.split(".")) if path else ())
    assert found == [change.path for change in event.effective]
    assert 7 == event.commit


def test_within_a_value() -> None:
    """A key of a table, an item of a list: its own old and new value."""
    (change,) = matching(EVENT, ("download", "labels", "b")).effective
    assert (1, 2) == (change.old, change.new)
    listed = Event((Change("shop.names", ("a",), ("a", "b")),))
    assert [(None, "b")] == [(one.old, one.new) for one in matching(listed, ("shop", "names", "1")).effective]


def apply(values: dict[str, Any], event: Event) -> dict[str, Any]:
    for change in event.effective:
        assert values[change.path] == change.old
    return values | {change.path: change.new for change in event.effective}


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 2)), min_size=1, max_size=6))
def test_merged_events_tell_what_each_told(states: list[dict[str, int]]) -> None:
    """However many events are made one, it leads from the first state to the last, and names what differs."""
    before = dict.fromkeys("abc", 0)
    values, whole = before, Event()
    for revision, wanted in enumerate(states, 1):
        found = tuple(Change(key, values[key], new) for key, new in wanted.items() if values[key] != new)
        event = Event(found, commit=revision)
        whole = merged(whole, event)
        values = apply(values, event)
    assert values == apply(before, whole)
    assert all(change.old != change.new for change in whole.effective)
    assert len(states) == whole.commit
