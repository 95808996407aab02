"""The feature flags of the model application, and all flags as its callers know them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cfgcore import Config


class FeatureFlag(str, Enum):
    """The flags that the plugins of the model application contribute."""

    ENHANCED_DOWNLOADS = "enhanced_downloads"
    HEALTH_MONITORING = "health_monitoring"
    INTELLIGENT_FALLBACK = "intelligent_fallback"
    USAGE_ANALYTICS = "usage_analytics"
    AUTO_UPDATES = "auto_updates"
    REAL_TIME_NOTIFICATIONS = "real_time_notifications"

    def __str__(self) -> str:
        """The name of the flag, in every version of Python."""
        return self.value


class FeatureFlagConfig:
    """The flags of a configuration as they are now, to be looked at: ``configuration.feature_flags.flags``.

    What a flag is for a user says :meth:`is_enabled`; what it follows from says ``config.flags.explain``.
    """

    __slots__ = ("config", "user_id")

    def __init__(self, config: Config, user_id: str) -> None:
        self.config = config
        self.user_id = user_id

    @property
    def flags(self) -> Mapping[str, bool]:
        """Whether each flag that is on or off is on for the user, by name."""
        found = {name: self.config.flags.evaluate(name, user=self.user_id).value for name in self.config.flags}
        return {name: value for name, value in found.items() if isinstance(value, bool)}

    def is_enabled(self, flag: FeatureFlag | str, user_id: str | None = None) -> bool:
        """Return whether a flag is on for a user. Raises :class:`cfgcore.InvalidUser` for what is no user id."""
        return self.config.flags.is_enabled(str(flag), user=self.user_id if user_id is None else user_id)

    def __copy__(self) -> FeatureFlagConfig:
        return FeatureFlagConfig(self.config, self.user_id)

    def __deepcopy__(self, _memo: object) -> FeatureFlagConfig:
        return self.__copy__()

    def __repr__(self) -> str:
        return f"FeatureFlagConfig({dict(self.flags)})"
