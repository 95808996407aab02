"""Being told of effective changes, through a configuration."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cfgcore import CfgcoreError, Config, Event, InvalidUser, UnknownPath

PATIENCE = 60


def told(config: Config, recorder: Any) -> list[list[str]]:
    """The paths of all events, once everything that happened has been told."""
    assert config.listeners.settled(PATIENCE)
    found: list[list[str]] = recorder.paths
    return found


def test_effective_changes_are_told(config: Config, recorder: Any) -> None:
    """Selecting a profile stores one path and changes two: both are told, with the commit behind them."""
    config.subscribe("download", recorder)
    outcome = config.update({"download.mode": "eager"})
    assert 1 == len(outcome.changes)
    assert [["download.mode", "download.resume"]] == told(config, recorder)
    assert outcome.revision == recorder.events[0].commit
    assert ("normal", "eager") == (recorder.events[0].effective[0].old, recorder.events[0].effective[0].new)


@pytest.mark.parametrize(
    ("path", "paths"),
    [
        ("", [["download.retries", "other.count"], ["download.labels"]]),
        ("*", [["download.retries", "other.count"], ["download.labels"]]),
        ("download", [["download.retries"], ["download.labels"]]),
        ("download_config", [["download.retries"], ["download.labels"]]),
        ("download.retries", [["download.retries"]]),
        ("download.labels.a", [["download.labels.a"]]),
        ("download.resume", []),
    ],
)
def test_paths(path: str, paths: list[list[str]], config: Config, recorder: Any) -> None:
    """A section, an alias, a setting, a key, or everything."""
    config.subscribe(path, recorder)
    config.update({"download.retries": 5, "other.count": 1})
    config.update({"download.labels": {"a": 1}})
    assert paths == told(config, recorder)


def test_what_cannot_be_subscribed(config: Config) -> None:
    """An unknown path, no user id, and what cannot be called are refused at once."""
    with pytest.raises(UnknownPath, match="Did you mean 'retries'"):
        config.subscribe("download.retris", print)
    with pytest.raises(InvalidUser):
        config.subscribe("download", print, user="")
    with pytest.raises(CfgcoreError, match="cannot be called"):
        config.subscribe("download", 5)  # type: ignore[arg-type]
    with pytest.raises(CfgcoreError, match="no subscription"):
        config.unsubscribe(print)  # type: ignore[arg-type]
    assert 0 == len(config.listeners)


def test_a_users_view_is_compared(config: Config, recorder: Any) -> None:
    """Whoever listens to a user is told of that user's changes, and of everyone's that this user sees; of no others."""
    config.subscribe("download", recorder, user="alice")
    config.update({"download.retries": 5}, user="alice")
    config.update({"download.retries": 6}, user="bob")
    config.update({"download.retries": 7, "download.resume": True})
    config.unset("download.retries", user="alice")
    assert [["download.retries"], ["download.resume"], ["download.retries"]] == told(config, recorder)
    assert [(3, 5), (5, 7)] == [(event.effective[0].old, event.effective[0].new) for event in recorder.events[::2]]
    assert {"alice"} == {event.user for event in recorder.events}
    assert config.for_user("alice").download.resume


def test_everyone_is_told_nothing_of_users(config: Config, recorder: Any) -> None:
    """What one user sets changes nobody else's view."""
    config.subscribe("", recorder)
    config.update({"download.retries": 5}, user="alice")
    assert [] == told(config, recorder)


def test_on_a_desktop_the_root_is_the_user(clock: Any, reopen: Callable[..., Config], recorder: Any) -> None:
    """Opened for one user, who names nobody listens to that user; None is everyone."""
    config = reopen(user="local")
    config.subscribe("download", recorder)
    everyone = type(recorder)()
    config.subscribe("download", everyone, user=None)
    config.update({"download.retries": 5})
    config.update({"download.retries": 6}, user=None)
    assert [["download.retries"]] == told(config, recorder)
    assert [["download.retries"]] == everyone.paths
    assert (["local"], [None]) == ([e.user for e in recorder.events], [e.user for e in everyone.events])


def test_a_reload_is_told_without_a_commit(clock: Any, reopen: Callable[..., Config], recorder: Any) -> None:
    """Files and variables that changed are told as effective changes behind which no commit stands."""
    environ: dict[str, str] = {}
    config = reopen(environ=environ)
    config.subscribe("download", recorder)
    config.subscribe("download", recorder, user="alice")
    environ["APP_DOWNLOAD__RETRIES"] = "9"
    config.reload()
    assert [["download.retries"]] * 2 == told(config, recorder)
    assert [None, None] == [event.commit for event in recorder.events]


def test_what_another_process_did_is_told(clock: Any, reopen: Callable[..., Config], recorder: Any) -> None:
    """Commits of others that lie before one's own are told first, each with its own revision."""
    config, other = reopen(), reopen()
    config.subscribe("", recorder)
    config.subscribe("", recorder, user="alice")
    first = other.update({"download.retries": 5}).revision
    second = other.update({"download.retries": 6, "other.count": 1}).revision
    third = config.update({"other.count": 2}).revision
    told(config, recorder)
    for user in (None, "alice"):
        mine = [event for event in recorder.events if event.user == user]
        assert [first, second, third] == [event.commit for event in mine]
        assert [(3, 5), (5, 6)] == [(event.effective[0].old, event.effective[0].new) for event in mine[:2]]


def test_closing_ends_it(config: Config, recorder: Any) -> None:
    """A closed subscription is told nothing; closing, leaving its block and unsubscribing are the same."""
    with config.subscribe("download", recorder):
        config.update({"download.retries": 5})
        assert config.listeners.settled(PATIENCE)
    config.update({"download.retries": 6})
    subscription = config.subscribe("download", recorder)
    assert "waiting" in repr(subscription)
    config.unsubscribe(subscription)
    subscription.close()
    config.update({"download.retries": 7})
    assert [["download.retries"]] == told(config, recorder)
    assert 0 == len(config.listeners)
    assert "closed" == subscription.status.state


def test_one_callback_subscribed_twice(config: Config, recorder: Any) -> None:
    """Each subscription is told, and ends for itself."""
    one, two = config.subscribe("download", recorder), config.subscribe("download.retries", recorder)
    config.update({"download.retries": 5})
    one.close()
    config.update({"download.retries": 6})
    assert 3 == len(told(config, recorder))
    two.close()


def test_events_come_in_order(config: Config, recorder: Any) -> None:
    """However fast commits follow one another, each listener is told of each, in their order."""
    config.subscribe("download.retries", recorder)
    for value in range(10, 60):
        config.update({"download.retries": value})
    told(config, recorder)
    assert list(range(10, 60)) == [event.effective[0].new for event in recorder.events]


def test_many_threads_lose_nothing(config: Config, recorder: Any) -> None:
    """Commits of several threads are told one by one: each event begins where the one before it ended."""
    config.subscribe("download.retries", recorder)

    def work(base: int) -> None:
        for value in range(base, base + 15):
            config.update({"download.retries": value})

    threads = [threading.Thread(target=work, args=(base,)) for base in (100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told(config, recorder)
    values = [3, *(event.effective[0].new for event in recorder.events)]
    assert values[:-1] == [event.effective[0].old for event in recorder.events]
    assert 45 == len(recorder.events)
    assert sorted(event.commit for event in recorder.events) == [event.commit for event in recorder.events]
    assert values[-1] == config.download.retries


def test_callbacks_run_elsewhere(config: Config) -> None:
    """A function is called on a thread of its own, outside of any lock: it may read and change the configuration."""
    threads, seen = [], []

    def callback(event: Event) -> None:
        threads.append(threading.current_thread())
        seen.append(config.download.retries)
        if event.effective[0].new == 5:
            config.update({"download.retries": 6})

    config.subscribe("download.retries", callback)
    config.update({"download.retries": 5})
    while config.listeners.settled(PATIENCE) and len(seen) < 2:
        continue
    assert threading.current_thread() not in threads
    assert 6 == seen[-1]


def test_coroutines_run_on_the_loop_of_the_subscriber(config: Config) -> None:
    """A coroutine function that was subscribed on an event loop runs on that loop."""

    async def main() -> tuple[bool, list[str]]:
        here, told = asyncio.get_running_loop(), asyncio.Queue[tuple[Any, Event]]()

        async def callback(event: Event) -> None:
            await told.put((asyncio.get_running_loop(), event))

        with config.subscribe("download", callback):
            await asyncio.to_thread(config.update, {"download.retries": 5})
            loop, event = await asyncio.wait_for(told.get(), PATIENCE)
        return loop is here, [change.path for change in event.effective]

    assert (True, ["download.retries"]) == asyncio.run(main())


def test_coroutines_have_a_loop_anyway(config: Config, recorder: Any) -> None:
    """Without a loop at hand, whatever is awaitable runs on a loop of the configuration's own."""
    loops = []

    async def callback(event: Event) -> None:
        loops.append(asyncio.get_running_loop())
        recorder(event)

    class Listener:
        async def __call__(self, event: Event) -> None:
            await callback(event)

    for each in (callback, Listener(), lambda event: callback(event)):
        config.subscribe("download", each)
    config.update({"download.retries": 5})
    assert [["download.retries"]] * 3 == told(config, recorder)
    assert 1 == len(set(loops))


def test_a_loop_that_is_closed_ends_the_subscription(config: Config, caplog: pytest.LogCaptureFixture) -> None:
    """Who subscribed on a loop that has ended is told nothing any more, and the log says so; others are."""

    async def callback(event: Event) -> None:
        raise AssertionError("its loop is closed")

    async def main() -> Any:
        return config.subscribe("download", callback)

    subscription = asyncio.run(main())
    config.update({"download.retries": 5})
    assert config.listeners.settled(PATIENCE)
    assert "closed" == subscription.status.state
    assert "event loop it was subscribed on is closed" in caplog.text


def test_the_context_of_the_subscriber_is_kept(config: Config) -> None:
    """What is current where a callback is subscribed is current where it runs."""
    seen: list[str | None] = []
    with config.current("alice"):
        config.subscribe("download", lambda event: seen.append(config.current.user))
    config.update({"download.retries": 5})
    assert config.listeners.settled(PATIENCE)
    assert ["alice"] == seen


def test_closing_lets_listeners_hear_what_waits(clock: Any, reopen: Callable[..., Config]) -> None:
    """Close waits until everything has been told."""
    config, seen, go = reopen(), [], threading.Event()

    def callback(event: Event) -> None:
        assert go.wait(PATIENCE)
        seen.append(event.effective[0].new)

    config.subscribe("download.retries", callback)
    for value in (5, 6, 7):
        config.update({"download.retries": value})
    threading.Timer(0.0, go.set).start()
    config.close()
    assert [5, 6, 7] == seen
    with pytest.raises(CfgcoreError, match="closed"):
        config.subscribe("download", callback)


def test_closing_waits_for_no_one_who_hangs(clock: Any, reopen: Callable[..., Config]) -> None:
    """Whoever has not returned after five seconds is not waited for."""
    config, entered, never, closed = reopen(), threading.Event(), threading.Event(), threading.Event()
    config.subscribe("download", lambda event: (entered.set(), never.wait(PATIENCE)))
    config.update({"download.retries": 5})
    assert entered.wait(PATIENCE)
    thread = threading.Thread(target=lambda: (config.close(), closed.set()))
    thread.start()
    while not closed.is_set():
        clock.advance(1.0)
    thread.join(PATIENCE)
    never.set()


def test_a_listener_may_close_the_configuration(config: Config) -> None:
    """Closing within a callback does not wait for that callback."""
    closed = threading.Event()
    config.subscribe("download", lambda event: (config.close(), closed.set()))
    config.update({"download.retries": 5})
    assert closed.wait(PATIENCE)


def test_status(config: Config, recorder: Any) -> None:
    """The configuration tells who listens to what, and how each does."""
    config.subscribe("download.retries", recorder, user="alice")
    config.update({"download.retries": 5}, user="alice")
    assert config.listeners.settled(PATIENCE)
    (status,) = config.listeners
    assert ("download.retries", "alice", False, "waiting", 1, 0) == (
        status.path,
        status.user,
        status.critical,
        status.state,
        status.told,
        status.failures,
    )
    assert "1 listeners" in repr(config.listeners)


def test_a_forked_child_listens_on(tmp_path: Path, reopen: Callable[..., Config]) -> None:
    """After a fork, parent and child tell their own listeners of their own changes."""
    import os

    if not hasattr(os, "fork"):
        pytest.skip("this system does not fork")
    config, told = reopen(), []
    config.subscribe("download", lambda event: told.append(event.effective[0].new))
    config.update({"download.retries": 4})
    assert config.listeners.settled(PATIENCE)
    child = os.fork()
    if not child:
        try:
            config.update({"download.retries": 5})
            os._exit(0 if config.listeners.settled(PATIENCE) and [4, 5] == told else 1)
        finally:
            os._exit(2)
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert [4] == told


def test_a_forked_child_waits_for_no_thread_of_its_parent(reopen: Callable[..., Config]) -> None:
    """A child that is forked while another thread publishes has nobody to wait for."""
    import os

    if not hasattr(os, "fork"):
        pytest.skip("this system does not fork")
    config = reopen()
    held, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with config._lock:
            held.set()
            go_on.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(PATIENCE)
    child = os.fork()
    if not child:
        import signal

        try:
            signal.alarm(PATIENCE)
            config.update({"download.retries": 5})
            os._exit(0 if config.download.retries == 5 else 1)
        finally:
            os._exit(2)
    go_on.set()
    thread.join()
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_who_hears_of_a_failure_may_ask_for_the_status(config: Config) -> None:
    """A handler of the log is called while a listener's failure is noted, and can look at the listeners."""
    import logging

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append([status.state for status in config.listeners])

    def fail(event: Event) -> None:
        raise ValueError

    seen: list[list[str]] = []
    handler, log = Handler(), logging.getLogger("cfgcore.listeners")
    log.addHandler(handler)
    try:
        config.subscribe("download", fail)
        config.update({"download.retries": 5})
        assert config.listeners.settled(PATIENCE)
    finally:
        log.removeHandler(handler)
    assert [["busy"]] == seen
