"""Everything that the plugins of one application declare, checked against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from cfgcore.declare import flag_path
from cfgcore.declare.declaration import SectionScope
from cfgcore.declare.flag import Flag
from cfgcore.declare.given import given
from cfgcore.declare.policy import POLICIES, RULES, policies_section
from cfgcore.declare.profile import Profile
from cfgcore.declare.renames import renames_of
from cfgcore.declare.resolved import Place, Section, resolve
from cfgcore.declare.rule import Rule
from cfgcore.declare.section import removed_of
from cfgcore.declare.source import Source
from cfgcore.errors import DeclarationError, UnknownPath
from cfgcore.values.data import NoData
from cfgcore.values.frozen import plain
from cfgcore.values.origin import Path
from cfgcore.values.suggest import closest, did_you_mean

if TYPE_CHECKING:
    from marshmallow import Schema

    from cfgcore.declare.legacy import LegacyFormat

T = TypeVar("T", Rule, Profile, Flag, Source, "LegacyFormat")


@dataclass(frozen=True, slots=True)
class Owned:
    """What one plugin declares: the answers to its hooks, before they are checked."""

    plugin: str
    sections: Sequence[Any] = ()
    rules: Sequence[Any] = ()
    profiles: Sequence[Any] = ()
    flags: Sequence[Any] = ()
    sources: Sequence[Any] = ()
    legacy_formats: Sequence[Any] = ()


class Registry:
    """What the plugins of an application declare, by name and in order of registration.

    `policies` are the sections of scope "policy". All of them make one section `policies`, the last of `sections`.

    Raises :class:`DeclarationError` for duplicates, for defaults outside their own bounds, for paths that name no
    setting of an installed section, and for whatever else cannot be; it names the plugins and the remedy.
    """

    def __init__(self, declarations: Sequence[Owned]) -> None:
        self.sections: dict[str, Section] = {}
        self.policies: dict[str, Section] = {}
        self._names: dict[str, str] = {}
        for owned in declarations:
            for cls in owned.sections:
                self._add(resolve(cls, owned.plugin))
        if self.policies:
            self._add_section(policies_section(self.policies))
        flags = tuple(self._owned(declarations, "flags", Flag))
        _check_flags(flags)
        self.flags = {flag.name: (plugin, flag) for plugin, flag in flags}
        self._renamed = renames_of(self.sections, self.policies, self.place)
        rules = self._owned(declarations, "rules", Rule)
        self.rules = tuple((plugin, self._current_rule(plugin, rule)) for plugin, rule in rules)
        profiles = self._owned(declarations, "profiles", Profile)
        self.profiles = tuple((plugin, self._current_profile(plugin, profile)) for plugin, profile in profiles)
        self._check_profiles()
        self.sources = tuple(self._owned(declarations, "sources", Source))
        self.legacy_formats = self._formats([owned for owned in declarations if owned.legacy_formats])

    def _add(self, section: Section) -> None:
        if section.header.scope != "policy":
            self._add_section(section)
            return
        other = self.policies.setdefault(section.name, section)
        if other is not section:
            what = f"policy section {section.name!r}"
            raise DeclarationError(_twice(other.plugin, section.plugin, what, "rename its section"))

    def _add_section(self, section: Section) -> None:
        for name in dict.fromkeys((section.name, *section.header.aliases)):
            if name in self._names:
                other = self.sections[self._names[name]].plugin
                raise DeclarationError(_twice(other, section.plugin, f"section {name!r}", "rename its section"))
        self._names.update(dict.fromkeys((section.name, *section.header.aliases), section.name))
        self.sections[section.name] = section

    @staticmethod
    def _owned(declarations: Sequence[Owned], name: str, expected: type[T]) -> Iterator[tuple[str, T]]:
        for owned in declarations:
            for item in getattr(owned, name):
                if not isinstance(item, expected):
                    raise DeclarationError(
                        f"plugin {owned.plugin!r}: cfgcore_{name} returned {item!r}, which is no {expected.__name__}"
                    )
                yield owned.plugin, item

    def _formats(self, declarations: Sequence[Owned]) -> dict[str, tuple[str, LegacyFormat]]:
        found: dict[str, tuple[str, LegacyFormat]] = {}
        if not declarations:
            return found
        from cfgcore.declare.legacy import LegacyFormat

        for plugin, format_ in self._owned(declarations, "legacy_formats", LegacyFormat):
            other = found.setdefault(format_.name, (plugin, format_))
            if other[1] is not format_:
                raise DeclarationError(_twice(other[0], plugin, f"format {format_.name!r}", "rename its format"))
        return found

    @cached_property
    def schemas(self) -> Mapping[str, Schema]:
        """The marshmallow Schema of each section by name."""
        from cfgcore.declare.schema import schema_of

        return {name: schema_of(section) for name, section in self.sections.items()}

    def setting_paths(self) -> list[str]:
        """Return the dotted path of every setting, in order of declaration, policies last."""
        named = {name: section for name, section in self.sections.items() if name != POLICIES}
        named |= {f"{POLICIES}.{name}": section for name, section in self.policies.items()}
        found = [f"{name}.{setting}" for name, section in named.items() for setting in section.settings]
        return [*found, f"{POLICIES}.{RULES}"] if self.policies else found

    def section_named(self, name: str) -> Section | None:
        """Return the section of that name or alias, whatever the case of its letters."""
        found = self._names.get(name.casefold())
        return self.sections[found] if found is not None else None

    def section_at(self, path: Path) -> Section | None:
        """Return the section, or the section of policies, that a path names in any case; None for any other path."""
        if len(path) == 1:
            return self.section_named(path[0])
        is_policy = len(path) == 2 and path[0].casefold() == POLICIES
        return self.policies.get(path[1].casefold()) if is_policy else None

    def path_of(self, cls: type) -> Path:
        """Return where the section that `cls` declares stands. Raises :class:`UnknownPath` where no plugin has it."""
        for section in self.sections.values():
            if section.cls is cls:
                return (section.name,)
        for section in self.policies.values():
            if section.cls is cls:
                return (POLICIES, section.name)
        raise UnknownPath(
            f"{getattr(cls, '__name__', cls)!r} is not a section of this configuration; is its plugin loaded?"
        )

    def place(self, path: Path) -> Place | None:
        """Return what stands at a canonical path, or None where nothing may stand."""
        section = self.sections.get(path[0]) if path else None
        return section.trace(path[1:]) if section else flag_path.place(path)

    def scope(self, path: Path) -> SectionScope:
        """Return who may set what stands at a canonical path: "user" where users may override it."""
        if path[0] == flag_path.FLAGS:
            return "user"
        header = self.sections[path[0]].header
        if header.scope != "user":
            return header.scope
        places = (self.place(path[:length]) for length in range(2, len(path) + 1))
        is_of_system = any(place is not None and place.setting.declared.scope == "system" for place in places)
        return "system" if is_of_system else "user"

    def require(self, dotted: str) -> Path:
        """Return a caller's dotted path as keys. Raises :class:`UnknownPath`, with what was probably meant."""
        path, fault = (
            self.canonical(tuple(dotted.split("."))) if isinstance(dotted, str) else ((), f"{dotted!r} is not text")
        )
        if fault or not path:
            raise UnknownPath(fault or "the path is empty")
        return path

    def canonical(self, path: Path) -> tuple[Path, str | None]:
        """Return `path` as the declarations spell it, and None; or as far as it is known, and what is wrong with it.

        Names of sections and settings match in any case, by alias, and by the names they had before.
        """
        if flag_path.is_flag(path):
            return flag_path.spelt(path, self.flags), None
        moved = self._moved(path)
        if moved is not None:
            path = (*moved, *path[len(moved) :])
        section = self.section_named(path[0])
        if section is None:
            return (), self._unknown_section(path)
        known: Path = (section.name,)
        names: Mapping[str, Any] | None = section.settings
        owner: Any = section.cls
        for depth, key in enumerate(path[1:], start=1):
            if names is None:
                return (*known, *path[depth:]), None
            name = key if key in names else key.casefold()
            if name not in names:
                gone = removed_of(owner).get(name)
                if gone is not None:
                    return known, f"{'.'.join((*known, name))} was removed: {gone}"
                hint = did_you_mean(key, names) or (self._flat_policy(key) if known == (POLICIES,) else "")
                return known, f"unknown setting {'.'.join((*known, _spelt(key)))!r}.{hint}"
            known = (*known, name)
            kind = names[name].kind
            names, owner = (kind.fields, kind.cls) if kind.name == "record" else (None, None)
        return known, None

    def _flat_policy(self, name: str) -> str:
        """Return the hint for a policy that was named without the section it stands in."""
        flat = {
            setting: f"{POLICIES}.{group}.{setting}" for group, one in self.policies.items() for setting in one.settings
        }
        found = closest(name, flat)
        return f" Did you mean {flat[found]!r}?" if found else ""

    def _unknown_section(self, path: Path) -> str:
        joined = _spelt(path[0])
        hint = did_you_mean(joined, self._names)
        return f"unknown section {joined!r}." + (
            hint or (" No loaded plugin brings it." if self.sections else " No plugins are loaded.")
        )

    def renamed(self, path: Path) -> str | None:
        """Return the path that a setting named by its former name has today, or None if `path` is no former name."""
        moved = self._moved(path)
        return ".".join(moved) if moved else None

    def removed(self, path: Path) -> str | None:
        """Return why the setting that `path` names is no more, and what to do now; None for any other path."""
        section = self.section_named(path[0]) if path and self._moved(path) is None else None
        kind = section.kind if section else None
        for key in path[1:]:
            if kind is None or kind.name != "record":
                return None
            gone = removed_of(kind.cls).get(key.casefold())
            if gone is not None:
                return gone
            below = kind.fields.get(key) or kind.fields.get(key.casefold())
            kind = below.kind if below else None
        return None

    @property
    def renames(self) -> Mapping[str, Path]:
        """The former paths of settings, dotted and in lower case, each with the path that it has today."""
        return self._renamed

    def was_table(self, path: Path) -> bool:
        """Return whether the former name of a setting lies in a table at this path."""
        return any(former.startswith(".".join((*path, "")).casefold()) for former in self._renamed)

    def _moved(self, path: Path) -> Path | None:
        """Return what the setting is called today that the first keys of `path`, as many, name as it was called."""
        if not self._renamed or len(path) < 2:
            return None
        section = self.section_named(path[0])
        first = section.name if section else path[0]
        return self._renamed.get(".".join((first, *path[1 : 3 if first == POLICIES else 2])).casefold())

    def _current_rule(self, plugin: str, rule: Rule) -> Rule:
        subject = f"plugin {plugin!r}: rule {rule.code!r}"
        today = {path: self._current(path, subject) for path in rule.paths}
        for path in today.values():
            section = self.sections.get(path.split(".")[0])
            if section is not None and not _always_there(section, path.split(".")[1:]):
                raise DeclarationError(f"{subject}: {path!r} is not always there; take the setting that it lies in")
        return replace(rule, paths=tuple(today.values()), yields=today[rule.yields])

    def _current_profile(self, plugin: str, profile: Profile) -> Profile:
        subject = f"plugin {plugin!r}: profile {profile.value!r} of {profile.selector}"
        values = {self._current(path, subject): value for path, value in profile.values.items()}
        return replace(profile, selector=self._current(profile.selector, subject), values=values)

    def _current(self, dotted: str, subject: str) -> str:
        """Return the path that `dotted` has today; a path of a section that is not installed stays as it is."""
        path = tuple(dotted.split("."))
        if flag_path.is_flag(path):
            raise DeclarationError(f"{subject}: {flag_path.no_setting(dotted)}")
        if self.section_named(path[0]) is None and self.renamed(path) is None:
            return dotted
        found, fault = self.canonical(path)
        if fault or self.place(found) is None:
            known = [known for known in self.setting_paths() if known.startswith(f"{found[0]}.")]
            raise DeclarationError(f"{subject}: {dotted!r} is no setting.{did_you_mean(dotted, known)}")
        return ".".join(found)

    def _check_profiles(self) -> None:
        selectors = {profile.selector for _, profile in self.profiles}
        owners: dict[tuple[str, Any, str], str] = {}
        for plugin, profile in self.profiles:
            subject = f"profile {profile.value!r} of {profile.selector}"
            for path, value in profile.values.items():
                fault = "which selects profiles itself" if path in selectors else self._beyond(profile.selector, path)
                if fault:
                    raise DeclarationError(f"plugin {plugin!r}: {subject}: it sets {path}, {fault}")
                self._check_profiled(f"plugin {plugin!r}: {subject}", path, value)
                other = owners.setdefault((profile.selector, repr(plain(profile.value)), path), plugin)
                if other != plugin:
                    raise DeclarationError(_twice(other, plugin, f"{path} in {subject}", "leave it to the other"))

    def _check_profiled(self, subject: str, path: str, value: Any) -> None:
        place = self.place(tuple(path.split(".")))
        try:
            if place is not None:
                given(place.setting, value)
        except NoData as error:
            raise DeclarationError(f"{subject}: {'.'.join((path, *error.path))}: {error}") from None

    def _beyond(self, selector: str, path: str) -> str | None:
        """Return why whoever sets `selector` may not set `path` by it: a user is given what users may set."""
        paths = tuple(tuple(dotted.split(".")) for dotted in (selector, path))
        if any(self.place(keys) is None for keys in paths):
            return None
        selecting, scope = map(self.scope, paths)
        if POLICIES in (scope, paths[1][0]):
            return "which is a policy: an administrator sets it, and no profile"
        if scope == "system" and selecting == "user":
            return f"which users cannot set, and they set {selector}; make that of scope 'system', or leave {path} out"
        return None


def _check_flags(flags: Sequence[tuple[str, Flag]]) -> None:
    seen: dict[str, str] = {}
    for plugin, flag in flags:
        if flag.name in seen:
            raise DeclarationError(_twice(seen[flag.name], plugin, f"flag {flag.name!r}", "rename its flag"))
        seen[flag.name] = plugin


def _twice(one: str, other: str, what: str, remedy: str) -> str:
    if one == other:
        return f"plugin {one!r} declares {what} twice"
    return f"plugins {one!r} and {other!r} both declare {what}; disable one of them, or {remedy}"


def _always_there(section: Section, keys: Sequence[str]) -> bool:
    """Return whether `keys` lead through nothing but subsections, which are there whatever the sources say."""
    kind = section.kind
    for key in keys:
        if kind.name != "record" or kind.optional:
            return False
        kind = kind.fields[key].kind
    return True


def _spelt(key: str) -> str:
    """Return a name as it was probably meant: variables are in capitals, names are not."""
    return key.lower() if key.isupper() else key
