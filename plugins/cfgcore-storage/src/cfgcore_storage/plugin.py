"""The hooks of cfgcore-storage."""

from cfgcore import Profile, hookimpl
from cfgcore_storage.profiles import PROFILES
from cfgcore_storage.section import StorageConfig


@hookimpl
def cfgcore_sections() -> list[type]:
    """The `storage` section."""
    return [StorageConfig]


@hookimpl
def cfgcore_profiles() -> list[Profile]:
    """This section's part of the automation levels."""
    return list(PROFILES)
