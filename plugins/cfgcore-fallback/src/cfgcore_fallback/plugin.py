"""The hooks of cfgcore-fallback."""

from cfgcore import Flag, Profile, hookimpl
from cfgcore_fallback.profiles import PROFILES
from cfgcore_fallback.section import FallbackConfig


@hookimpl
def cfgcore_sections() -> list[type]:
    """The `fallback` section."""
    return [FallbackConfig]


@hookimpl
def cfgcore_profiles() -> list[Profile]:
    """This section's part of the automation levels."""
    return list(PROFILES)


@hookimpl
def cfgcore_flags() -> list[Flag]:
    """The switch for choosing alternatives by their compatibility."""
    return [
        Flag(
            "intelligent_fallback",
            default=True,
            description="Alternatives are chosen by how compatible they are.",
            owner="cfgcore-fallback",
        )
    ]
