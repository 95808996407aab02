"""The hooks of cfgcore-notifications."""

from cfgcore import Flag, hookimpl
from cfgcore_notifications.section import NotificationConfig


@hookimpl
def cfgcore_sections() -> list[type]:
    """The `notification` section."""
    return [NotificationConfig]


@hookimpl
def cfgcore_flags() -> list[Flag]:
    """The switch for notifications at the moment something happens."""
    return [
        Flag(
            "real_time_notifications",
            default=True,
            description="Notifications are sent at the moment something happens.",
            owner="cfgcore-notifications",
        )
    ]
