"""One configuration that all plugins of an application share.

Declare with :func:`section`, :func:`setting` and :func:`rule`, contribute through :data:`hookimpl`, read with
:func:`open`. Every name is imported when it is first used, so that a plugin pays for what it declares and no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cfgcore.change.draft import Draft
    from cfgcore.change.event import Event
    from cfgcore.change.exposure import Exposure
    from cfgcore.check.result import ValidationResult
    from cfgcore.config import Config
    from cfgcore.declare.constraint import Constraint, choices, enforced, filtered, maximum, minimum, pattern
    from cfgcore.declare.declaration import setting
    from cfgcore.declare.flag import Flag
    from cfgcore.declare.legacy import Conversion, Dropped, LegacyFormat, Mapped, Whose
    from cfgcore.declare.profile import Profile
    from cfgcore.declare.rule import Rule, Violation, rule
    from cfgcore.declare.section import section, subsection
    from cfgcore.declare.source import Source
    from cfgcore.declare.step import step
    from cfgcore.errors import (
        CfgcoreError,
        Conflict,
        DeclarationError,
        HistoryErased,
        InvalidUser,
        PluginError,
        Reverted,
        SectionUnreadable,
        SourceError,
        StoreDamaged,
        StoreError,
        UnknownAttribute,
        UnknownPath,
        ValidationFailed,
    )
    from cfgcore.flag.outcome import Evaluation
    from cfgcore.installing.default_file import create_default
    from cfgcore.installing.examination import Examined, validate
    from cfgcore.installing.migration import migrate
    from cfgcore.installing.report import Migration
    from cfgcore.markers import hookimpl
    from cfgcore.opening import open
    from cfgcore.values.absent import ABSENT
    from cfgcore.values.origin import Origin
    from cfgcore.values.problem import Problem
    from cfgcore.view.difference import Change
    from cfgcore.view.explanation import Explanation
    from cfgcore.view.view import View
    from cfgcore.watch.subscription import Subscription

__all__ = [
    "ABSENT",
    "CfgcoreError",
    "Change",
    "Config",
    "Conflict",
    "Constraint",
    "Conversion",
    "DeclarationError",
    "Draft",
    "Dropped",
    "Evaluation",
    "Event",
    "Examined",
    "Explanation",
    "Exposure",
    "Flag",
    "HistoryErased",
    "InvalidUser",
    "LegacyFormat",
    "Mapped",
    "Migration",
    "Origin",
    "PluginError",
    "Problem",
    "Profile",
    "Reverted",
    "Rule",
    "SectionUnreadable",
    "Source",
    "SourceError",
    "StoreDamaged",
    "StoreError",
    "Subscription",
    "UnknownAttribute",
    "UnknownPath",
    "ValidationFailed",
    "ValidationResult",
    "View",
    "Violation",
    "Whose",
    "choices",
    "create_default",
    "enforced",
    "filtered",
    "hookimpl",
    "maximum",
    "migrate",
    "minimum",
    "open",
    "pattern",
    "rule",
    "section",
    "setting",
    "step",
    "subsection",
    "validate",
]

_HOMES = {
    "ABSENT": "values.absent",
    "CfgcoreError": "errors",
    "Change": "view.difference",
    "Config": "config",
    "Conflict": "errors",
    "Constraint": "declare.constraint",
    "Conversion": "declare.legacy",
    "DeclarationError": "errors",
    "Draft": "change.draft",
    "Dropped": "declare.legacy",
    "Evaluation": "flag.outcome",
    "Event": "change.event",
    "Examined": "installing.examination",
    "Explanation": "view.explanation",
    "Exposure": "change.exposure",
    "Flag": "declare.flag",
    "HistoryErased": "errors",
    "InvalidUser": "errors",
    "LegacyFormat": "declare.legacy",
    "Mapped": "declare.legacy",
    "Migration": "installing.report",
    "Origin": "values.origin",
    "PluginError": "errors",
    "Problem": "values.problem",
    "Profile": "declare.profile",
    "Reverted": "errors",
    "Rule": "declare.rule",
    "SectionUnreadable": "errors",
    "Source": "declare.source",
    "SourceError": "errors",
    "StoreDamaged": "errors",
    "StoreError": "errors",
    "Subscription": "watch.subscription",
    "UnknownAttribute": "errors",
    "UnknownPath": "errors",
    "ValidationFailed": "errors",
    "ValidationResult": "check.result",
    "View": "view.view",
    "Violation": "declare.rule",
    "Whose": "declare.legacy",
    "choices": "declare.constraint",
    "create_default": "installing.default_file",
    "enforced": "declare.constraint",
    "filtered": "declare.constraint",
    "hookimpl": "markers",
    "maximum": "declare.constraint",
    "migrate": "installing.migration",
    "minimum": "declare.constraint",
    "open": "opening",
    "pattern": "declare.constraint",
    "rule": "declare.rule",
    "section": "declare.section",
    "setting": "declare.declaration",
    "step": "declare.step",
    "subsection": "declare.section",
    "validate": "installing.examination",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module 'cfgcore' has no attribute {name!r}")
        import importlib

        value = globals()[name] = getattr(importlib.import_module(f"cfgcore.{_HOMES[name]}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted(__all__)
