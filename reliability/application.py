"""The application whose configuration is put to the test, and the stores it may have."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from cfgcore import Config, hookimpl, rule, section, setting
from cfgcore.declare.registry import Registry
from cfgcore.opening import load_plugins, sources_for
from cfgcore.plugins import Plugins
from cfgcore.store.json_file import JsonFileStore
from cfgcore.store.opening import open_store
from cfgcore.store.postgresql import PostgresqlStore
from cfgcore.store.protocol import Store
from cfgcore.store.sqlite import SqliteStore
from reliability import server

POSTGRESQL = "postgresql"
URLS = {"json": "models.json", "sqlite": "sqlite:///models.db"}
MAIN_FILES = {"json": ("models.json", "models.json.journal"), "sqlite": ("models.db",)}
SUM = 100
PATIENCE = 60.0


@section("work")
class Work:
    """Settings without meaning. `left` and `right` always add up to a hundred; nobody but the tests knows that."""

    number: int = setting(0, help="Any whole number.")
    text: str = setting("", help="Any text.")
    left: int = setting(SUM // 2, help="One part of a hundred.")
    right: int = setting(SUM // 2, help="The other part.")
    first: bool = setting(True, help="Whether the first is on duty.")
    second: bool = setting(True, help="Whether the second is on duty.")
    token: str | None = setting(None, secret=True, help="Something that only the owner knows.")


def somebody_is_on_duty(first: bool, second: bool) -> str | None:
    """Return what is wrong when neither is on duty."""
    return None if first or second else "nobody is on duty"


class Plugin:
    """The plugin that brings the section and its rule."""

    name = "work"

    @hookimpl
    def cfgcore_sections(self) -> list[type[Any]]:
        """Return the section."""
        return [Work]

    @hookimpl
    def cfgcore_rules(self) -> list[Any]:
        """Return the rule that two changes, valid alone, can break together."""
        return [rule(("work.first", "work.second"), somebody_is_on_duty, code="duty")]


PLUGIN = Plugin()


def open_config(kind: str, folder: Path, store: Store | None = None) -> Config:
    """Open the configuration whose store of this kind lies in `folder`, or is given.

    The plugin is loaded once in a process: what a store is put through does not depend on it.
    """
    plugins, registry = _declared()
    sources = sources_for(registry, folder=folder, settings_files=[], environ={}, env_prefix="APP")
    home = store if store is not None else open_storage(kind, folder)
    try:
        return Config(plugins, registry, sources, home)
    except BaseException:
        home.close()
        raise


def open_bare(environment: Mapping[str, str]) -> Config:
    """Open the configuration without a store, with these variables."""
    plugins, registry = _declared()
    sources = sources_for(registry, settings_files=[], environ=environment, env_prefix="APP")
    return Config(plugins, registry, sources, None)


@cache
def _declared() -> tuple[Plugins, Registry]:
    return load_plugins(plugins=[PLUGIN], plugin_group=None)


def open_storage(kind: str, folder: Path) -> Store:
    """Open the store alone."""
    return open_store(url_in(kind, folder), folder)


def open_patient(kind: str, folder: Path) -> Config:
    """Open the configuration whose store waits for its lock for a minute: many write, and the machine may be busy."""
    if kind == POSTGRESQL:
        return open_config(kind, folder, PostgresqlStore(url_in(kind, folder), patience=PATIENCE))
    store = JsonFileStore if kind == "json" else SqliteStore
    return open_config(kind, folder, store(folder / MAIN_FILES[kind][0], patience=PATIENCE))


def url_in(kind: str, folder: Path) -> str:
    """Return the URL of the store of this kind that belongs to a folder."""
    return server.url_of(folder) if kind == POSTGRESQL else URLS[kind]
