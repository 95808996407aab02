"""The configuration of the model application, under the names of its callers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cfgcore import CfgcoreError, Event, InvalidUser
from cfgcore_models import AutomationLevel, ConfigurationManager

PATIENCE = 60


def test_an_empty_folder_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path in a folder that is not there yet just works, with all installed plugins."""
    monkeypatch.chdir(tmp_path)
    with ConfigurationManager("config/models.json") as manager:
        prefs = manager.get_user_preferences()
        prefs.automation_level = AutomationLevel.FULLY_AUTOMATIC
        prefs.download_config.max_retries = 5
        assert asyncio.run(manager.update_user_preferences(prefs))
    assert (tmp_path / "config" / "models.json").is_file()


@pytest.mark.parametrize("store", [Path("a/b/models.json"), "models.json", "file:models.json", "sqlite:///models.db"])
def test_paths_and_urls(store: str | Path, opened: Callable[..., ConfigurationManager]) -> None:
    """Every kind of store that cfgcore opens is taken."""
    with opened(store) as manager:
        prefs = manager.get_user_preferences()
        prefs.download_config.max_retries = 5
        asyncio.run(manager.update_user_preferences(prefs))
    assert 5 == opened(store).config.download.max_retries


def test_without_a_user_it_is_the_local_one(manager: ConfigurationManager) -> None:
    """Who names no user speaks of the one of a desktop application, whose view the plugins read."""
    prefs = manager.get_user_preferences()
    prefs.download_config.max_retries = 5
    asyncio.run(manager.update_user_preferences(prefs))
    assert "local" == prefs.user_id
    assert 5 == manager.config.download.max_retries == manager.config.for_user("local").download.max_retries
    assert 3 == manager.config.for_user("alice").download.max_retries


def test_observers(manager: ConfigurationManager) -> None:
    """Functions and coroutine functions are told of every change until they are removed."""
    told: list[Event] = []

    async def later(event: Event) -> None:
        told.append(event)

    async def main() -> None:
        for observer in (told.append, later):
            manager.add_observer(observer)
        for retries in (5, 6):
            prefs = manager.get_user_preferences()
            prefs.download_config.max_retries = retries
            await manager.update_user_preferences(prefs)
            assert await asyncio.to_thread(manager.config.listeners.settled, PATIENCE)
            for observer in (told.append, later):
                manager.remove_observer(observer)

    asyncio.run(main())
    assert [5, 5] == [event.effective[0].new for event in told]


def test_it_is_closed_at_the_end_of_its_block(opened: Callable[..., ConfigurationManager]) -> None:
    """Both kinds of ``with`` close the configuration; closing twice does nothing."""
    manager = opened()

    async def main() -> None:
        async with manager as same:
            assert manager is same

    asyncio.run(main())
    with pytest.raises(CfgcoreError, match="closed"):
        manager.get_user_preferences()
    manager.close()


def test_an_empty_user_id_is_nobodys(manager: ConfigurationManager) -> None:
    """An empty user id is refused, and never taken for the user of the desktop."""
    with pytest.raises(InvalidUser):
        manager.get_user_preferences("")


@pytest.mark.parametrize("wrong", [None, "", 5])
def test_what_is_no_store(wrong: Any) -> None:
    """It is refused with what would be one."""
    with pytest.raises(CfgcoreError, match="is no store"):
        ConfigurationManager(wrong)
