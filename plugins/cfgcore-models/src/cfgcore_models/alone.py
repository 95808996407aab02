"""A configuration of nothing but defaults, for preferences and policies that belong to no manager yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cfgcore import Config


def alone(user: str | None) -> Config:
    """Return what the installed plugins say, without files, variables and a store; nothing is told to them of it."""
    from cfgcore.config import Config
    from cfgcore.opening import load_plugins, sources_for

    plugins, registry = load_plugins()
    return Config(plugins, registry, sources_for(registry, settings_files=[], environ={}), user=user)
