"""The configuration under the names that the application's callers use, for event loops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cfgcore
from cfgcore_models.configuration import EnhancedModelConfiguration
from cfgcore_models.flags import FeatureFlag, FeatureFlagConfig
from cfgcore_models.policies import AdminPolicies
from cfgcore_models.preferences import LOCAL, UserPreferences

if TYPE_CHECKING:
    from cfgcore import Config, Event, Subscription
    from cfgcore.change.commit import Outcome


class ConfigurationManager:
    """The configuration of the model application: preferences, policies and flags.

    `store` is a path, such as ``config/models.json``, whose folder is made where it is not there, or a store's URL.
    Without a user id everything is about the single user of a desktop application, called "local", whose view the
    plugins read as well. `options` are those of :func:`cfgcore.open`. `config` is the configuration itself.
    """

    def __init__(self, store: str | Path = "config/models.json", **options: Any) -> None:
        _make_folder(store, options.get("folder"))
        self.config: Config = cfgcore.open(store=store, **{"user": LOCAL, **options})
        self._user: str = options.get("user", LOCAL)
        self._observers: list[tuple[Callable[[Event], object], Subscription]] = []

    def get_user_preferences(self, user_id: str | None = None) -> UserPreferences:
        """Return an editable copy of a user's preferences."""
        return UserPreferences(self.config, self._user if user_id is None else user_id)

    async def update_user_preferences(
        self, preferences: UserPreferences, *, actor: str | None = None, reason: str = ""
    ) -> Outcome:
        """Save what was changed in a user's preferences. Raises :class:`cfgcore.ValidationFailed` with all problems."""
        whose = self._user if preferences.user_id == LOCAL else preferences.user_id
        return await self._saved(preferences, whose, actor, reason)

    def get_admin_policies(self) -> AdminPolicies:
        """Return an editable copy of the administrator's policies."""
        return AdminPolicies(self.config)

    async def update_admin_policies(
        self, policies: AdminPolicies, *, actor: str | None = None, reason: str = ""
    ) -> Outcome:
        """Save what was changed in the policies. Raises :class:`cfgcore.ValidationFailed` with all problems."""
        return await self._saved(policies, None, actor, reason)

    def is_feature_enabled(self, flag: FeatureFlag | str, user_id: str | None = None) -> bool:
        """Return whether a feature is on for a user."""
        return self.config.flags.is_enabled(str(flag), user=user_id or self._user)

    async def update_feature_flag(
        self,
        flag: FeatureFlag | str,
        enabled: bool,
        user_id: str | None = None,
        *,
        actor: str | None = None,
        reason: str = "",
    ) -> Outcome:
        """Turn a feature on or off: for everyone, or with a `user_id` for that user alone."""
        return await self.config.aio.update({f"flags.{flag}": enabled}, user=user_id, actor=actor, reason=reason)

    async def load_configuration(self) -> EnhancedModelConfiguration:
        """Read what files, variables and the store say now, and return all of it."""
        await self.config.aio.reload()
        return EnhancedModelConfiguration(
            user_preferences=self.get_user_preferences(),
            admin_policies=self.get_admin_policies(),
            feature_flags=FeatureFlagConfig(self.config, self._user),
            revision=self.config.view.revision,
        )

    async def save_configuration(
        self, configuration: EnhancedModelConfiguration, *, actor: str | None = None, reason: str = ""
    ) -> bool:
        """Save what was changed in a configuration, in one commit if all of it is right; return whether anything was.

        Raises :class:`cfgcore.ValidationFailed` with all problems; then nothing is saved.
        """
        drafts = (configuration.admin_policies.draft, configuration.user_preferences.draft)
        return bool(await self.config.aio.update(drafts, actor=actor, reason=reason))

    async def _saved(
        self, edited: UserPreferences | AdminPolicies, user: str | None, actor: str | None, reason: str
    ) -> Outcome:
        """Save what was assigned; `user` is whose it is, where it belongs to no manager yet."""
        if not edited.is_alone:
            return await self.config.aio.update(edited.draft, actor=actor, reason=reason)
        from cfgcore.change.draft import changes_of

        changes, _ = changes_of(edited.draft, edited.config, cfgcore.ABSENT)
        return await self.config.aio.update(changes, user=user, actor=actor, reason=reason)

    def add_observer(self, callback: Callable[[Event], object]) -> None:
        """Let a function or coroutine function be told of every effective change."""
        self._observers.append((callback, self.config.subscribe("*", callback)))

    def remove_observer(self, callback: Callable[[Event], object]) -> None:
        """Tell an observer nothing any more."""
        for observer in [one for one in self._observers if one[0] == callback]:
            observer[1].close()
            self._observers.remove(observer)

    def close(self) -> None:
        """Close the configuration; closing twice does nothing."""
        self.config.close()

    def __enter__(self) -> ConfigurationManager:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    async def __aenter__(self) -> ConfigurationManager:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.config.aio.close()


def _make_folder(store: str | Path, folder: str | Path | None) -> None:
    """Make the folder of a store that is named by its path; URLs name places that are there."""
    if isinstance(store, Path) or ":" not in store:
        (Path(folder or ".") / store).parent.mkdir(parents=True, exist_ok=True)
