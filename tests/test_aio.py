"""A configuration on an event loop."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import Config, Conflict, Event, Reverted, ValidationFailed, hookimpl, section, setting
from cfgcore.config import Aio

PATIENCE = 60


@section("download")
class DownloadConfig:
    retries: int = setting(3, minimum=0, maximum=100)


class Plugin:
    """Declares the section; `gate` holds changes up."""

    def __init__(self) -> None:
        self.gate: Callable[[], object] = lambda: None

    @hookimpl
    def cfgcore_sections(self) -> list[type[Any]]:
        return [DownloadConfig]

    @hookimpl
    def cfgcore_before_change(self, changes: Any) -> str | None:
        self.gate()
        return None


@pytest.fixture
def plugin() -> Plugin:
    return Plugin()


@pytest.fixture
def config(plugin: Plugin, tmp_path: Path) -> Iterator[Config]:
    """An open configuration."""
    how: dict[str, Any] = {"folder": tmp_path, "plugins": [plugin], "plugin_group": None, "environ": {}}
    with cfgcore.open(store="sqlite:///store.db", env_prefix="APP", **how) as config:
        yield config


def test_a_story(config: Config, tmp_path: Path) -> None:
    """Drafts, updates, plans, views, history and ways back are awaited."""

    async def main() -> None:
        aio = config.aio
        draft = await aio.draft("alice")
        draft.download.retries = 5
        assert 1 == (await aio.update(draft, actor="alice")).revision
        assert 5 == (await aio.for_user("alice")).download.retries
        plan = await aio.plan({"download.retries": 6})
        assert 2 == (await aio.apply(plan)).revision
        assert [2, 1] == [commit.revision for commit in await aio.history()]
        assert 2 == len(await aio.diff(0, 2))
        assert await aio.unset(["download.retries"], user="alice")
        assert await aio.undo(3)
        assert await aio.rollback(1, scope="system")
        assert 6 == (await aio.at(2)).download.retries
        assert not await aio.reload()
        assert (await aio.validate()).is_valid
        assert 5 == await aio.backup(tmp_path / "backup.db")
        assert await aio.call(config.audit.verify)
        with pytest.raises(ValidationFailed):
            await aio.update({"download.retries": 500})
        with pytest.raises(Conflict):
            await aio.update({"download.retries": 5}, expected_revision=1)
        await aio.close()

    asyncio.run(main())


def test_every_method_has_the_signature_of_the_configurations(config: Config) -> None:
    """What is awaited takes the same arguments, and is documented by the same words."""
    names = [name for name in vars(Aio) if not name.startswith("_") and name != "call"]
    for name in names:
        assert inspect.iscoroutinefunction(getattr(config.aio, name))
        assert inspect.signature(getattr(config, name)) == inspect.signature(
            getattr(config.aio, name).__wrapped__.__get__(config)
        )
        assert getattr(Config, name).__doc__ == getattr(config.aio, name).__doc__
    assert {"update", "plan", "unset", "for_user", "draft", "reload", "history", "undo", "rollback"} <= set(names)


def test_the_loop_goes_on(config: Config, plugin: Plugin) -> None:
    """While one change waits, the loop does other things."""
    entered, leave = threading.Event(), threading.Event()
    plugin.gate = lambda: (entered.set(), leave.wait(PATIENCE))

    async def main() -> int:
        task = asyncio.create_task(config.aio.update({"download.retries": 5}))
        while not entered.is_set():
            await asyncio.sleep(0)
        leave.set()
        return (await task).revision

    assert 1 == asyncio.run(main())


def test_a_cancelled_task_ends_with_its_change(config: Config, plugin: Plugin) -> None:
    """Cancelled while the change is made, the task ends when it is made: nothing goes on behind its back."""
    entered, leave = threading.Event(), threading.Event()
    plugin.gate = lambda: (entered.set(), leave.wait(PATIENCE))

    async def main() -> list[bool]:
        task = asyncio.create_task(config.aio.update({"download.retries": 5}))
        while not entered.is_set():
            await asyncio.sleep(0)
        task.cancel()
        for _ in range(10):
            await asyncio.sleep(0)
        seen = [task.done()]
        leave.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        return [*seen, config.download.retries == 5]

    assert [False, True] == asyncio.run(main())


def test_a_failure_after_the_cancellation_is_not_lost_noise(
    config: Config, plugin: Plugin, caplog: pytest.LogCaptureFixture
) -> None:
    """A change that fails after its task was cancelled leaves no 'exception was never retrieved' behind."""
    entered, leave = threading.Event(), threading.Event()

    def gate() -> None:
        entered.set()
        leave.wait(PATIENCE)
        raise RuntimeError("no")

    plugin.gate = gate

    async def main() -> None:
        task = asyncio.create_task(config.aio.update({"download.retries": 5}))
        while not entered.is_set():
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)
        leave.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert "never retrieved" not in caplog.text
    assert 3 == config.download.retries


def test_many_at_once(config: Config) -> None:
    """However many changes are awaited at once, each is made; so are those of a critical coroutine."""

    async def answer(event: Event) -> None:
        await config.aio.update({"download.retries": event.effective[0].new}, user="alice")

    async def main() -> None:
        with config.subscribe("download.retries", answer, critical=True):
            await asyncio.gather(*(config.aio.update({"download.retries": value}) for value in range(10, 40)))

    asyncio.run(main())
    assert config.listeners.settled(PATIENCE)
    assert config.for_user("alice").download.retries in range(10, 40)


def test_a_critical_coroutine_decides_on_an_awaited_update(config: Config) -> None:
    """On one loop, an awaited update and the coroutine that decides on it take turns."""

    async def refuse(event: Event) -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    async def main() -> None:
        with config.subscribe("download", refuse, critical=True), pytest.raises(Reverted):
            await config.aio.update({"download.retries": 5})

    asyncio.run(main())
    assert 3 == config.download.retries


def test_the_current_user_goes_along(config: Config) -> None:
    """What is called on the thread knows whom the work is for."""

    async def main() -> str | None:
        with config.current("alice"):
            return await config.aio.call(lambda: config.current.user)

    assert "alice" == asyncio.run(main())


def test_the_end_of_an_iterator_is_told(config: Config) -> None:
    """No future takes a StopIteration: it comes as a RuntimeError, and nobody waits for ever."""

    async def main() -> None:
        with pytest.raises(RuntimeError, match="StopIteration"):
            await asyncio.wait_for(config.aio.call(next, iter(())), PATIENCE)

    asyncio.run(main())
