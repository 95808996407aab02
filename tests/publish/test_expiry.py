"""Rules among policies that end by themselves, on a clock that stands still until it is advanced."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import CfgcoreError, Config, Event, hookimpl, section, setting
from cfgcore.publish.expiry import LONGEST, Expiry
from cfgcore.values import moment

START = datetime(2030, 1, 1, tzinfo=timezone.utc)
PATIENCE = 20.0


class Time:
    """The clock of the wall and that of timers, advanced together or apart."""

    def __init__(self) -> None:
        self.wall = START
        self.due: list[list[Any]] = []

    def now(self) -> datetime:
        return self.wall

    def call_later(self, seconds: float, action: Callable[[], None]) -> Any:
        timer = [seconds, action]
        self.due.append(timer)
        return type("Timer", (), {"cancel": lambda _: timer in self.due and self.due.remove(timer)})()

    def advance(self, seconds: float) -> None:
        """Let time pass on both."""
        self.wall += timedelta(seconds=seconds)
        for timer in self.due:
            timer[0] -= seconds
        for timer in [timer for timer in self.due if timer[0] <= 0]:
            self.due.remove(timer)
            timer[1]()


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """The time of every configuration that is opened from now on."""
    time = Time()
    monkeypatch.setattr(moment, "now", time.now)
    monkeypatch.setattr("cfgcore.publish.expiry.SystemClock", lambda: time)
    return time


@section("work")
class Work:
    size: int = setting(5, minimum=0, maximum=10)


@section("work", scope="policy")
class WorkPolicies:
    careful: bool = setting(False)


class Plugin:
    name = "work"

    @hookimpl
    def cfgcore_sections(self) -> list[type[Any]]:
        return [Work, WorkPolicies]


@pytest.fixture
def config(tmp_path: Path, time: Time) -> Iterator[Config]:
    with ExitStack() as stack:
        yield stack.enter_context(
            cfgcore.open(
                folder=tmp_path,
                settings_files=[],
                plugins=[Plugin()],
                plugin_group=None,
                environ={},
                store="sqlite:///store.db",
            )
        )


def rules(*seconds: float) -> dict[str, Any]:
    """Rules that end so many seconds after the start, each with another maximum."""
    ends = [(START + timedelta(seconds=end)).isoformat() for end in seconds]
    found = [{"path": "work.size", "maximum": n, "until": end} for n, end in enumerate(ends, start=1)]
    return {"policies.rules": found}


class Told:
    """A callback that can be waited for."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._changed = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait(self, count: int) -> Event:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.events) >= count, PATIENCE)
            return self.events[count - 1]


def test_a_rule_ends_at_its_moment(config: Config, time: Time) -> None:
    """Without a reload or a change: views of everyone and of users, and listeners, see what holds from then on."""
    config.update({"work.size": 9}, user="alice")
    config.update(rules(60, 120), actor="root")
    assert (1, 1) == (config.work.size, config.for_user("alice").work.size)
    told, hers = Told(), Told()
    config.subscribe("work.size", told)
    config.subscribe("work.size", hers, user="alice")
    assert 1 == len(time.due), "one timer, for the next moment"
    time.advance(59)
    assert [] == told.events
    time.advance(1)
    assert [("work.size", 1, 2)] == [(one.path, one.old, one.new) for one in told.wait(1).effective]
    assert 2 == config.for_user("alice").work.size
    time.advance(60)
    assert [(1, 2), (2, 5)] == [(one.old, one.new) for n in (1, 2) for one in told.wait(n).effective]
    assert [(1, 2), (2, 9)] == [(one.old, one.new) for n in (1, 2) for one in hers.wait(n).effective]
    assert (5, 9, []) == (config.work.size, config.for_user("alice").work.size, time.due)
    assert hers.wait(1).commit is None, "nothing was stored"


def test_one_that_is_taken_away_is_waited_for_no_more(config: Config, time: Time) -> None:
    """The timer is for what holds: it goes with the rule, and with the configuration."""
    config.update(rules(60), actor="root")
    config.unset("policies.rules", actor="root")
    assert [] == time.due
    config.update(rules(60), actor="root")
    config.close()
    assert [] == time.due


def test_the_clock_of_the_wall_decides(config: Config, time: Time) -> None:
    """It is read again at least once an hour, because somebody may set it; back, and the rule holds on."""
    config.update(rules(5 * LONGEST), actor="root")
    told = Told()
    config.subscribe("work.size", told)
    assert [LONGEST] == [seconds for seconds, _ in time.due]
    time.wall -= timedelta(seconds=LONGEST)
    time.advance(5 * LONGEST)
    assert (1, [LONGEST]) == (config.work.size, [seconds for seconds, _ in time.due])
    time.advance(LONGEST)
    told.wait(1)
    assert 5 == config.work.size


def test_what_cannot_be_published_is_logged(
    config: Config, time: Time, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The last good view stays, and nobody tries again and again."""
    config.update(rules(60), actor="root")
    tried = threading.Event()

    def fail(*_: object) -> Any:
        tried.set()
        raise CfgcoreError("a broken file")

    monkeypatch.setattr("cfgcore.publish.publisher.Publisher.judge_again", fail)
    before = set(threading.enumerate())
    time.advance(60)
    assert tried.wait(PATIENCE)
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
    assert (1, []) == (config.work.size, time.due)
    assert "cannot be published: a broken file" in caplog.text


def test_what_nobody_holds_any_more_is_not_kept(time: Time) -> None:
    """A timer does not keep a configuration alive that was never closed."""

    class Thing:
        def act(self) -> None:
            """Nothing."""

    thing = Thing()
    gone, expiry = weakref.ref(thing), Expiry(thing.act)
    expiry.watch(START + timedelta(seconds=1))
    del thing
    gc.collect()
    assert gone() is None
    time.advance(1)
    assert [] == time.due


def test_a_forked_child_waits_anew(time: Time) -> None:
    """The child has none of its parent's threads: it has a timer of its own."""

    class Thing:
        def act(self) -> None:
            """Nothing."""

    thing = Thing()
    expiry = Expiry(thing.act)
    expiry.watch(START + timedelta(seconds=5))
    expiry.leave_parent()
    assert [5.0, 5.0] == [seconds for seconds, _ in time.due]
