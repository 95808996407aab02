"""The hooks of cfgcore-storage."""

from typing import Any

from cfgcore import Constraint, Profile, hookimpl
from cfgcore_storage.constraints import constraints
from cfgcore_storage.profiles import PROFILES
from cfgcore_storage.section import StorageConfig, StoragePolicies


@hookimpl
def cfgcore_sections() -> list[type]:
    """The `storage` section, and its policies."""
    return [StorageConfig, StoragePolicies]


@hookimpl
def cfgcore_profiles() -> list[Profile]:
    """This section's part of the automation levels."""
    return list(PROFILES)


@hookimpl
def cfgcore_constraints(policies: Any) -> list[Constraint]:
    """The limit of users' space."""
    return list(constraints(policies.storage))
