"""This section's part of the automation levels."""

from cfgcore import Profile

PROFILES = (
    Profile(selector="models.automation_level", value="manual", values={"storage.auto_cleanup_enabled": False}),
    Profile(selector="models.automation_level", value="fully_automatic", values={"storage.auto_cleanup_enabled": True}),
)
