"""This section's part of the automation levels."""

from cfgcore import Profile

PROFILES = (
    Profile(
        selector="models.automation_level",
        value="manual",
        values={
            "updates.auto_check_updates": False,
            "updates.auto_download_updates": False,
            "updates.auto_install_updates": False,
        },
    ),
    Profile(
        selector="models.automation_level",
        value="fully_automatic",
        values={
            "updates.auto_check_updates": True,
            "updates.auto_download_updates": True,
            "updates.auto_install_updates": True,
        },
    ),
)
