"""This section's part of the automation levels."""

from cfgcore import Profile

PROFILES = (
    Profile(selector="models.automation_level", value="manual", values={"fallback.auto_queue_requests": False}),
    Profile(selector="models.automation_level", value="fully_automatic", values={"fallback.auto_queue_requests": True}),
)
