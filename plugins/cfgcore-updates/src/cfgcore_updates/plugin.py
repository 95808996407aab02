"""The hooks of cfgcore-updates."""

from typing import Any

from cfgcore import Constraint, Flag, Profile, Rule, hookimpl
from cfgcore_updates.constraints import constraints
from cfgcore_updates.profiles import PROFILES
from cfgcore_updates.rules import RULES
from cfgcore_updates.section import UpdatesConfig, UpdatesPolicies


@hookimpl
def cfgcore_sections() -> list[type]:
    """The `updates` section, and its policies."""
    return [UpdatesConfig, UpdatesPolicies]


@hookimpl
def cfgcore_rules() -> list[Rule]:
    """What installing without asking needs, and what it should not go without."""
    return list(RULES)


@hookimpl
def cfgcore_profiles() -> list[Profile]:
    """This section's part of the automation levels."""
    return list(PROFILES)


@hookimpl
def cfgcore_flags() -> list[Flag]:
    """The switch for updates without asking."""
    return [
        Flag(
            "auto_updates",
            default=False,
            description="Models are updated without asking.",
            owner="cfgcore-updates",
        )
    ]


@hookimpl
def cfgcore_constraints(policies: Any) -> list[Constraint]:
    """Nothing is installed by itself while updates need approval."""
    return list(constraints(policies.updates))
