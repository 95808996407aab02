"""A small application with a store, and a clock that goes when it is told to, for the tests of listeners."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import Config, Event, Profile, hookimpl, section, setting

#: How long a test waits for what is bound to happen, in seconds.
PATIENCE = 60


@section("download", aliases=("download_config",))
class DownloadConfig:
    """How things are fetched."""

    mode: str = setting("normal", choices=("normal", "eager"))
    retries: int = setting(3, minimum=0, maximum=1000)
    resume: bool = setting(False)
    labels: dict[str, int] = setting({})


@section("other")
class Other:
    """Something else."""

    count: int = setting(0)


class Application:
    """The plugin of the application; the eager mode turns resuming on."""

    name = "application"

    @hookimpl
    def cfgcore_sections(self) -> list[type[Any]]:
        return [DownloadConfig, Other]

    @hookimpl
    def cfgcore_profiles(self) -> list[Profile]:
        return [Profile("download.mode", "eager", {"download.resume": True})]


class Timer:
    """A call of the virtual clock."""

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        self.action = None


class VirtualClock:
    """A clock that stands still until it is advanced."""

    def __init__(self) -> None:
        self._now = 0.0
        self._due: list[tuple[float, int, Timer]] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._now

    def call_later(self, seconds: float, action: Callable[[], None]) -> Timer:
        timer = Timer(action)
        with self._lock:
            heapq.heappush(self._due, (self._now + seconds, next(self._numbers), timer))
        return timer

    def advance(self, seconds: float) -> None:
        """Let time pass, and do what becomes due meanwhile."""
        until = self._now + seconds
        while True:
            with self._lock:
                if not self._due or self._due[0][0] > until:
                    self._now = until
                    return
                self._now, _, timer = heapq.heappop(self._due)
            if timer.action is not None:
                timer.action()


class Recorder:
    """A callback that remembers what it was told, and can be waited for."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._changed = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait(self, count: int) -> list[Event]:
        """Wait until that many events were told, and return them."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.events) >= count, PATIENCE), self.events
            return list(self.events)

    @property
    def paths(self) -> list[list[str]]:
        return [[change.path for change in event.effective] for event in self.events]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> VirtualClock:
    """The clock of every configuration that is opened from now on."""
    clock = VirtualClock()
    monkeypatch.setattr("cfgcore.watch.listeners.SystemClock", lambda: clock)
    return clock


@pytest.fixture
def reopen(tmp_path: Path) -> Iterator[Callable[..., Config]]:
    """A function that opens the configuration, as often as it is called; all are closed at the end."""
    with ExitStack() as stack:

        def open_it(*plugins: Any, **more: Any) -> Config:
            arguments = {
                "folder": tmp_path,
                "settings_files": [],
                "plugins": [Application(), *plugins],
                "plugin_group": None,
                "environ": {},
                "env_prefix": "APP",
                "store": "sqlite:///store.db",
            }
            return stack.enter_context(cfgcore.open(**(arguments | more)))

        yield open_it


@pytest.fixture
def config(clock: VirtualClock, reopen: Callable[..., Config]) -> Config:
    """The open configuration, on the virtual clock."""
    return reopen()


@pytest.fixture
def recorder() -> Recorder:
    """A callback that remembers what it was told."""
    return Recorder()
