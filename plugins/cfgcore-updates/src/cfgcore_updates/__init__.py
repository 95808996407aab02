"""How models are kept up to date."""

from cfgcore_updates.section import UpdatesConfig

__all__ = ["UpdatesConfig"]
