"""The hooks of cfgcore-downloader."""

from cfgcore import Flag, Rule, hookimpl
from cfgcore_downloader.rules import RULES
from cfgcore_downloader.section import DownloadConfig


@hookimpl
def cfgcore_sections() -> list[type]:
    """The `download` section."""
    return [DownloadConfig]


@hookimpl
def cfgcore_rules() -> list[Rule]:
    """What the delays between attempts must hold together."""
    return list(RULES)


@hookimpl
def cfgcore_flags() -> list[Flag]:
    """The switch for downloads with retries, resuming and bandwidth limits."""
    return [
        Flag(
            "enhanced_downloads",
            default=True,
            description="Downloads that retry, resume, and respect limits.",
            owner="cfgcore-downloader",
        )
    ]
