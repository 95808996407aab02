"""Whose a setting is: which plugin declares it, and who may set it."""

from __future__ import annotations

from collections.abc import Iterator

from cfgcore.declare.declaration import SectionScope
from cfgcore.declare.flag_path import FLAGS
from cfgcore.declare.policy import POLICIES
from cfgcore.declare.registry import Registry
from cfgcore.declare.resolved import Section
from cfgcore.values.origin import Path


def sections(registry: Registry) -> Iterator[tuple[Path, Section]]:
    """Yield every section that a plugin declares with the path at which it stands, policy sections included."""
    for name, section in registry.sections.items():
        if name != POLICIES:
            yield (name,), section
    for name, section in registry.policies.items():
        yield (POLICIES, name), section


def owner_of(registry: Registry, path: Path) -> str:
    """Return the plugin that declares what stands at a canonical path."""
    if path[0] == POLICIES and len(path) > 1 and path[1] in registry.policies:
        return registry.policies[path[1]].plugin
    if path[0] == FLAGS:
        return registry.flags[path[1]][0] if len(path) > 1 and path[1] in registry.flags else ""
    return registry.sections[path[0]].plugin


def scope_of(registry: Registry, path: Path) -> SectionScope:
    """Return who may set what stands at a canonical path: "user" where users may override it."""
    return registry.scope(path)
