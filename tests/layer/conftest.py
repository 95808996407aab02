"""An application with one section of every kind of setting, opened on files and variables of a test."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pytest

import cfgcore
from cfgcore import Config, ValidationFailed, hookimpl, section, setting, subsection
from cfgcore.declare.registry import Owned, Registry


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@subsection
class Peer:
    """Another server."""

    host: str = setting("localhost")
    port: int = setting(1, minimum=1)
    password: str = setting("", secret=True)


@section("server", aliases=("srv",))
class Server:
    """Where the application listens."""

    host: str = setting("127.0.0.1")
    port: int = setting(8000, minimum=1, maximum=65535, renamed_from="portnr")
    ratio: float = setting(0.5)
    debug: bool = setting(False)
    level: Literal["low", "high", 3] = setting("low")
    colour: Colour = setting(Colour.RED)
    names: list[str] = setting(())
    numbers: list[int] = setting(())
    tags: dict[str, str] = setting({})
    limits: dict[str, int] = setting({})
    tree: dict[str, Any] = setting({})
    peer: Peer
    peers: list[Peer] = setting(())
    password: str = setting("", secret=True)
    pin: int = setting(0, secret=True, maximum=9999)
    token: str | None = setting(None, secret=True, pattern="[a-z]+")
    url: str = setting("", env=("DATABASE_URL",))
    maybe: int | None = setting(3)
    timeout: timedelta = setting(timedelta(seconds=1))
    price: Decimal = setting(Decimal(1))
    folder: Path = setting(Path())
    ident: UUID = setting(UUID(int=0))
    since: datetime = setting(datetime(2000, 1, 1))


@section("client")
class Client:
    """What the application asks for."""

    retries: int = setting(3, renamed_from="server.client_retries")
    mode: Literal["slow", "fast"] = setting("slow")


class Plugin:
    """Brings the sections."""

    name = "shop"

    @hookimpl
    def cfgcore_sections(self) -> list[Any]:
        return [Server, Client]


Opened = Callable[..., Config]
Refused = Callable[..., str]


@pytest.fixture
def registry() -> Registry:
    return Registry([Owned("shop", sections=[Server, Client])])


@pytest.fixture
def plugin() -> object:
    return Plugin()


@pytest.fixture
def opened(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Opened]:
    """Open the application on `files` by name and content, in the folder of the test."""
    caplog.set_level(logging.CRITICAL, "cfgcore")
    configs: list[Config] = []

    def open_it(
        files: Mapping[str, str | bytes] | None = None, environ: Mapping[str, str] | None = None, **options: Any
    ) -> Config:
        for name, content in (files or {}).items():
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        options.setdefault("settings_files", list(files or {}))
        options.setdefault("plugins", [Plugin()])
        config = cfgcore.open(
            folder=tmp_path,
            env_prefix="APP",
            plugin_group=None,
            environ=environ if environ is not None else {},
            **options,
        )
        configs.append(config)
        return config

    yield open_it
    for config in configs:
        config.close()


@pytest.fixture
def refused(opened: Opened, tmp_path: Path) -> Refused:
    """Open the application, which must fail, and return the errors as a user reads them, without the folder."""

    def open_it(*arguments: Any, **options: Any) -> str:
        with pytest.raises(ValidationFailed) as caught:
            opened(*arguments, **options)
        return "\n".join(str(problem) for problem in caught.value.errors).replace(f"{tmp_path}/", "")

    return open_it
