"""Where a setting's stored value lives: the document, and the path in it; and back."""

from __future__ import annotations

from collections.abc import Mapping

from cfgcore.declare.registry import Registry
from cfgcore.declare.resolved import Section
from cfgcore.store.document import FLAGS, POLICIES, SYSTEM, user_document
from cfgcore.values.origin import Path

#: The documents whose paths go without the first key of the public path, which is their name.
_NAMED = (POLICIES, FLAGS)


def home_of(path: Path, user: str | None = None) -> tuple[str, Path]:
    """Return the document that holds what everyone, or `user`, has at a public path, and the path in that document.

    Raises :class:`InvalidUser` for what is no user id.
    """
    if user is not None:
        return user_document(user), path
    return (path[0], path[1:]) if path[0] in _NAMED else (SYSTEM, path)


def public_path(document: str, inner: Path) -> Path:
    """Return the path by which callers know what stands at `inner` in a document."""
    return (document, *inner) if document in _NAMED else inner


def is_secret(registry: Registry, document: str, inner: Path) -> bool:
    """Return whether what stands at `inner` in a document is a secret, which is stored apart from it."""
    place = registry.place(public_path(document, inner)) if inner else None
    return place is not None and place.secret


def sections_in(registry: Registry, document: str) -> Mapping[str, Section]:
    """Return the sections whose values a document holds, by the name that it has there."""
    if document in _NAMED:
        return registry.policies if document == POLICIES else {}
    return {name: section for name, section in registry.sections.items() if name not in _NAMED}
