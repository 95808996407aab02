"""Calls that block an event loop do not wait for those who need it. The clock stands still: a wait would never end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from cfgcore import CfgcoreError, Config, Event, Reverted, hookimpl

PATIENCE = 20.0


def run(program: Any) -> None:
    """Run a program on an event loop of its own, for so long at most."""
    done = threading.Event()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(program())
        except BaseException as error:
            failures.append(error)
        done.set()

    threading.Thread(target=work, daemon=True).start()
    assert done.wait(PATIENCE), "it waits for itself"
    for failure in failures:
        raise failure


class Plugin:
    """Hears of changes in a coroutine."""

    name = "later"

    def __init__(self) -> None:
        self.loops: list[Any] = []
        self.told = threading.Event()

    @hookimpl
    async def cfgcore_changed(self, event: Event) -> None:
        self.loops.append(asyncio.get_running_loop())
        self.told.set()


def test_update_waits_for_no_plugin_of_its_own_loop(clock: Any, reopen: Callable[..., Config]) -> None:
    """A coroutine of a plugin runs on the loop that opened the configuration, once the update has let go of it."""
    plugin = Plugin()

    async def program() -> None:
        config = reopen(plugin)
        assert config.update({"other.count": 2})
        assert [] == plugin.loops
        await asyncio.to_thread(plugin.told.wait, PATIENCE)
        assert [asyncio.get_running_loop()] == plugin.loops
        config.update({"other.count": 3})
        config.close()

    run(program)


def test_a_plugin_may_return_an_awaitable(clock: Any, reopen: Callable[..., Config]) -> None:
    """An ordinary function of a plugin that returns a coroutine is not waited for on the loop that this needs."""
    done = threading.Event()

    class Ordinary:
        name = "ordinary"

        @hookimpl
        def cfgcore_changed(self, event: Event) -> Any:
            async def later() -> None:
                done.set()

            return later()

    async def program() -> None:
        config = reopen(Ordinary())
        for size in (2, 3, 4):
            config.update({"other.count": size})
        assert await asyncio.to_thread(done.wait, PATIENCE)

    run(program)


def test_close_waits_for_no_awaitable_of_its_own_loop(config: Config) -> None:
    """An ordinary function that returns a coroutine, subscribed on a loop on which the configuration is closed."""

    handled = threading.Event()

    async def handle(_event: Event) -> None:
        handled.set()

    async def program() -> None:
        config.subscribe("other", lambda event: handle(event))
        config.update({"other.count": 2})
        config.close()
        assert await asyncio.to_thread(handled.wait, PATIENCE), "it comes to its end"

    run(program)


def test_reload_waits_for_no_critical_coroutine_of_its_own_loop(config: Config, reopen: Callable[..., Config]) -> None:
    """Nothing is decided on a reload, so that it is not waited for either."""
    seen: list[int] = []

    async def decide(event: Event) -> None:
        seen.append(event.effective[0].new)

    async def program() -> None:
        config.subscribe("other.count", decide, critical=True)
        reopen().update({"other.count": 2})
        assert ["other.count"] == [change.path for change in config.reload().effective]
        with pytest.raises(CfgcoreError, match="is critical and needs this event loop"):
            config.update({"other.count": 3})
        while not seen:
            await asyncio.sleep(0)
        assert [2] == seen

    run(program)


def test_a_critical_function_that_needs_the_loop_fails_at_once(config: Config) -> None:
    """What it would decide nobody can wait for: the change is taken back, and the reason says what to do."""

    decided: list[int] = []

    async def decide(event: Event) -> None:
        decided.append(event.effective[0].new)

    async def program() -> None:
        config.subscribe("other.count", lambda event: decide(event), critical=True)
        with pytest.raises(Reverted, match=r"it needs the event loop that waits for it; use 'await config\.aio"):
            config.update({"other.count": 2})
        assert await config.aio.update({"other.count": 3})
        assert (3, 3) == (config.other.count, decided[-1])

    run(program)


def test_a_thread_that_cannot_be_started_is_a_failure_of_the_listener(
    config: Config, recorder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change is committed and stays so; the listener hears of the next one."""
    config.subscribe("other.count", recorder)
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    outcome = config.update({"other.count": 2})
    monkeypatch.setattr(threading.Thread, "start", start)
    assert (outcome.committed, 2) == (True, config.other.count)
    (status,) = config.listeners
    assert (1, "RuntimeError: can't start new thread") == (status.failures, status.last_error)
    config.update({"other.count": 3})
    recorder.wait(1)
    assert [["other.count"]] == recorder.paths


def test_a_clock_without_a_thread_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system gives no thread, nothing is raised, and what is due comes late."""
    from cfgcore.watch.clock import SystemClock

    clock, done = SystemClock(), [threading.Event(), threading.Event()]
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    clock.call_later(0, done[0].set)
    monkeypatch.setattr(threading.Thread, "start", start)
    clock.call_later(0, done[1].set)
    assert all(event.wait(PATIENCE) for event in done)
