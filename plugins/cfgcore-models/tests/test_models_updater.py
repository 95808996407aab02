"""Changes while the application runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from cfgcore import CfgcoreError, Conflict, Event, UnknownPath, ValidationFailed
from cfgcore_models import ConfigurationManager, RuntimeConfigurationUpdater

PATIENCE = 60

#: An interval (seconds) that hardly takes time.
SHORT = 0.001


def paths(events: list[Event]) -> list[list[str]]:
    return [[change.path for change in event.effective] for event in events]


async def changed(manager: ConfigurationManager, updater: RuntimeConfigurationUpdater, retries: int) -> Any:
    prefs = manager.get_user_preferences()
    prefs.download_config.max_retries = retries
    return await updater.update_user_preferences_runtime(prefs)


async def settled(manager: ConfigurationManager) -> None:
    assert await asyncio.to_thread(manager.config.listeners.settled, PATIENCE)


@pytest.mark.parametrize("name", ["any", "download", "download_config", "download.max_retries", "user_preferences"])
def test_callbacks_are_told(name: str, manager: ConfigurationManager) -> None:
    """Functions and coroutine functions are told of what they were added for."""
    told: list[Event] = []

    async def later(change: Event) -> None:
        told.append(change)

    async def main() -> None:
        updater = RuntimeConfigurationUpdater(manager)
        updater.add_update_callback(name, told.append)
        updater.add_update_callback(name, later)
        assert await changed(manager, updater, 5)
        await settled(manager)
        updater.remove_update_callback(name, told.append)
        updater.remove_update_callback(name, later)
        await changed(manager, updater, 6)
        await settled(manager)

    asyncio.run(main())
    assert [["download.max_retries"]] * 2 == paths(told)


def test_other_callbacks_are_not_told(manager: ConfigurationManager) -> None:
    """A callback for another section, or for the policies, is left alone; an unknown name is refused."""
    told: list[Event] = []

    async def main() -> None:
        updater = RuntimeConfigurationUpdater(manager)
        for name in ("health", "fallback_config", "models"):
            updater.add_update_callback(name, told.append)
        await changed(manager, updater, 5)
        await settled(manager)
        with pytest.raises(UnknownPath, match="Did you mean 'download'"):
            updater.add_update_callback("downlaod", told.append)
        for slip, meant in {
            "user_preference": "user_preferences",
            "feature_flag": "feature_flags",
            "Any": "any",
        }.items():
            with pytest.raises(UnknownPath, match=f"Did you mean '{meant}'"):
                updater.add_update_callback(slip, told.append)
        with pytest.raises(CfgcoreError, match="cannot be called"):
            updater.add_update_callback("user_preferences", 5)  # type: ignore[arg-type]

    asyncio.run(main())
    assert [] == told


def test_the_last_change_is_taken_back(manager: ConfigurationManager) -> None:
    """Each rollback takes back one change of this updater, the last one first; others' changes are left alone."""

    async def main() -> None:
        updater = RuntimeConfigurationUpdater(manager)
        assert await updater.rollback_last_change() is None
        await changed(manager, updater, 5)
        await changed(manager, updater, 6)
        manager.config.update({"health.enabled": False})
        assert (await updater.rollback_last_change(actor="root")).revision == 4
        assert 5 == manager.config.download.max_retries
        assert await updater.rollback_last_change()
        assert 3 == manager.config.download.max_retries
        assert not manager.config.health.enabled
        assert await updater.rollback_last_change() is None
        assert [(5, 1), (4, 2)] == [(one.revision, one.reverts) for one in updater.get_rollback_history()]

    asyncio.run(main())


def test_what_somebody_changed_since_is_not_overwritten(manager: ConfigurationManager) -> None:
    """A rollback that would take away somebody else's value is refused, and can be tried again."""

    async def main() -> None:
        updater = RuntimeConfigurationUpdater(manager)
        await changed(manager, updater, 5)
        manager.config.update({"download.max_retries": 7})
        with pytest.raises(Conflict):
            await updater.rollback_last_change()
        manager.config.update({"download.max_retries": 5})
        assert await updater.rollback_last_change()

    asyncio.run(main())


def test_a_refused_change_is_not_remembered(manager: ConfigurationManager) -> None:
    """What was refused, and what changed nothing, is nothing to take back."""

    async def main() -> None:
        updater = RuntimeConfigurationUpdater(manager)
        with pytest.raises(ValidationFailed):
            await changed(manager, updater, 500)
        assert not await changed(manager, updater, 3)
        assert await updater.rollback_last_change() is None

    asyncio.run(main())


def test_monitoring_sees_what_others_do(opened: Callable[..., ConfigurationManager]) -> None:
    """While it monitors, what another process saved is applied, and told; stopping and starting twice does nothing."""
    manager, other = opened(), opened()

    async def main() -> list[str]:
        told: asyncio.Queue[Event] = asyncio.Queue()
        updater = RuntimeConfigurationUpdater(manager)
        updater.add_update_callback("download", told.put)
        await updater.start_monitoring(SHORT)
        await updater.start_monitoring(SHORT)
        prefs = other.get_user_preferences()
        prefs.download_config.max_retries = 7
        await other.update_user_preferences(prefs)
        event = await asyncio.wait_for(told.get(), PATIENCE)
        await updater.stop_monitoring()
        await updater.stop_monitoring()
        return [change.path for change in event.effective]

    assert ["download.max_retries"] == asyncio.run(main())
    assert 7 == manager.config.download.max_retries


def test_monitoring_goes_on_after_a_mistake(
    tmp_path: Any, opened: Callable[..., ConfigurationManager], caplog: pytest.LogCaptureFixture
) -> None:
    """What is wrong in a file is logged once and not applied; the corrected file is."""
    file = tmp_path / "settings.toml"
    file.write_text("[download]\nmax_retries = 4\n", encoding="utf-8")
    manager = opened(settings_files=[file])

    async def main() -> None:
        updater = RuntimeConfigurationUpdater(manager)
        told: asyncio.Queue[Event] = asyncio.Queue()
        updater.add_update_callback("any", told.put)
        await updater.start_monitoring(SHORT)
        file.write_text("[download]\nmax_retries = 400\n", encoding="utf-8")
        while "not applied" not in caplog.text:
            await asyncio.sleep(0)
        assert 4 == manager.config.download.max_retries
        file.write_text("[download]\nmax_retries = 8\n", encoding="utf-8")
        await asyncio.wait_for(told.get(), PATIENCE)
        await updater.stop_monitoring()

    asyncio.run(main())
    assert 8 == manager.config.download.max_retries
    assert 1 == caplog.text.count("not applied")


def test_rollbacks_at_once_take_back_one_change_each(manager: ConfigurationManager) -> None:
    """Two rollbacks that run at the same time take back the last change and the one before it."""

    async def main() -> None:
        updater = RuntimeConfigurationUpdater(manager)
        await changed(manager, updater, 5)
        prefs = manager.get_user_preferences()
        prefs.health_monitoring.enabled = False
        await updater.update_user_preferences_runtime(prefs)
        done = await asyncio.gather(updater.rollback_last_change(), updater.rollback_last_change())
        assert {1, 2} == {outcome.plan.reverts for outcome in done if outcome and outcome.plan}
        assert await updater.rollback_last_change() is None

    asyncio.run(main())


def test_what_was_forgotten_or_compacted_is_passed_over(
    manager: ConfigurationManager, caplog: pytest.LogCaptureFixture
) -> None:
    """A change that nobody knows any more does not stand before those that can be taken back."""

    async def main() -> None:
        updater = RuntimeConfigurationUpdater(manager)
        await changed(manager, updater, 5)
        await updater.update_feature_flag_runtime("auto_updates", True, "alice")
        await manager.config.aio.forget("alice")
        outcome = await updater.rollback_last_change()
        assert outcome is not None
        assert (3, 1) == (manager.config.download.max_retries, outcome.plan.reverts if outcome.plan else None)
        assert 1 == caplog.text.count("compacted or erased")
        await changed(manager, updater, 6)
        later = await manager.config.aio.update({"health.enabled": False})
        await manager.config.aio.compact(before=later.revision)
        assert await updater.rollback_last_change() is None
        assert await updater.rollback_last_change() is None

    asyncio.run(main())


@pytest.mark.parametrize("wrong", [0, -1, None, "x", True, float("nan"), float("inf")])
def test_what_is_no_interval(wrong: Any, manager: ConfigurationManager) -> None:
    """It is refused at once, and nothing begins."""
    updater = RuntimeConfigurationUpdater(manager)
    with pytest.raises(CfgcoreError, match="is no interval"):
        asyncio.run(updater.start_monitoring(wrong))


def test_monitoring_ends_with_the_manager(
    opened: Callable[..., ConfigurationManager], caplog: pytest.LogCaptureFixture
) -> None:
    """Where the manager is closed, its monitor comes to an end, and logs nothing."""

    async def main() -> None:
        manager = opened()
        updater = RuntimeConfigurationUpdater(manager)
        await updater.start_monitoring(SHORT)
        (monitor,) = asyncio.all_tasks() - {asyncio.current_task()}
        manager.close()
        await asyncio.wait_for(monitor, PATIENCE)

    asyncio.run(main())
    assert not caplog.records


def test_callbacks_of_another_user(manager: ConfigurationManager) -> None:
    """A callback is told what changes for the manager's own user, or for the one that is named."""
    told: list[Event] = []
    mine: list[Event] = []

    async def main() -> None:
        updater = RuntimeConfigurationUpdater(manager)
        updater.add_update_callback("user_preferences", told.append, user_id="alice")
        manager.add_observer(told.append, user_id="alice")
        updater.add_update_callback("any", mine.append)
        prefs = manager.get_user_preferences("alice")
        prefs.download_config.max_retries = 5
        await updater.update_user_preferences_runtime(prefs)
        await settled(manager)

    asyncio.run(main())
    assert [["download.max_retries"]] * 2 == paths(told)
    assert [] == mine
