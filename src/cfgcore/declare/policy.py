"""The section `policies`: a group of settings for each section that plugins declare with scope "policy", and the rules.

It is a section like any other, so that files, variables, stored values, pages and schemas need to know nothing of it.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from cfgcore.declare.declaration import Declaration, setting
from cfgcore.declare.inference import settings_of
from cfgcore.declare.kind import Kind, Setting
from cfgcore.declare.resolved import Section
from cfgcore.declare.section import Header, subsection
from cfgcore.errors import DeclarationError
from cfgcore.values.absent import ABSENT
from cfgcore.values.frozen import FrozenDict

POLICIES = "policies"
RULES = "rules"

#: Who brings what no plugin does.
CORE = "cfgcore"


@subsection
class PolicyRule:
    """What an administrator demands of one setting, whichever plugin it belongs to."""

    path: str = setting(help="The setting that is constrained: 'download.max_retries'.")
    minimum: float | None = setting(None, help="The least it may be.")
    maximum: float | None = setting(None, help="The most it may be.")
    none_means_unlimited: bool = setting(True, help="Whether no value is more than every maximum, or less.")
    choices: tuple[Any, ...] = setting((), help="The values that it may take.")
    pattern: str | None = setting(None, help="The RE2 pattern that its text must match as a whole.")
    value: Any = setting(None, help="The value that it has.")
    no_value: bool = setting(False, help="Whether it has no value at all.")
    remove: tuple[Any, ...] = setting((), help="Values that leave its list.")
    remove_matching: tuple[str, ...] = setting((), help="RE2 patterns; text that one of them matches leaves its list.")
    reason: str = setting("", help="Why; users are told.")
    users: tuple[str, ...] = setting((), help="Only these users; everybody unless given.")
    exempt: tuple[str, ...] = setting((), key="except", help="All users but these.")
    until: datetime | None = setting(None, help="When it ends.")
    mode: Literal["enforce", "report"] = setting("enforce", help="Whether it holds, or only says whom it would touch.")
    level: Literal["mandatory", "recommended"] = setting(
        "mandatory", help="Whether it binds, or only changes the default."
    )


@subsection
class _Common:
    """What stands beside the groups."""

    rules: tuple[PolicyRule, ...] = setting(
        (), scope="system", help="What an administrator demands of single settings, in order."
    )


def policies_section(sections: Mapping[str, Section]) -> Section:
    """Return the section `policies` with a group for each of `sections`.

    Raises :class:`DeclarationError` for a policy section that cannot be one.
    """
    for section in sections.values():
        fault = _fault(section)
        if fault:
            raise DeclarationError(f"plugin {section.plugin!r}: policy section {section.name!r}: {fault}")
    settings = {name: _group(section) for name, section in sections.items()} | dict(_common())
    cls = _class_of(tuple((name, found.kind.cls or tuple) for name, found in settings.items()))
    header = Header(POLICIES, 1, "Policies", (), "policy", None)
    fields = FrozenDict(settings)
    summary = "What an administrator demands. Users cannot override it; what follows from it binds their values."
    return Section(POLICIES, cls, header, CORE, summary, fields, Kind("record", cls=cls, fields=fields))


@functools.cache
def _common() -> Mapping[str, Setting]:
    return settings_of(_Common)


@functools.lru_cache(maxsize=16)
def _class_of(members: Sequence[tuple[str, type]]) -> type[Any]:
    """Return the class of the section: the same for the same groups, because Python takes its time to make one."""
    return dataclasses.make_dataclass(
        "Policies", members, frozen=True, slots=True, kw_only=True, namespace={"__doc__": _Common.__doc__}
    )


def _group(section: Section) -> Setting:
    kind = Kind("record", cls=section.cls, fields=section.settings)
    declared = Declaration(help=section.help, scope="system")
    return Setting(section.name, kind, section.cls(**section.defaults), declared)


def _fault(section: Section) -> str | None:
    if section.name == RULES:
        return f"the name {RULES!r} is reserved for what administrators add"
    if section.header.schema is not None:
        return "schema= is for ordinary sections: all policies are one, checked as one; give settings a field= instead"
    if section.header.aliases:
        return "aliases= are for ordinary sections: a policy has one path; give settings a renamed_from= instead"
    required = next((name for name, found in section.settings.items() if found.default is ABSENT), None)
    return f"{required}: it has no default; a policy that nobody sets demands nothing" if required else None
