"""A section as it is registered: its types resolved, its settings known by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cfgcore.declare.inference import settings_of
from cfgcore.declare.kind import Kind, Setting
from cfgcore.declare.section import Header, header_of, removed_of
from cfgcore.errors import DeclarationError
from cfgcore.values.absent import ABSENT


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A section whose types are resolved: its class, its settings in order of declaration, and who contributed it."""

    name: str
    cls: type[Any]
    header: Header
    plugin: str
    help: str
    settings: Mapping[str, Setting]
    kind: Kind

    def trace(self, keys: Sequence[str]) -> Place | None:
        """Return what stands at `keys` within this section, or None where nothing may stand."""
        if not keys or keys[0] not in self.settings:
            return None
        return _descend(self.settings[keys[0]], keys)

    @property
    def version(self) -> int:
        """The version of the section that this code knows."""
        return self.header.version

    @property
    def removed(self) -> Mapping[str, str]:
        """The settings that it no longer has by name, each with why, and what to do now."""
        return removed_of(self.cls)

    @property
    def defaults(self) -> dict[str, Any]:
        """The defaults of its settings by name; a required setting has none."""
        return {name: setting.default for name, setting in self.settings.items() if setting.default is not ABSENT}


@dataclass(frozen=True, slots=True)
class Place:
    """What stands at a path: the innermost setting, the kind of value there, and whether that lies in a secret."""

    setting: Setting
    kind: Kind
    secret: bool


def _descend(setting: Setting, keys: Sequence[str]) -> Place | None:
    kind: Kind | None = setting.kind
    secret = setting.declared.secret
    for key in keys[1:]:
        if kind is not None and kind.name == "record":
            if key not in kind.fields:
                return None
            setting = kind.fields[key]
            secret, kind = secret or setting.declared.secret, setting.kind
        elif kind is not None and kind.name in ("dict", "list"):
            kind = kind.item
        elif kind is None or kind.name != "any":
            return None
    return Place(setting, kind, secret) if kind else None


def resolve(cls: object, plugin: str) -> Section:
    """Resolve the types of a section class that `plugin` contributes.

    Raises :class:`DeclarationError` naming plugin, section and field where a type is unknown or not supported.
    """
    header = header_of(cls)
    if header is None or not isinstance(cls, type):
        raise DeclarationError(f"plugin {plugin!r}: {cls!r} is no section; decorate the class with @section(...)")
    subject = f"plugin {plugin!r}: section {header.name!r}"
    fault = _faulty_steps(header) if header.steps or header.version > 1 else None
    if fault:
        raise DeclarationError(f"{subject}: {fault}")
    try:
        settings = settings_of(cls)
    except TypeError as error:
        raise DeclarationError(f"{subject}: {error}") from error
    both = next((name for name in removed_of(cls) if name in settings), None)
    if both is not None:
        raise DeclarationError(f"{subject}: {both}: it is a setting; take removed= out")
    kind = Kind("record", cls=cls, fields=settings)
    summary = " ".join((cls.__doc__ or "").split("\n\n")[0].split())
    return Section(header.name, cls, header, plugin, summary, settings, kind)


def _faulty_steps(header: Header) -> str | None:
    from cfgcore.declare.step import complaint

    return complaint(header.version, header.steps)
