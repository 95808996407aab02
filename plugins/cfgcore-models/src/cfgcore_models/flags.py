"""The feature flags of the model application."""

from __future__ import annotations

from enum import Enum


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
