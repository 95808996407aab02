"""Which models are preferred or blocked, and how much is automatic; and the whole configuration as callers know it.

What the callers use is imported when it is first used, so that the plugin costs what it declares and no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfgcore_models.section import AutomationLevel, ModelsConfig, ModelsPolicies

if TYPE_CHECKING:
    from cfgcore_models.allowance import Allowance, Models
    from cfgcore_models.configuration import EnhancedModelConfiguration
    from cfgcore_models.flags import FeatureFlag, FeatureFlagConfig
    from cfgcore_models.manager import ConfigurationManager
    from cfgcore_models.policies import AdminPolicies
    from cfgcore_models.preferences import UserPreferences
    from cfgcore_models.updater import RuntimeConfigurationUpdater
    from cfgcore_models.validator import ConfigurationValidator

__all__ = [
    "AdminPolicies",
    "Allowance",
    "AutomationLevel",
    "ConfigurationManager",
    "ConfigurationValidator",
    "EnhancedModelConfiguration",
    "FeatureFlag",
    "FeatureFlagConfig",
    "Models",
    "ModelsConfig",
    "ModelsPolicies",
    "RuntimeConfigurationUpdater",
    "UserPreferences",
]

_HOMES = {
    "AdminPolicies": "policies",
    "Allowance": "allowance",
    "ConfigurationManager": "manager",
    "ConfigurationValidator": "validator",
    "EnhancedModelConfiguration": "configuration",
    "FeatureFlag": "flags",
    "FeatureFlagConfig": "flags",
    "Models": "allowance",
    "RuntimeConfigurationUpdater": "updater",
    "UserPreferences": "preferences",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib

        value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted(__all__)
