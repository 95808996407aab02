"""Which models are preferred or blocked, and how much is automatic."""

from cfgcore_models.section import AutomationLevel, ModelsConfig

__all__ = ["AutomationLevel", "ModelsConfig"]
