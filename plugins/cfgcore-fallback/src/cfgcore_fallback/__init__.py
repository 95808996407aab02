"""What happens when a model is not available."""

from cfgcore_fallback.section import FallbackConfig

__all__ = ["FallbackConfig"]
