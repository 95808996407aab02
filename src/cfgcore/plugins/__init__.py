"""The plugins of one application."""

from cfgcore.plugins.plugins import ANSWERS, OnError, Plugins

__all__ = ["ANSWERS", "OnError", "Plugins"]
