"""What settings were called before: the former paths, each with the path that it has today."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from cfgcore.declare.flag_path import FLAGS
from cfgcore.declare.kind import Kind, Setting
from cfgcore.declare.policy import POLICIES
from cfgcore.declare.resolved import Place, Section
from cfgcore.errors import DeclarationError
from cfgcore.values.origin import Path

Sections = Mapping[str, Section]


def renames_of(sections: Sections, policies: Sections, place: Callable[[Path], Place | None]) -> dict[str, Path]:
    """Return the former paths of settings, dotted and in lower case, each with the path of today.

    `place` finds what stands at a path. Policies move among policies only, and other settings among sections. Raises
    :class:`DeclarationError` for a former name that is another setting's, or could have no effect.
    """
    found: dict[str, Path] = {}
    for section in (*sections.values(), *policies.values()):
        base = (POLICIES,) if section.header.scope == "policy" and section.name != POLICIES else ()
        siblings = policies if base else sections
        for setting, old, subject in _formerly(section):
            inner = (old if "." in old else f"{section.name}.{old}").casefold()
            former = ".".join((*base, inner))
            home, _, name = inner.partition(".")
            if not base and home in (POLICIES, FLAGS):
                raise DeclarationError(f"{subject}: renamed_from={old!r}: a setting cannot have been one of the {home}")
            if former in found or place(tuple(former.split("."))) is not None:
                raise DeclarationError(f"{subject}: renamed_from={old!r} is the name of another setting")
            if home in siblings and name in siblings[home].removed:
                raise DeclarationError(f"{subject}: renamed_from={old!r} is declared as removed; take one out")
            found[former] = (*base, section.name, setting.name)
    return found


def _formerly(section: Section) -> Iterator[tuple[Setting, str, str]]:
    """Yield each setting that had another name, that name, and how the setting is called in an error."""
    for setting in section.settings.values() if section.name != POLICIES else ():
        what = "policy section" if section.header.scope == "policy" else "section"
        subject = f"plugin {section.plugin!r}: {what} {section.name!r}: {setting.name}"
        for below in _below(setting.kind):
            if below.declared.renamed_from:
                raise DeclarationError(
                    f"{subject}: {below.name}: renamed_from= has no effect within a value; raise the version of the "
                    f"section, and write a step"
                )
        for old in setting.declared.renamed_from:
            yield setting, old, subject


def _below(kind: Kind) -> Iterator[Setting]:
    """Yield the settings of the records that a value holds, at any depth."""
    for setting in kind.fields.values():
        yield setting
        yield from _below(setting.kind)
    if kind.item is not None:
        yield from _below(kind.item)
