"""The two forms of a document: today's, which is judged, changed and shown, and the store's, which is kept.

The store says for each section at which version it is to be written, so that processes of an older release can read
what those of a newer one write. This is the one place that turns one form into the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cfgcore.change.today import Current, held_of, prefix_of, raw_of
from cfgcore.change.values import alike, edits_between, same
from cfgcore.declare.registry import Registry
from cfgcore.declare.resolved import Section
from cfgcore.errors import ValidationFailed
from cfgcore.migration.document import Migration, migrations, newer
from cfgcore.migration.steps import StepFailed, can_lower, lowered, raised
from cfgcore.store.document import SYSTEM, VERSIONS, Document, user_of
from cfgcore.store.protocol import Snapshot, Write
from cfgcore.store.record import Edit, Sides
from cfgcore.values.frozen import FrozenDict
from cfgcore.values.problem import Problem

_NOTHING = Migration({}, {})


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as the store is to have it: what is written, and the edits that lead there from what it has."""

    write: Write
    edits: tuple[Edit, ...]
    rises: Mapping[str, int]


class Forms:
    """Turns documents of the store into today's form, and back."""

    def __init__(self, registry: Registry) -> None:
        self._migrations = migrations(registry)

    def today(self, name: str, document: Document, versions: Mapping[str, Any] = FrozenDict()) -> Document:
        """Return a document in today's form: itself where that is what it is, else a :class:`Current`.

        `versions` are the storage versions, for a section whose version the document does not say.
        """
        if not document.values or isinstance(document, Current):
            return document
        migration, prefix, known = self._migration(name), prefix_of(name), document.versions
        if all(
            migration.is_today(section, _version(known, section, versions, prefix, migration))
            for section in document.values
        ):
            return document
        stated = {
            section: _version(known, section, versions, prefix, migration)
            for section in document.values
            if section in migration.sections
        }
        found = migration.migrated(document.values, stated, f"document {name!r}")
        current = {
            section: migration.sections[section].version if section in migration.sections else known.get(section, 1)
            for section in found.values
        }
        return Current(found.values, current, document.revision, document, found.held, found.moved, found.problems)

    def snapshot(self, snapshot: Snapshot) -> Snapshot:
        """Return documents that were read together in today's form."""
        known = snapshot.documents.get(VERSIONS)
        versions = known.values if known is not None else FrozenDict()
        documents = {name: self.today(name, found, versions) for name, found in snapshot.documents.items()}
        return Snapshot(snapshot.head, documents)

    def held(self, snapshot: Snapshot, name: str, sections: Iterable[str]) -> Mapping[str, str]:
        """Return which `sections` of a document may not be written now, with the reasons.

        Those are the ones that cannot be read, in it or in everyone's document, and those that the store wants written
        at a version that this code does not know.
        """
        migration, prefix = self._migration(name), prefix_of(name)
        versions = snapshot.documents[VERSIONS].values if VERSIONS in snapshot.documents else {}
        shared = snapshot.documents.get(SYSTEM) if user_of(name) is not None else None
        unreadable = {**held_of(shared), **held_of(snapshot.documents.get(name))}
        found = {}
        for section in sections:
            known = migration.sections.get(section)
            wanted = _storage(versions, prefix + section, known.version) if known is not None else 0
            if section in unreadable:
                found[section] = unreadable[section]
            elif known is not None and wanted > known.version:
                found[section] = newer(section, wanted, known.version, "the store")
        return found

    def stored(
        self,
        name: str,
        before: Document,
        values: Mapping[str, Any],
        edits: tuple[Edit, ...],
        versions: Mapping[str, Any],
    ) -> Stored:
        """Return what is written so that a document, `before` in today's form, holds today's `values`.

        `edits` lead from the one to the other.

        Only the sections that differ are lowered to the storage `versions`; others are brought up to them, or stay as
        they are. Raises :class:`ValidationFailed` where lowering a value would lose something.
        """
        raw = raw_of(before)
        migration, prefix = self._migration(name), prefix_of(name)
        contents: dict[str, Any] = {}
        written: dict[str, int] = {}
        rises: dict[str, int] = {}
        for section in sorted(values.keys() | held_of(before).keys()):
            known = migration.sections.get(section)
            if known is None or section in held_of(before):
                contents[section] = raw.values[section] if known is not None else values[section]
                written[section] = raw.versions.get(section, 1 if known is None else known.version)
                continue
            goal = _goal(known, _storage(versions, prefix + section, raw.versions.get(section, known.version)))
            has = _version(raw.versions, section, versions, prefix, migration)
            content = values[section]
            if section in raw.values and not _moved(before, section) and same(before.values.get(section), content):
                content, has = _brought(known, raw.values[section], content, has, goal)
            elif goal < known.version and isinstance(content, Mapping) and not _moved(before, section):
                content, has = _lowered(known, content, goal), goal
            else:
                has = known.version
            contents[section], written[section] = content, has
            recorded = versions.get(prefix + section)
            if not isinstance(recorded, int) or has > recorded:
                rises[prefix + section] = has
        if raw is not before or any(content is not values[section] for section, content in contents.items()):
            edits = tuple(edits_between(raw.values, contents))
        return Stored(Write(contents, written), edits, rises)

    def versions(self) -> dict[str, int]:
        """Return the versions of the code, by the names under which a store keeps its own."""
        return {
            prefix_of(kind) + name: section.version
            for kind, migration in self._migrations.items()
            for name, section in migration.sections.items()
        }

    def is_plain(self, name: str, edits: Iterable[Edit], sides: Sides) -> bool:
        """Return whether the edits of a document, between two `sides`, are said in today's terms already."""
        migration = self._migration(name)
        return all(
            migration.is_today(section, side.get(section, 1))
            for section in {edit.path[0] for edit in edits}
            for side in (sides.after, sides.before or {})
            if section in side or section in migration.evolving
        )

    def _migration(self, name: str) -> Migration:
        kind = SYSTEM if user_of(name) is not None else name
        return self._migrations.get(kind, _NOTHING)


def _storage(versions: Mapping[str, Any], key: str, otherwise: int) -> int:
    found = versions.get(key)
    return found if type(found) is int else otherwise


def _version(
    known: Mapping[str, int], section: str, versions: Mapping[str, Any], prefix: str, migration: Migration
) -> int:
    """Return the version of a document's section: the document says it, else the store, else it is today's."""
    found = known.get(section)
    if found is not None:
        return found
    declared = migration.sections.get(section)
    return _storage(versions, prefix + section, declared.version if declared else 1)


def _goal(section: Section, wanted: int) -> int:
    """Return the version to write: the one that the store wants where there is a way down to it, else today's."""
    return wanted if wanted < section.version and can_lower(section, wanted) else section.version


def _moved(before: Document, section: str) -> bool:
    return isinstance(before, Current) and section in before.moved


def _brought(section: Section, raw: Any, today: Any, has: int, goal: int) -> tuple[Any, int]:
    """Return a section that is not changed at version `goal`, or as it is where it is there already, or beyond."""
    if has >= goal or not isinstance(raw, Mapping):
        return raw, has
    if goal == section.version:
        return today, goal
    try:
        return raised(section, raw, has, goal)[0], goal
    except StepFailed:
        return raw, has


def _lowered(section: Section, values: Mapping[str, Any], goal: int) -> dict[str, Any]:
    """Return today's values at version `goal`. Raises :class:`ValidationFailed` where that would lose something."""
    remedy = (
        f"older processes still read version {goal} of section {section.name!r}; upgrade them all, run "
        f"'cfgcore upgrade finish', and change it then"
    )
    try:
        older, lost = lowered(section, values, goal)
        again, _ = raised(section, older, goal)
    except StepFailed as error:
        raise ValidationFailed([Problem("lossy", section.name, f"{error}; {remedy}")]) from error
    problems = [replace(found, code="lossy", message=f"{found.message}; {remedy}", severity="error") for found in lost]
    if not problems:
        differing = [edit.path for edit in edits_between(values, again) if not alike(edit.old, edit.new)]
        message = f"it would get lost on the way down; {remedy}"
        problems = [Problem("lossy", ".".join((section.name, *path)), message) for path in differing]
    if problems:
        raise ValidationFailed(problems)
    return older
