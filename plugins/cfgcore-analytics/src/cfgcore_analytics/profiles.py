"""This section's part of the automation levels."""

from cfgcore import Profile

PROFILES = (
    Profile(
        selector="models.automation_level",
        value="fully_automatic",
        values={"analytics.auto_cleanup_suggestions": True},
    ),
)
