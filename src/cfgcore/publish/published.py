"""What readers see at one moment, and what it was made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cfgcore.change.today import problems_of, unreadable
from cfgcore.store.document import VERSIONS, Document

if TYPE_CHECKING:
    from cfgcore.change.flag_state import FlagState
    from cfgcore.check.judgement import Judgement
    from cfgcore.declare.registry import Registry
    from cfgcore.layer.reading import Reading
    from cfgcore.layer.tree import Contribution
    from cfgcore.store.protocol import Snapshot
    from cfgcore.values.problem import Problem
    from cfgcore.view.difference import Change
    from cfgcore.view.view import View

Documents = Mapping[str, Document]


@dataclass(frozen=True, slots=True)
class Published:
    """What readers see, and what it was made of: `reading`, and above it `running`, what waits for a restart."""

    view: View
    judgement: Judgement
    reading: Reading
    warnings: tuple[Problem, ...]
    flags: FlagState
    stored: Snapshot | None = None
    running: tuple[Contribution, ...] = ()
    pending: tuple[Change, ...] = ()

    @property
    def documents(self) -> Documents:
        """The documents that everyone shares, in today's form."""
        return documents_in(self.stored)


@dataclass(frozen=True, slots=True)
class Watched:
    """The view of a user to whom somebody listens, and the document that it was made of."""

    document: Document
    view: View


def documents_in(stored: Snapshot | None) -> Documents:
    """Return the documents of a snapshot; without a store there are none."""
    return {} if stored is None else stored.documents


def problems_in(stored: Snapshot | None) -> tuple[Problem, ...]:
    """Return what migrating the documents of a snapshot found."""
    return tuple(problem for name, found in documents_in(stored).items() for problem in problems_of(name, found))


def revision_of(stored: Snapshot | None) -> int:
    """Return the last commit that changed what everyone shares."""
    return max((found.revision for name, found in documents_in(stored).items() if name != VERSIONS), default=0)


def missing(registry: Registry, judgement: Judgement, documents: Documents) -> Mapping[str, str]:
    """Return the sections that a judgement lacks, with the reasons that are known."""
    if len(judgement.sections) == len(registry.sections):
        return {}
    reasons = unreadable(documents)
    absent = [name for name in registry.sections if name not in judgement.sections]
    return {name: reasons.get(name, f"section {name!r} lacks a value that is required") for name in absent}
