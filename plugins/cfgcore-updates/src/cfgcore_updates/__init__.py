"""How models are kept up to date."""

from cfgcore_updates.section import UpdatesConfig, UpdatesPolicies

__all__ = ["UpdatesConfig", "UpdatesPolicies"]
