"""The hooks of cfgcore-analytics."""

from cfgcore import Flag, Profile, Rule, hookimpl
from cfgcore_analytics.profiles import PROFILES
from cfgcore_analytics.rules import RULES
from cfgcore_analytics.section import AnalyticsConfig


@hookimpl
def cfgcore_sections() -> list[type]:
    """The `analytics` section."""
    return [AnalyticsConfig]


@hookimpl
def cfgcore_rules() -> list[Rule]:
    """What deserves a warning before analytics are shared."""
    return list(RULES)


@hookimpl
def cfgcore_profiles() -> list[Profile]:
    """This section's part of the automation levels."""
    return list(PROFILES)


@hookimpl
def cfgcore_flags() -> list[Flag]:
    """The switch for recording the use of models."""
    return [
        Flag(
            "usage_analytics",
            default=True,
            description="Records of which models are used, and how well they perform.",
            owner="cfgcore-analytics",
        )
    ]
