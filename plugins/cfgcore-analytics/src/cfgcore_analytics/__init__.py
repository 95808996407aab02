"""What is recorded about the use of models."""

from cfgcore_analytics.section import AnalyticsConfig

__all__ = ["AnalyticsConfig"]
