"""The command ``cfgcore``: what a configuration is, why, and what is wrong with it."""

from cfgcore.cli.command import main

__all__ = ["main"]
