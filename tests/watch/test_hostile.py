"""A listener that misbehaves harms nobody else."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import pytest

from cfgcore import Config, Event, hookimpl
from cfgcore.watch.health import CUT_OFF_AFTER, WARN_AFTER, WINDOW
from cfgcore.watch.listener import QUEUE_LIMIT

PATIENCE = 60


class Hostile:
    """Listeners that do what they should not, by name."""

    def __init__(self) -> None:
        self.config: Config | None = None
        self.subscriptions: list[Any] = []
        self.leave = threading.Event()
        self.entered = threading.Semaphore(0)

    def raises(self, event: Event) -> None:
        raise ValueError("hostile")

    def exits(self, event: Event) -> None:
        raise SystemExit(1)

    def interrupts(self, event: Event) -> None:
        raise KeyboardInterrupt

    def recurses(self, event: Event) -> None:
        self.recurses(event)

    def cannot_print(self, event: Event) -> None:
        class Unprintable(Exception):
            def __str__(self) -> str:
                raise RuntimeError

        raise Unprintable

    def mutates(self, event: Event) -> None:
        event.effective[0].new = 99  # type: ignore[misc]

    def removes_others(self, event: Event) -> None:
        for subscription in self.subscriptions:
            subscription.close()
        raise ValueError("hostile")

    def writes(self, event: Event) -> None:
        assert self.config is not None
        self.config.update({"download.retries": event.effective[0].new + 1})

    def floods(self, event: Event) -> None:
        assert self.config is not None
        for value in range(20):
            self.config.update({"other.count": value + 100 * event.effective[0].new})

    async def raises_later(self, event: Event) -> None:
        raise ValueError("hostile")

    async def exits_later(self, event: Event) -> None:
        raise SystemExit(1)

    def hangs(self, event: Event) -> None:
        self.entered.release()
        self.leave.wait(PATIENCE)


FAILING = ["raises", "exits", "interrupts", "recurses", "cannot_print", "mutates", "raises_later", "exits_later"]


@pytest.fixture
def hostile() -> Any:
    """The hostile listeners; those that hang are let go at the end."""
    made = Hostile()
    yield made
    made.leave.set()


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("name", [*FAILING, "writes", "floods"])
def test_others_are_told_everything(name: str, position: int, config: Config, hostile: Hostile, recorder: Any) -> None:
    """Wherever it stands, the commits succeed, and every other listener sees each change of each commit, in order."""
    hostile.config = config
    others = [type(recorder)(), type(recorder)()]
    for index in range(3):
        callback = getattr(hostile, name) if index == position else others[index - (index > position)]
        config.subscribe("download.retries", callback)
    values = [10, 20, 30, 40]
    for value in values:
        assert config.update({"download.retries": value})
    assert config.listeners.settled(PATIENCE)
    for other in others:
        olds = [event.effective[0].old for event in other.events]
        news = [event.effective[0].new for event in other.events]
        assert [3, *news][:-1] == olds
        assert values == [new for new in news if new in values]


@pytest.mark.parametrize("name", FAILING)
def test_three_failures_in_five_minutes_disable(
    name: str, config: Config, hostile: Hostile, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever fails three times is told nothing any more; status and log say so, with the reason."""
    subscription = config.subscribe("download.retries", getattr(hostile, name))
    for value in (10, 20, 30, 40):
        config.update({"download.retries": value})
        assert config.listeners.settled(PATIENCE)
    status = subscription.status
    assert ("disabled", 3, 3) == (status.state, status.told, status.failures)
    assert status.last_error
    assert "is disabled: it failed 3 times within 5 minutes" in caplog.text


def test_failures_that_lie_apart_do_not_disable(config: Config, hostile: Hostile, clock: Any) -> None:
    """Three failures within more than five minutes are forgiven."""
    subscription = config.subscribe("download.retries", hostile.raises)
    for value in range(10, 20):
        config.update({"download.retries": value})
        assert config.listeners.settled(PATIENCE)
        clock.advance(WINDOW / 2 + 1)
    assert ("waiting", 10) == (subscription.status.state, subscription.status.failures)


def test_one_that_hangs_is_cut_off(
    config: Config, hostile: Hostile, clock: Any, recorder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """After a second it is warned about, after five it is left behind and told what follows; others do not wait."""
    subscription = config.subscribe("download.retries", hostile.hangs)
    config.subscribe("download.retries", recorder)
    for value in range(10, 15):
        config.update({"download.retries": value})
    recorder.wait(5)
    for failures in range(3):
        assert hostile.entered.acquire(timeout=PATIENCE)
        assert failures == subscription.status.failures
        clock.advance(WARN_AFTER)
        assert "has not returned for 1 s" in caplog.text
        assert "busy" == subscription.status.state
        clock.advance(CUT_OFF_AFTER - WARN_AFTER)
    assert ("disabled", 3, 0) == (
        subscription.status.state,
        subscription.status.failures,
        subscription.status.pending,
    )
    assert "2 events that waited are not told" in caplog.text
    assert config.listeners.settled(PATIENCE)


def test_one_that_comes_back_late_counts_no_more(config: Config, hostile: Hostile, clock: Any) -> None:
    """What was cut off and returns after all neither fails twice nor disturbs the order."""
    seen = []

    def callback(event: Event) -> None:
        if event.effective[0].new == 10:
            hostile.hangs(event)
        else:
            seen.append(event.effective[0].new)

    subscription = config.subscribe("download.retries", callback)
    config.update({"download.retries": 10})
    assert hostile.entered.acquire(timeout=PATIENCE)
    clock.advance(CUT_OFF_AFTER)
    config.update({"download.retries": 11})
    hostile.leave.set()
    config.update({"download.retries": 12})
    assert config.listeners.settled(PATIENCE)
    assert [11, 12] == seen
    assert 1 == subscription.status.failures


def test_a_coroutine_that_hangs_is_cancelled(config: Config, clock: Any) -> None:
    """On an event loop, what is cut off is cancelled."""
    import asyncio

    entered, cancelled = threading.Event(), threading.Event()

    async def callback(event: Event) -> None:
        entered.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    subscription = config.subscribe("download.retries", callback)
    config.update({"download.retries": 10})
    assert entered.wait(PATIENCE)
    clock.advance(CUT_OFF_AFTER)
    assert cancelled.wait(PATIENCE)
    assert 1 == subscription.status.failures


def test_an_overflowing_queue_is_folded(config: Config, hostile: Hostile, caplog: pytest.LogCaptureFixture) -> None:
    """What a slow listener cannot hear one by one is told together, and said: no change is lost."""
    seen: list[Event] = []

    def callback(event: Event) -> None:
        seen.append(event)
        if len(seen) == 1:
            hostile.hangs(event)

    subscription = config.subscribe("download.retries", callback)
    config.update({"download.retries": 0})
    assert hostile.entered.acquire(timeout=PATIENCE)
    for value in range(1, QUEUE_LIMIT + 50):
        config.update({"download.retries": value})
    assert (QUEUE_LIMIT, 49) == (subscription.status.pending, subscription.status.folded)
    assert "is slow: 100 events wait" in caplog.text
    hostile.leave.set()
    assert config.listeners.settled(PATIENCE)
    assert QUEUE_LIMIT + 1 == len(seen)
    values = [3, *(event.effective[0].new for event in seen)]
    assert values[:-1] == [event.effective[0].old for event in seen]
    assert QUEUE_LIMIT + 49 == values[-1]


def test_changes_nest_eight_deep(config: Config, hostile: Hostile) -> None:
    """A listener that answers each change with a change is stopped at the eighth, and fails; nobody waits."""
    hostile.config = config
    subscription = config.subscribe("download.retries", hostile.writes)
    config.update({"download.retries": 10})
    while config.listeners.settled(PATIENCE) and not subscription.status.failures:
        continue
    assert 18 == config.download.retries
    assert "nest at most 8 deep" in str(subscription.status.last_error)


def test_others_can_be_removed_while_they_are_told(config: Config, hostile: Hostile, recorder: Any) -> None:
    """One that closes others' subscriptions, and its own, ends them, and nothing else."""
    hostile.subscriptions = [
        config.subscribe("download.retries", hostile.removes_others),
        config.subscribe("download.retries", lambda event: None),
    ]
    config.subscribe("download.retries", recorder)
    for value in (10, 20):
        config.update({"download.retries": value})
        assert config.listeners.settled(PATIENCE)
    assert 2 == len(recorder.events)
    assert ["closed", "closed"] == [subscription.status.state for subscription in hostile.subscriptions]


class Plugin:
    """A plugin that is told of changes, and does with them what it is given."""

    def __init__(self, name: str, act: Callable[[Event], Any]) -> None:
        self.name, self.act = name, act

    @hookimpl
    def cfgcore_changed(self, event: Event) -> None:
        self.act(event)


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("name", [name for name in FAILING if not name.endswith("later")])
def test_plugins_go_through_the_same(
    name: str, position: int, clock: Any, reopen: Callable[..., Config], hostile: Hostile, recorder: Any
) -> None:
    """A plugin that fails in its hook harms nobody; the others have been told when update returns."""
    others = [type(recorder)(), type(recorder)()]
    acts = [*others[:position], getattr(hostile, name), *others[position:]]
    config = reopen(*(Plugin(f"p{index}", act) for index, act in enumerate(acts)))
    for value in (10, 20, 30, 40):
        config.update({"download.retries": value})
        assert [value, value] == [other.events[-1].effective[0].new for other in others]
    status = next(one for one in config.listeners if one.name == f"plugin 'p{position}'")
    assert ("disabled", 3) == (status.state, status.failures)


def test_update_waits_for_plugins_only_so_long(
    clock: Any, reopen: Callable[..., Config], hostile: Hostile, recorder: Any
) -> None:
    """A plugin that hangs holds an update up until it is cut off."""
    config = reopen(Plugin("hanging", hostile.hangs))
    config.subscribe("download.retries", recorder)
    done = threading.Event()
    thread = threading.Thread(target=lambda: (config.update({"download.retries": 10}), done.set()))
    thread.start()
    recorder.wait(1)
    assert hostile.entered.acquire(timeout=PATIENCE)
    assert not done.is_set()
    clock.advance(CUT_OFF_AFTER)
    assert done.wait(PATIENCE)
    thread.join()


def test_events_cannot_be_changed() -> None:
    """An event and its changes are frozen: no listener sees what another made of them."""
    event = Event()
    for name in ("effective", "commit", "user"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(event, name, None)
