"""This section's part of the automation levels."""

from cfgcore import Profile

PROFILES = (
    Profile(selector="models.automation_level", value="manual", values={"health.auto_repair_enabled": False}),
    Profile(selector="models.automation_level", value="fully_automatic", values={"health.auto_repair_enabled": True}),
)
