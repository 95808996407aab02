"""The hooks by which plugins take part. Each is optional; a plugin is a module or an object with any of them.

Two kinds: *give me values* hooks answer with a list and are called once, when the configuration is opened, the one for
constraints whenever policies change; *this happened* hooks are told. A hook may leave out arguments that it does not
need. Where a plugin judges (rules, constraints), its failure counts against the configuration; where it listens, its
failure is logged and harms nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cfgcore.markers import hookspec

if TYPE_CHECKING:
    from cfgcore.change.commit import StoredChange
    from cfgcore.change.event import Event
    from cfgcore.change.exposure import Exposure
    from cfgcore.config import Config
    from cfgcore.declare.constraint import Constraint
    from cfgcore.declare.flag import Flag
    from cfgcore.declare.legacy import LegacyFormat
    from cfgcore.declare.profile import Profile
    from cfgcore.declare.rule import Rule
    from cfgcore.declare.source import Source
    from cfgcore.store.protocol import Store


@hookspec
def cfgcore_sections() -> Sequence[type[Any]]:  # type: ignore[empty-body]
    """Contribute sections: the classes made by ``@section``."""


@hookspec
def cfgcore_rules() -> Sequence[Rule]:  # type: ignore[empty-body]
    """Contribute rules over settings that must hold together, made by ``rule(...)``."""


@hookspec
def cfgcore_profiles() -> Sequence[Profile]:  # type: ignore[empty-body]
    """Contribute parts of profiles: values that follow from the value of another setting."""


@hookspec
def cfgcore_flags() -> Sequence[Flag]:  # type: ignore[empty-body]
    """Contribute feature flags with their defaults."""


@hookspec
def cfgcore_sources() -> Sequence[Source]:  # type: ignore[empty-body]
    """Contribute sources of values besides files and variables, such as a vault."""


@hookspec
def cfgcore_legacy_formats() -> Sequence[LegacyFormat]:  # type: ignore[empty-body]
    """Contribute older formats of configuration files, which ``cfgcore migrate`` and ``validate`` then read."""


@hookspec
def cfgcore_constraints(policies: Any) -> Sequence[Constraint]:  # type: ignore[empty-body]
    """Say what follows from the policies for settings: made by ``minimum(...)``, ``maximum(...)`` and the others."""


@hookspec
def cfgcore_open_store(url: str) -> Store | None:
    """Open a store whose URL has a scheme of this plugin's own; answer None for every other."""


@hookspec
def cfgcore_before_change(changes: Sequence[StoredChange]) -> str | None:
    """Judge stored changes before they are committed: answer why they may not be made, or None."""


@hookspec
def cfgcore_changed(event: Event) -> None:
    """Be told that effective values changed, after the new view is published."""


@hookspec
def cfgcore_exposure(exposure: Exposure) -> None:
    """Be told that a split gave a user a variant: once each as far as memory goes, from a thread of its own."""


@hookspec
def cfgcore_startup(config: Config) -> None:
    """Be told that the configuration is open and valid."""


@hookspec
def cfgcore_shutdown(config: Config) -> None:
    """Be told that the configuration is closed; it can still be read."""
