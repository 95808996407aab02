"""How the health of models is watched."""

from cfgcore_health.section import HealthConfig

__all__ = ["HealthConfig"]
