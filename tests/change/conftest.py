"""A small application with a store, for the tests of stored changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import Config, Event, Violation, hookimpl, rule, section, setting


@section("download", aliases=("download_config",))
class DownloadConfig:
    """How things are fetched."""

    max_retries: int = setting(3, minimum=0, maximum=10)
    base: float = setting(2.0, minimum=0.1, maximum=60)
    top: float = setting(300.0, minimum=1, maximum=3600)
    token: str | None = setting(None, secret=True)
    labels: dict[str, str] = setting({})
    names: tuple[str, ...] = setting((), pattern=r"[a-z]+")
    node: str = setting("here", scope="system")


def in_order(base: float, top: float) -> Violation | None:
    return None if base <= top else Violation(f"{base} is more than {top}", suggested=top)


class DownloadPlugin:
    """Declares the section and its rule, refuses what it is told to, and remembers what it was told."""

    name = "download"

    def __init__(self) -> None:
        self.refuse: str | None = None
        self.events: list[Event] = []

    @hookimpl
    def cfgcore_sections(self) -> list[type[Any]]:
        return [DownloadConfig]

    @hookimpl
    def cfgcore_rules(self) -> list[Any]:
        return [rule(("download.base", "download.top"), in_order, code="in_order")]

    @hookimpl
    def cfgcore_before_change(self, changes: Any) -> str | None:
        if self.refuse == "raise":
            raise RuntimeError("no idea")
        return self.refuse

    @hookimpl
    def cfgcore_changed(self, event: Event) -> None:
        self.events.append(event)


@pytest.fixture(params=["sqlite:///store.db", "store.json"], ids=["sqlite", "json"])
def url(request: pytest.FixtureRequest) -> str:
    """The store's URL, relative to the test's folder: every test here runs on both stores."""
    return str(request.param)


@pytest.fixture
def plugin() -> DownloadPlugin:
    """The application's plugin."""
    return DownloadPlugin()


@pytest.fixture
def environ() -> dict[str, str]:
    """The application's variables."""
    return {}


@pytest.fixture
def reopen(
    tmp_path: Path, url: str, plugin: DownloadPlugin, environ: dict[str, str]
) -> Iterator[Callable[..., Config]]:
    """A function that opens the configuration, as often as it is called; all are closed at the end."""
    with ExitStack() as stack:

        def open_it(**more: Any) -> Config:
            arguments = {
                "folder": tmp_path,
                "settings_files": [],
                "plugins": [plugin],
                "plugin_group": None,
                "environ": environ,
                "env_prefix": "APP",
                "store": url,
            }
            return stack.enter_context(cfgcore.open(**(arguments | more)))

        yield open_it


@pytest.fixture
def config(reopen: Callable[..., Config]) -> Config:
    """The open configuration."""
    return reopen()
