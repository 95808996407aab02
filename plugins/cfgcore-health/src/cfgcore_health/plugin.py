"""The hooks of cfgcore-health."""

from cfgcore import Flag, Profile, hookimpl
from cfgcore_health.profiles import PROFILES
from cfgcore_health.section import HealthConfig


@hookimpl
def cfgcore_sections() -> list[type]:
    """The `health` section."""
    return [HealthConfig]


@hookimpl
def cfgcore_profiles() -> list[Profile]:
    """This section's part of the automation levels."""
    return list(PROFILES)


@hookimpl
def cfgcore_flags() -> list[Flag]:
    """The switch for watching the health of models."""
    return [
        Flag(
            "health_monitoring",
            default=True,
            description="Regular checks of the health of installed models.",
            owner="cfgcore-health",
        )
    ]
