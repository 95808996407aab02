"""Changes while the application runs: told to callbacks, and taken back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any

import cfgcore
from cfgcore.values.suggest import closest

if TYPE_CHECKING:
    from cfgcore import Event, Subscription
    from cfgcore.change.commit import Commit, Outcome
    from cfgcore.declare.registry import Registry
    from cfgcore_models.flags import FeatureFlag
    from cfgcore_models.manager import ConfigurationManager
    from cfgcore_models.policies import AdminPolicies
    from cfgcore_models.preferences import UserPreferences

logger = logging.getLogger("cfgcore_models")

#: What a callback can be added for besides sections and settings, and the sections it means.
_POLICIES, _FLAGS = "policies", "flags"

#: The names of kinds of changes, and the paths they are at.
_KINDS = {"any": "*", "user_preferences": "*", "admin_policies": _POLICIES, "feature_flags": _FLAGS}

#: How many of its own changes an updater remembers to be able to take them back.
_LIMIT = 100


class RuntimeConfigurationUpdater:
    """Makes changes at runtime, tells callbacks of them, and takes back what it did last."""

    def __init__(self, manager: ConfigurationManager) -> None:
        self._manager = manager
        self._done: list[int] = []
        self._callbacks: list[tuple[str, Callable[[Event], Any], Subscription]] = []
        self._monitor: asyncio.Task[None] | None = None

    def add_update_callback(self, name: str, callback: Callable[[Event], Any], user_id: str | None = None) -> None:
        """Let a function or coroutine function be told of effective changes, by whomever, in what a user has.

        `name` is "any", "user_preferences", "admin_policies", "feature_flags", or a section or setting. The user is the
        manager's own, unless a `user_id` is given; what changes for everyone changes for that user as well. Raises
        :class:`cfgcore.UnknownPath` for any other name.
        """
        config = self._manager.config
        user = cfgcore.ABSENT if user_id is None else user_id
        if not callable(callback):
            raise cfgcore.CfgcoreError(f"{callback!r} cannot be called; add a function that takes an event")
        if name == "user_preferences":
            subscription = config.subscribe("*", _of_users(callback), user=user)
        else:
            _refuse_slip(name, config.registry)
            subscription = config.subscribe(_KINDS.get(name, name), callback, user=user)
        self._callbacks.append((name, callback, subscription))

    def remove_update_callback(self, name: str, callback: Callable[[Event], Any]) -> None:
        """Tell a callback nothing any more."""
        for known in [known for known in self._callbacks if known[:2] == (name, callback)]:
            known[2].close()
            self._callbacks.remove(known)

    async def update_user_preferences_runtime(self, preferences: UserPreferences, **who: Any) -> Outcome:
        """Save preferences, so that they count at once. Raises :class:`cfgcore.ValidationFailed` with all problems."""
        return self._noted(await self._manager.update_user_preferences(preferences, **who))

    async def update_admin_policies_runtime(self, policies: AdminPolicies, **who: Any) -> Outcome:
        """Save policies, so that they count at once. Raises :class:`cfgcore.ValidationFailed` with all problems."""
        return self._noted(await self._manager.update_admin_policies(policies, **who))

    async def update_feature_flag_runtime(
        self, flag: FeatureFlag | str, enabled: bool, user_id: str | None = None, **who: Any
    ) -> Outcome:
        """Turn a feature on or off at once: for everyone, or for one user."""
        return self._noted(await self._manager.update_feature_flag(flag, enabled, user_id, **who))

    async def rollback_last_change(self, *, actor: str | None = None, reason: str = "") -> Outcome | None:
        """Take back what this updater did last, and has not taken back yet; None where there is nothing.

        What was forgotten or compacted since cannot be taken back: it is passed over, with a warning in the log. Raises
        :class:`cfgcore.Conflict` where somebody has changed the same values since; the next call tries again.
        """
        while self._done:
            revision = self._done.pop()  # at once: others may save, or roll back, until this has ended
            try:
                return await self._manager.config.aio.undo(revision, by=actor, reason=reason)
            except cfgcore.HistoryErased as error:
                logger.warning("the change before it is taken back: %s", error)
            except BaseException:
                self._done = sorted([*self._done, revision])
                raise
        return None

    def get_rollback_history(self, limit: int = 1000) -> list[Commit]:
        """Return those of the last `limit` commits, by whomever, that took something back; newest first."""
        return [commit for commit in self._manager.config.history(limit=limit) if commit.reverts is not None]

    async def start_monitoring(self, interval: float = 1.0) -> None:
        """Look every `interval` seconds at what files, variables and other processes changed, and apply it.

        What is wrong is left out, and logged once. Starting twice does nothing. It ends with the manager. Raises
        :class:`cfgcore.CfgcoreError` for what is no number of seconds above 0.
        """
        is_number = isinstance(interval, (int, float)) and not isinstance(interval, bool)
        if not is_number or not 0 < interval < float("inf"):
            raise cfgcore.CfgcoreError(f"{interval!r} is no interval; give a number of seconds above 0, such as 1.0")
        if self._monitor is None or self._monitor.done():
            self._monitor = asyncio.create_task(self._watch(interval))

    async def stop_monitoring(self) -> None:
        """Look no more. Stopping twice does nothing."""
        monitor, self._monitor = self._monitor, None  # at once: somebody may start it again until this has ended
        if monitor is not None:
            monitor.cancel()
            await asyncio.wait([monitor])

    async def _watch(self, interval: float) -> None:
        told = ""
        while not self._manager.is_closed:
            await asyncio.sleep(interval)
            try:
                await self._manager.config.aio.reload()
            except cfgcore.CfgcoreError as error:
                if self._manager.is_closed:
                    return
                if told != (told := str(error)):
                    logger.error("what changed is not applied: %s", error)
            else:
                told = ""

    def _noted(self, outcome: Outcome) -> Outcome:
        if outcome:
            self._done = [*self._done, outcome.revision][-_LIMIT:]
        return outcome


def _refuse_slip(name: object, registry: Registry) -> None:
    """Raise :class:`cfgcore.UnknownPath` for a slip in the name of a kind of changes."""
    if isinstance(name, str) and name not in (*_KINDS, _FLAGS) and registry.section_named(name) is None:
        meant = closest(name, [*registry.sections, *_KINDS])
        if meant in _KINDS:
            raise cfgcore.UnknownPath(f"there are no changes of {name!r}. Did you mean {meant!r}?")


def _of_users(callback: Callable[[Event], Any]) -> Callable[[Event], Any]:
    """Return a callback that is told of what users can set, and of nothing else."""

    @wraps(callback)
    def told(event: Event) -> Any:
        mine = tuple(change for change in event.effective if change.path.split(".")[0] not in (_POLICIES, _FLAGS))
        return callback(replace(event, effective=mine)) if mine else None

    return told
