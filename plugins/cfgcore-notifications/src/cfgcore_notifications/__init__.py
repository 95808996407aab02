"""What users are told about their models, and how."""

from cfgcore_notifications.section import NotificationConfig

__all__ = ["NotificationConfig"]
