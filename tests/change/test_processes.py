"""Who has a store open, and who of them stands in the way of the end of an upgrade."""

from __future__ import annotations

import pytest

from cfgcore import CfgcoreError
from cfgcore.change.processes import Process, processes_of, refuse_older
from cfgcore.store.presence import Presence


class Seen:
    """A store that is asked for nothing but who has it open."""

    def __init__(self, *found: Presence) -> None:
        self.found = list(found)

    def announce(self, presence: Presence) -> None:
        self.found.append(presence)

    def present(self) -> list[Presence]:
        return self.found


def presence(pid: int, since: str = "2026-01-31T12:00:00Z", **versions: int) -> Presence:
    return Presence(f"id-{pid}-{since}", "web-1", pid, since, "serve", versions)


def test_older_are_those_that_know_an_older_version() -> None:
    """Of a section that both know; one that is newer, or lacks the section, is not older."""
    store = Seen(presence(1, shop=2, street=1), presence(2, shop=1), presence(3), presence(4, shop=3, other=1))
    found = processes_of(store, {"shop": 2, "street": 2})  # type: ignore[arg-type]
    assert {1: {"street": 1}, 2: {"shop": 1}, 3: {}, 4: {}} == {one.pid: dict(one.older) for one in found}


def test_one_that_has_it_open_twice_is_told_once() -> None:
    """Since the first time; once more where it knows something else."""
    store = Seen(presence(1, "2026-02-01", shop=1), presence(1, "2026-01-31", shop=1), presence(1, "2026-03", shop=2))
    found = processes_of(store, {"shop": 2})  # type: ignore[arg-type]
    assert [("2026-01-31", {"shop": 1}), ("2026-03", {})] == [(one.since, dict(one.older)) for one in found]


def test_a_store_that_cannot_tell_names_nobody() -> None:
    """Nothing is asked of it."""
    assert () == processes_of(object(), {"shop": 2})  # type: ignore[arg-type]


def test_only_what_rises_stands_in_the_way() -> None:
    """The error names who, where, since when, and in what; of many the first."""
    older = [Process("web-1", pid, "2026-01-31T12:00:00Z", "serve", {"shop": 1, "street": 2}) for pid in range(7)]
    refuse_older(older, {})
    refuse_older(older, {"hall": 2})
    refuse_older([Process("web-1", 1, "2026-01-31T12:00:00Z")], {"shop": 2})
    with pytest.raises(CfgcoreError) as refused:
        refuse_older(older, {"shop": 3})
    text = str(refused.value)
    assert "process 0 on web-1 (serve), since 2026-01-31T12:00:00Z (shop 1 -> 3)" in text
    assert "; and 2 more. End it first, or use force" in text
    assert "street" not in text
