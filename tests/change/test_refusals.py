"""Refused attempts in the audit: every one is counted, and a flood of them does not flood it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cfgcore import Config, Conflict, StoreError, ValidationFailed
from cfgcore.change.refusals import KINDS, SINGLES, WINDOW, Refusals
from cfgcore.errors import CfgcoreError
from cfgcore.store.protocol import Store
from cfgcore.store.record import Draft, Record, broken
from cfgcore.store.sqlite import SqliteStore


class Times:
    """A clock that a test moves, and what is to be called when it has moved."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waiting: list[tuple[float, Callable[[], None]]] = []

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self.waiting.append((self.now + seconds, call))

    def move(self, seconds: float) -> None:
        self.now += seconds
        due, self.waiting = [w for w in self.waiting if w[0] <= self.now], [w for w in self.waiting if w[0] > self.now]
        for _, call in due:
            call()


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        yield store


@pytest.fixture
def refusals(store: Store, times: Times) -> Refusals:
    return Refusals(store, lambda: times.now, times.later)


def draft(actor: str = "eve", document: str = "system") -> Draft:
    return Draft("refused", actor, "type", "2026-01-31T12:00:00Z", {document: ()}, {})


def counts(store: Store) -> list[int]:
    return [record.count for record in store.log()]


def test_a_few_have_a_record_each(store: Store, refusals: Refusals, times: Times) -> None:
    """Up to the limit of a window every refusal has its own record; the next window begins anew."""
    for _ in range(3):
        for _ in range(SINGLES):
            refusals.add(draft(), "kind")
        times.move(WINDOW)
    assert [1] * 3 * SINGLES == counts(store)
    assert "type; more are counted" == list(store.log())[SINGLES - 1].reason


def test_a_flood_is_told_by_number(store: Store, refusals: Refusals, times: Times) -> None:
    """What comes in a window beyond the limit is one record when the window ends, with the exact number."""
    for _ in range(SINGLES + 500):
        refusals.add(draft(), "kind")
    assert [1] * SINGLES == counts(store)
    times.move(WINDOW)
    assert [*[1] * SINGLES, 500] == counts(store)
    last = list(store.log())[-1]
    assert ("refused", "eve", None, ["system"]) == (last.action, last.actor, last.revision, list(last.edits()))
    assert broken(store.log(), store.head()) is None


def test_actors_and_kinds_are_counted_apart(store: Store, refusals: Refusals, times: Times) -> None:
    """One actor's flood hides nobody else's refusal, and no other kind of that actor's."""
    for _ in range(SINGLES + 2):
        refusals.add(draft(), "kind")
    refusals.add(draft("alice"), "kind")
    refusals.add(draft(), "another kind")
    assert [1] * (SINGLES + 2) == counts(store)
    refusals.flush()
    assert 2 == counts(store)[-1]
    times.move(WINDOW)
    assert SINGLES + 3 == len(counts(store))


def test_a_flood_over_documents_names_none(store: Store, refusals: Refusals) -> None:
    """Where the counted refusals were about several documents, their record is about none."""
    for number in range(SINGLES + 2):
        refusals.add(draft(document=f"user/{number}"), "kind")
    refusals.flush()
    assert [""] == list(list(store.log())[-1].edits())


def test_many_actors_are_bounded(store: Store, refusals: Refusals) -> None:
    """However many there are, so many are counted at once, and the numbers stay exact."""
    for _ in range(SINGLES + 1):
        refusals.add(draft(), "kind")
    for number in range(KINDS):
        refusals.add(draft(f"actor {number}"), "kind")
    refusals.flush()
    assert SINGLES + 1 + KINDS == sum(counts(store))


def test_one_timer_waits_for_all(store: Store, refusals: Refusals, times: Times) -> None:
    """However many actors are counted, one call waits; each window is told when it ends."""
    for number in range(5):
        for _ in range(SINGLES + 2):
            refusals.add(draft(f"actor {number}"), "kind")
        times.move(1)
    assert 1 == len(times.waiting)
    times.move(WINDOW - 5)
    assert [2] == [count for count in counts(store) if count > 1]
    assert 1 == len(times.waiting)
    for told in range(2, 6):
        times.move(1)
        assert [2] * told == [count for count in counts(store) if count > 1]
    assert not times.waiting


class Away(SqliteStore):
    """A store that can be away."""

    away = False

    def append_audit(self, draft: Draft) -> Record:
        if self.away:
            raise StoreError("away")
        return super().append_audit(draft)


def test_what_the_store_cannot_take_is_counted(tmp_path: Path, times: Times, caplog: pytest.LogCaptureFixture) -> None:
    """Refusals while the store is away are recorded when it is back; at the end the log says what could not be."""
    with closing(Away(tmp_path / "store.db")) as store:
        refusals = Refusals(store, lambda: times.now, times.later)
        store.away = True
        for _ in range(SINGLES + 5):
            refusals.add(draft(), "kind")
        times.move(WINDOW)
        store.away = False
        refusals.flush()
        assert [SINGLES + 5] == counts(store)
        store.away = True
        refusals.add(draft(), "kind")
        with caplog.at_level(logging.ERROR):
            refusals.close()
        assert "1 refused attempts could not be recorded" in caplog.text


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
def test_a_forked_child_tells_nothing_of_its_parent(store: Store, refusals: Refusals) -> None:
    """What a parent counts is told by the parent alone."""
    for _ in range(SINGLES + 3):
        refusals.add(draft(), "kind")
    child = os.fork()
    if child == 0:
        refusals.close()
        os._exit(0)
    assert 0 == os.waitpid(child, 0)[1]
    refusals.close()
    assert SINGLES + 3 == sum(counts(store))


def refused(config: Config) -> int:
    return sum(record.count for record in config.audit if record.action == "refused")


def test_every_refused_attempt_is_counted(config: Config, reopen: Callable[..., Config]) -> None:
    """Whatever was refused, and however often, the audit has the number: at once, and after closing."""
    for _ in range(SINGLES + 20):
        with pytest.raises(ValidationFailed):
            config.update({"download.max_retries": 50}, actor="eve")
    assert SINGLES + 20 == refused(config)
    plan = config.plan({"download.max_retries": 4}, actor="root")
    config.apply(plan)
    with pytest.raises(Conflict):
        config.apply(plan)
    with pytest.raises(CfgcoreError):
        config.update({"download.nothing": 4}, actor="eve")
    assert SINGLES + 22 == refused(config)
    for _ in range(SINGLES + 20):
        with pytest.raises(ValidationFailed):
            config.update({"download.max_retries": 50}, actor="mallory")
    config.close()
    again = reopen()
    assert 2 * SINGLES + 42 == refused(again)
    assert again.audit.verify()
    assert len(list(again.audit)) < 2 * SINGLES + 10


def test_a_way_back_that_is_refused_names_who_asked(config: Config) -> None:
    """The record of a refused rollback names the actor and the reason."""
    config.update({"download.base": 50.0, "download.top": 60.0}, actor="root")
    config.update({"download.base": 1.0, "download.top": 2.0}, actor="root")
    with pytest.raises(ValidationFailed):
        config.rollback(1, paths=["download.base"], actor="eve", reason="nostalgia")
    newest = next(iter(config.audit))
    assert ("refused", "eve") == (newest.action, newest.actor)
    assert str(newest.reason).startswith("nostalgia (")


PROGRAM = """
import sys, cfgcore
from cfgcore import ValidationFailed, hookimpl, section, setting

@section("download")
class DownloadConfig:
    "How things are fetched."
    max_retries: int = setting(3, maximum=10)

class Plugin:
    @hookimpl
    def cfgcore_sections(self):
        return [DownloadConfig]

config = cfgcore.open(plugins=[Plugin()], plugin_group=None, settings_files=[], environ={}, store=sys.argv[1])
for _ in range(100):
    try:
        config.update({"download.max_retries": 50}, actor="eve")
    except ValidationFailed:
        pass
"""


def test_a_process_that_ends_tells_what_it_counted(tmp_path: Path) -> None:
    """A program that never closes its configuration leaves the exact number all the same."""
    file = tmp_path / "store.db"
    subprocess.run([sys.executable, "-c", PROGRAM, f"sqlite:///{file}"], check=True, cwd=tmp_path)
    with closing(SqliteStore(file)) as store:
        assert (100, SINGLES + 1) == (sum(counts(store)), len(counts(store)))
        assert "count" in json.dumps([dict(p.payload or {}) for r in store.log(SINGLES) for p in r.parts])
