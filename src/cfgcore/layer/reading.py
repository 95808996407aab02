"""All sources of an application, read in their order, and a signature that tells whether any of them changed."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

from cfgcore.declare.registry import Registry
from cfgcore.errors import PluginError, SourceError
from cfgcore.layer.report import Report, Unknown
from cfgcore.layer.secrets import secrets_contribution
from cfgcore.layer.text import Text, read_text
from cfgcore.layer.tree import Contribution, Table
from cfgcore.layer.variables import claimed, is_enforced, named_files, relevant, variable_contributions
from cfgcore.values.origin import Origin
from cfgcore.values.problem import Problem

if TYPE_CHECKING:
    from cfgcore.layer.plant import Planter

DEFAULT_FILES = ("settings.toml", "settings.yaml", "settings.yml", "settings.json", "settings.ini")
DEFAULT_SECRETS = (".secrets.toml", ".secrets.yaml", ".secrets.yml", ".secrets.json", ".secrets.ini")

#: A file younger than this when it was read may change again without its time or size showing it.
SETTLED_NS = 2_000_000_000

Stamp = tuple[int, int, int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where an application's values come from: its files in their order, settings first, then secrets.

    Files among `optional` may be absent. `policy_files` hold policies, and lie above everything.
    """

    files: tuple[File, ...] = ()
    optional: frozenset[File] = frozenset()
    policy_files: tuple[File, ...] = ()
    secrets_dir: File | None = None
    dotenv: File | None = None
    prefix: str = "CFGCORE"
    environments: tuple[str, ...] = ()
    unknown: Unknown = "warn"
    templates: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)


@dataclass(frozen=True, slots=True)
class Signature:
    """What the sources looked like when they were read: the stamps of files, and the variables that matter."""

    stamps: Mapping[File, Stamp]
    variables: Mapping[str, str]
    settled: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading of all sources gave: contributions, weakest first, and the problems found."""

    contributions: tuple[Contribution, ...]
    problems: tuple[Problem, ...]
    complete: bool
    signature: Signature


def stamp(file: File) -> Stamp:
    """Return what tells one state of a file from another without reading it, or None where there is no file."""
    try:
        found = os.stat(file)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


class Reader:
    """Reads the sources of one application."""

    def __init__(self, registry: Registry, sources: Sources) -> None:
        self._registry = registry
        self.sources = sources
        self._claimed = claimed(registry)

    def unchanged(self, signature: Signature) -> bool:
        """Return whether nothing can have changed since `signature`: a stat a file, and a look at the variables.

        Sources of plugins cannot be asked without reading them, secrets lie in a folder, and templates may use any file
        and variable: with one of these, the answer is no.
        """
        return (
            signature.settled
            and not self._registry.sources
            and not self.sources.templates
            and self.sources.secrets_dir is None
            and signature.variables == self._variables()
            and all(stamp(file) == known for file, known in signature.stamps.items())
        )

    def read(self) -> Reading:
        """Read all sources. What cannot be read, or makes no sense, is among the problems."""
        report = Report(self.sources.unknown)
        variables = self._variables()
        dotenv = [self.sources.dotenv] if self.sources.dotenv else []
        stamps = {file: stamp(file) for file in (*self.sources.files, *self.sources.policy_files, *dotenv)}
        known = self._known(variables, report)
        stamps.update({file: stamp(file) for file in named_files(known)})
        contributions = (
            *self._files(report),
            *self._environment(known, variables, report),
            *self._machine(report),
            *self._enforced(known, report),
        )
        newest = max((max(stamped[:2]) for stamped in stamps.values() if stamped), default=0)
        signature = Signature(stamps, variables, settled=newest < time.time_ns() - SETTLED_NS)
        return Reading(contributions, tuple(report.problems), not report.unreadable, signature)

    def _variables(self) -> dict[str, str]:
        return relevant(self.sources.environ, self.sources.prefix, self._claimed)

    def _files(self, report: Report) -> list[Contribution]:
        found: list[Contribution] = []
        for file in self.sources.files:
            try:
                found += self._file(file, report)
            except SourceError as error:
                report.cannot_read(error)
        if self.sources.secrets_dir is not None:
            try:
                planter = self._planter(report, literal=True)
                found.append(secrets_contribution(self.sources.secrets_dir, self.sources.prefix, planter))
            except SourceError as error:
                report.cannot_read(error)
        return found + self._plugin_sources("file", report)

    def _file(self, file: File, report: Report) -> list[Contribution]:
        try:
            text = read_text(file, _display(file))
        except FileNotFoundError:
            if file in self.sources.optional:
                return []
            raise SourceError(_display(file), "the file does not exist; only the default names may be absent") from None
        from cfgcore.layer.settings_file import file_contributions

        planter = self._planter(report, literal=text.suffix == ".ini")
        return file_contributions(text, self.sources.environments, planter)

    def _known(self, variables: Mapping[str, str], report: Report) -> dict[str, tuple[str, Origin]]:
        """Return the variables with their origins, those of the ``.env`` file below the real ones."""
        known = self._dotenv(report)
        known.update({name: (text, Origin("environment", "variable", name)) for name, text in variables.items()})
        return known

    def _environment(
        self, known: Mapping[str, tuple[str, Origin]], real: Mapping[str, str], report: Report
    ) -> list[Contribution]:
        found: list[Contribution] = []
        of_file = {name: variable for name, variable in known.items() if name not in real}
        for some in (of_file, {name: known[name] for name in real}):
            variables = {name: said for name, said in some.items() if not is_enforced(name, self.sources.prefix)}
            if variables:
                planter = self._planter(report, literal=True)
                found += variable_contributions(variables, self.sources.prefix, self._claimed, planter)
        return found + self._plugin_sources("environment", report)

    def _machine(self, report: Report) -> list[Contribution]:
        found: list[Contribution] = []
        for file in self.sources.policy_files:
            try:
                text = read_text(file, _display(file))
                found += self._policies(file, text, report)
            except FileNotFoundError:
                missing = "the policy file does not exist; create it, or do not name it"
                report.cannot_read(SourceError(_display(file), missing))
            except SourceError as error:
                report.cannot_read(error)
        return found

    def _policies(self, file: File, text: Text, report: Report) -> list[Contribution]:
        from cfgcore.layer.authority import machine_contributions

        return machine_contributions(file, text, self._planter(report, literal=text.suffix == ".ini"))

    def _enforced(self, known: Mapping[str, tuple[str, Origin]], report: Report) -> list[Contribution]:
        enforced = {name: said for name, said in known.items() if is_enforced(name, self.sources.prefix)}
        if not enforced:
            return []
        from cfgcore.layer.authority import enforced_contributions

        return enforced_contributions(enforced, self.sources.prefix, self._planter(report, literal=True))

    def _dotenv(self, report: Report) -> dict[str, tuple[str, Origin]]:
        if self.sources.dotenv is None:
            return {}
        from cfgcore.layer.settings_file import dotenv_variables

        file = self.sources.dotenv
        try:
            found = dotenv_variables(read_text(file, _display(file)))
        except FileNotFoundError:
            report.cannot_read(SourceError(_display(file), "the file does not exist; create it, or do not name it"))
            return {}
        except SourceError as error:
            report.cannot_read(error)
            return {}
        names = relevant(dict.fromkeys(found, ""), self.sources.prefix, self._claimed)
        return {name: found[name] for name in names}

    def _plugin_sources(self, layer: str, report: Report) -> list[Contribution]:
        found: list[Contribution] = []
        for plugin, source in self._registry.sources:
            if source.layer != layer:
                continue
            tree = Table()
            planter = self._planter(report, inert=True)
            data = _read_source(plugin, source.name, source.read)
            origin = Origin(layer, "source", f"{source.name!r} of plugin {plugin!r}")
            planter.plant(tree, (), data, lambda _key, origin=origin: origin, ())  # type: ignore[misc]
            found.append(Contribution(layer, source.name, tree))
        return found

    def _planter(self, report: Report, **how: bool) -> Planter:
        from cfgcore.layer.plant import Planter

        return Planter(self._registry, report, templates=self.sources.templates, **how)


def _read_source(plugin: str, name: str, read: Any) -> Mapping[str, Any]:
    try:
        data = read()
    except (Exception, SystemExit) as error:
        cause = f"source {name!r} failed: {type(error).__name__}: {error}"
        raise PluginError(f"plugin {plugin!r}: {cause}; mend it, or disable the plugin by name") from error
    if not isinstance(data, Mapping):
        cause = f"source {name!r} returned {type(data).__name__}, not a mapping of sections"
        raise PluginError(f"plugin {plugin!r}: {cause}")
    return data


def _display(file: File) -> str:
    try:
        return str(file.relative_to(File.cwd()))
    except ValueError:
        return str(file)
