"""The hooks of cfgcore-downloader."""

from typing import Any

from cfgcore import Constraint, Flag, Rule, hookimpl
from cfgcore_downloader.constraints import constraints
from cfgcore_downloader.rules import RULES
from cfgcore_downloader.section import DownloadConfig, DownloadPolicies


@hookimpl
def cfgcore_sections() -> list[type]:
    """The `download` section, and its policies."""
    return [DownloadConfig, DownloadPolicies]


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


@hookimpl
def cfgcore_constraints(policies: Any) -> list[Constraint]:
    """The limit of each user's bandwidth, and the check of what was downloaded."""
    return list(constraints(policies.download))
