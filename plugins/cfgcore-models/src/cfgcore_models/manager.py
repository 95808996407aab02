"""The configuration under the names that the application's callers use, for event loops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cfgcore
from cfgcore.errors import CfgcoreError
from cfgcore_models.configuration import EnhancedModelConfiguration
from cfgcore_models.flags import FeatureFlag, FeatureFlagConfig
from cfgcore_models.policies import AdminPolicies
from cfgcore_models.preferences import LOCAL, UserPreferences

if TYPE_CHECKING:
    from cfgcore import Config, Draft, Event, Subscription
    from cfgcore.change.commit import Outcome
    from cfgcore_models.edited import Edited


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
        return await self.config.aio.update(self._draft_of(preferences, UserPreferences), actor=actor, reason=reason)

    def get_admin_policies(self) -> AdminPolicies:
        """Return an editable copy of the administrator's policies."""
        return AdminPolicies(self.config)

    async def update_admin_policies(
        self, policies: AdminPolicies, *, actor: str | None = None, reason: str = ""
    ) -> Outcome:
        """Save what was changed in the policies. Raises :class:`cfgcore.ValidationFailed` with all problems."""
        return await self.config.aio.update(self._draft_of(policies, AdminPolicies), actor=actor, reason=reason)

    def is_feature_enabled(self, flag: FeatureFlag | str, user_id: str | None = None) -> bool:
        """Return whether a feature is on for a user. Raises :class:`cfgcore.InvalidUser` for what is no user id."""
        return self.config.flags.is_enabled(str(flag), user=self._user if user_id is None else user_id)

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
        if not isinstance(configuration, EnhancedModelConfiguration):
            raise _no(configuration, EnhancedModelConfiguration)
        policies = self._draft_of(configuration.admin_policies, AdminPolicies)
        drafts = [policies, self._draft_of(configuration.user_preferences, UserPreferences)]
        return bool(await self.config.aio.update(drafts, actor=actor, reason=reason))

    def _draft_of(self, edited: Edited, wanted: type[Edited]) -> Draft:
        """Return what is to be saved: of what belongs to no manager, everything that was assigned."""
        if not isinstance(edited, wanted):
            raise _no(edited, wanted)
        if not edited.is_alone:
            return edited.draft
        from cfgcore.change.draft import carried

        user = edited.user_id if isinstance(edited, UserPreferences) else None
        return carried(edited.draft, self.config, self._user if user == LOCAL else user, self.config.view)

    def add_observer(self, callback: Callable[[Event], object], user_id: str | None = None) -> None:
        """Let a function or coroutine function be told of every effective change in what a user has, by whomever.

        The user is the manager's own, unless a `user_id` is given.
        """
        user = cfgcore.ABSENT if user_id is None else user_id
        self._observers.append((callback, self.config.subscribe("*", callback, user=user)))

    def remove_observer(self, callback: Callable[[Event], object]) -> None:
        """Tell an observer nothing any more."""
        for observer in [one for one in self._observers if one[0] == callback]:
            observer[1].close()
            self._observers.remove(observer)

    @property
    def is_closed(self) -> bool:
        """Whether the configuration is closed, by the manager or by itself."""
        return self.config._closed

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


def _no(given: object, wanted: type) -> CfgcoreError:
    return CfgcoreError(
        f"a {type(given).__name__} is not saved as {wanted.__name__}; edit and give the {wanted.__name__}"
    )


def _make_folder(store: str | Path, folder: str | Path | None) -> None:
    """Make the folder of a store that is named by its path; URLs name places that are there."""
    if not isinstance(store, (str, Path)) or not str(store):
        raise CfgcoreError(f"{store!r} is no store; give a path, such as 'config/models.json', or a URL")
    if isinstance(store, Path) or ":" not in store:
        (Path(folder or ".") / store).parent.mkdir(parents=True, exist_ok=True)
