"""Documents in today's form, and what of them this code cannot read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cfgcore.store.document import POLICIES, SYSTEM, Document, user_of
from cfgcore.values.frozen import FrozenDict
from cfgcore.values.origin import Origin
from cfgcore.values.problem import Problem


@dataclass(frozen=True, slots=True)
class Current(Document):
    """A document in today's form; `raw` is what the store holds.

    `held` names the sections that this code cannot read, with the reasons: they are not among the values, and stay as
    they are. `moved` are sections that a setting left or came to; `problems` is what migrating found.
    """

    raw: Document = field(default_factory=Document)
    held: Mapping[str, str] = field(default_factory=FrozenDict)
    moved: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()


def raw_of(document: Document) -> Document:
    """Return what the store holds of a document that may be in today's form."""
    return document.raw if isinstance(document, Current) else document


def held_of(document: Document | None) -> Mapping[str, str]:
    """Return the sections of a document that this code cannot read, with the reasons."""
    return document.held if isinstance(document, Current) else FrozenDict()


def unreadable(documents: Mapping[str, Document]) -> Mapping[str, str]:
    """Return the sections of everyone that this code cannot read, with the reasons.

    Where one policy section is, all policies are: nobody knows what they demand.
    """
    reasons = list(held_of(documents.get(POLICIES)).values())
    return {**held_of(documents.get(SYSTEM)), **({POLICIES: reasons[0]} if reasons else {})}


def unread_of(documents: Mapping[str, Document], section: str) -> list[str]:
    """Return why stored values of a section of everyone, or of the users whose documents are there, are not read."""
    users = [held_of(document) for name, document in documents.items() if user_of(name) is not None]
    return [held[section] for held in (unreadable(documents), *users) if section in held]


def problems_of(name: str, document: Document) -> Sequence[Problem]:
    """Return what migrating a document found, and which of its sections cannot be read."""
    if not isinstance(document, Current):
        return ()
    user = user_of(name)
    whose = "everyone" if user is None else repr(user)
    origin = Origin("stored" if user is None else "user", "stored", whose)
    held = [Problem("unreadable_section", section, reason, "warning") for section, reason in document.held.items()]
    return [
        replace(problem, origin=origin, path=prefix_of(name) + problem.path) for problem in (*held, *document.problems)
    ]


def prefix_of(name: str) -> str:
    """Return what begins the names that the storage versions of a document's sections are kept under."""
    return "" if name == SYSTEM or user_of(name) is not None else f"{name}."
