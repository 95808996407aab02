"""The order in which settings are shown: in schemas, references and pages."""

from __future__ import annotations

from collections.abc import Mapping

from cfgcore.declare.kind import Kind, Setting


def arranged(settings: Mapping[str, Setting]) -> list[Setting]:
    """Return `settings` as their authors want them shown.

    Those with an `order` come first, lowest first, then the others as they were declared. The settings of a `group`
    stand together, where the first of them stands.
    """
    found = list(settings.values())
    found.sort(key=lambda setting: (setting.declared.order is None, setting.declared.order or 0))
    groups = list(dict.fromkeys(_group(setting) for setting in found))
    return sorted(found, key=lambda setting: groups.index(_group(setting)))


def _group(setting: Setting) -> tuple[str, str]:
    """Return what keeps settings together: the group, or the name of a setting that is in none."""
    group = setting.declared.group
    return ("group", group) if group else ("setting", setting.name)


def titled(name: str) -> str:
    """Return the name of a setting as a title: ``Max retries``."""
    return name.replace("_", " ").capitalize()


def hides(setting: Setting) -> bool:
    """Return whether the setting is a secret, or holds one, so that its default must not be shown."""
    return setting.declared.secret or _holds_secret(setting.kind)


def _holds_secret(kind: Kind) -> bool:
    below = [setting for setting in kind.fields.values() if hides(setting)]
    return bool(below) or (kind.item is not None and _holds_secret(kind.item))
