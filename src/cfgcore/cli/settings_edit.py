"""Settings changed in a settings file, where the application reads them, and what of it takes effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cfgcore.cli.toml_file import same, with_value, written
from cfgcore.declare.policy import POLICIES
from cfgcore.declare.registry import Registry
from cfgcore.errors import SourceError
from cfgcore.layer.older import VERSIONS, stated_versions
from cfgcore.layer.plant import Planter
from cfgcore.layer.report import Report
from cfgcore.layer.settings_file import file_contributions, parsed
from cfgcore.layer.text import Text
from cfgcore.layer.tree import Table, combine, origin_at, values
from cfgcore.values.absent import ABSENT
from cfgcore.values.origin import Path
from cfgcore.values.problem import REDACTED
from cfgcore.view.cover import cover


@dataclass(frozen=True, slots=True)
class Editor:
    """Changes settings in texts of TOML, as an application with these declarations and environments reads them."""

    registry: Registry
    environments: Sequence[str] = ()

    def changed(self, text: Text, path: Path, value: Any) -> Text:
        """Return `text` with `value` for the setting at the canonical `path`, wherever and however it stands there.

        Raises :class:`SourceError` for a text that is not TOML, and where the value would not be what the text says.
        """
        if text.suffix != ".toml":
            raise SourceError(text.name, "only TOML files are changed in place")
        data = parsed(text)
        self._refuse_older(text, data, path)
        changed = with_value(text, self._target(text, data, path), value)
        self._require_effect(text, changed, path, value)
        return changed

    def covered(self, text: Text, *, private: bool) -> str:
        """Return `text` with dots for its secrets; of a `private` one, for all that is not declared as well."""
        found = text
        for key, value in _leaves(parsed(text)):
            shown = self._shown(self._unrooted(key), value, private=private)
            if not same(shown, value):
                found = with_value(found, key, shown)
        return found.content

    def _shown(self, key: Path, value: Any, *, private: bool) -> Any:
        path, fault = self.registry.canonical(key)
        place = self.registry.place(path) if path and not fault else None
        if place is None:
            return REDACTED if private and key[0].casefold() != VERSIONS else value
        if place.secret:
            return value if value == written(None) else REDACTED
        return cover(place.kind, value)

    def _target(self, text: Text, data: Mapping[str, Any], path: Path) -> Path:
        """Return the keys at which the text has the setting, or should have it."""
        root = self._root(data)
        table: Any = data
        for key in root:
            table = table.get(key, {})
        table = table if isinstance(table, Mapping) else {}
        found = list(self._standing(table, path))
        if len(found) > 1:
            lines = ", ".join(str(text.line_of((*root, *key))) for key in found)
            cause = f"{'.'.join(path)} stands here more than once, on lines {lines}; leave one of them"
            raise SourceError(text.name, cause)
        return (*root, *(found[0] if found else self._missing(table, path)))

    def _root(self, data: Mapping[str, Any]) -> Path:
        """Return the table of the environment that is asked for, or nothing where sections stand at the top."""
        if not self.environments:
            return ()
        wanted = self.environments[-1]
        by_name = {str(key).casefold(): str(key) for key in data}
        rooted = any(name.casefold() in by_name for name in ("default", *self.environments, "global"))
        return (by_name.get(wanted.casefold(), wanted),) if rooted else ()

    def _unrooted(self, key: Path) -> Path:
        """Return a key of the file without the environment, of any name, in whose table it stands."""
        rooted = len(key) > 1 and self.registry.section_named(key[0]) is None
        return key[1:] if rooted and self.registry.section_named(key[1]) is not None else key

    def _standing(self, table: Mapping[str, Any], path: Path, above: Path = ()) -> Iterator[Path]:
        """Yield the keys at which `table` holds the setting, in any case, by an alias or a former name."""
        for name, below in table.items():
            key = (*above, name)
            found, fault = self.registry.canonical(key)
            if not fault and found == path:
                yield key
            elif isinstance(below, Mapping) and (
                (not fault and found == path[: len(found)]) or self.registry.was_table(key)
            ):
                yield from self._standing(below, path, key)

    def _missing(self, table: Mapping[str, Any], path: Path) -> Path:
        """Return the keys of a setting that `table` does not hold: in the tables that are there, as they are spelt."""
        key: Path = ()
        for depth, name in enumerate(path[:-1], start=1):
            spelt = next((other for other in table if self.registry.canonical((*key, other))[0] == path[:depth]), name)
            key = (*key, spelt)
            below = table.get(spelt, {})
            table = below if isinstance(below, Mapping) else {}
        return (*key, path[-1])

    def _refuse_older(self, text: Text, data: Mapping[str, Any], path: Path) -> None:
        stated = next((value for key, value in data.items() if str(key).casefold() == VERSIONS), None)
        owner = path[: 2 if path[0] == POLICIES else 1]
        section = self.registry.section_at(owner)
        planter = Planter(self.registry, Report())
        version = stated_versions(text, stated, planter).get(".".join(owner))
        if section is None or version in (None, section.version):
            return
        dotted = ".".join(owner)
        line = text.line_of((VERSIONS, *owner))
        raise SourceError(
            f"{text.name}:{line}" if line else text.name,
            f"[{VERSIONS}] says that {dotted} is written for version {version} of the section, and {'.'.join(path)} is "
            f"a name of version {section.version}; bring the table to that version, and say so there",
        )

    def _require_effect(self, before: Text, text: Text, path: Path, value: Any) -> None:
        """Refuse a text, made of `before`, that does not say `value` at `path` where the application reads it."""
        report = Report()
        found: Any = values(self._tree(text, report))
        for key in path:
            found = found.get(key, ABSENT) if isinstance(found, Mapping) else ABSENT
        if same(found, value):
            return
        dotted, origin = ".".join(path), origin_at(self._tree(before, Report()), path)
        told = "; ".join(problem.message for problem in report.problems if problem.path == dotted)
        cause = told or f"{origin.place if origin else 'a token'} says otherwise; change it there"
        raise SourceError(text.name, f"{dotted} would not have that value: {cause}")

    def _tree(self, text: Text, report: Report) -> Table:
        return combine(file_contributions(text, self.environments, Planter(self.registry, report)))


def _leaves(table: Mapping[str, Any], above: Path = ()) -> Iterator[tuple[Path, Any]]:
    for name, below in table.items():
        if isinstance(below, Mapping) and below:
            yield from _leaves(below, (*above, name))
        else:
            yield (*above, name), below
