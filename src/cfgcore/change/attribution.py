"""Who set what is stored: not the last commit of its document, but the last one that changed it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cfgcore.change.home import home_of
from cfgcore.change.past import records_since
from cfgcore.store.protocol import Store
from cfgcore.store.record import Record
from cfgcore.values.origin import Origin, Path

if TYPE_CHECKING:
    from cfgcore.view.explanation import Explanation


def setter(store: Store | None, path: Path, origin: Origin | None) -> str:
    """Return who set the policy at `path`, in words: ``set by root, revision 41``."""
    if origin is None:
        return ""
    if origin.kind == "asked":
        return "asked for by the same change"
    if origin.kind != "stored" or store is None:
        return str(origin) if origin.kind == "default" else f"set in {origin}"
    record = _last_change(store, *home_of(path))
    return f"set by {record.actor or '(erased)'}, revision {record.revision}" if record else f"set in {origin}"


def _last_change(store: Store, document: str, path: Path) -> Record | None:
    """Return the last commit that changed `path` of a document, or something in it or around it."""
    for record in records_since(store, 0, document):
        for edit in record.edits().get(document, ()):
            if all(one == other for one, other in zip(edit.path, path, strict=False)):
                return record
    return None


def attributed(found: Explanation, store: Store, path: Path, user: str | None) -> Explanation:
    """Return an explanation whose stored values name the revision that set them."""
    known = {
        said.origin: _attributed(said.origin, store, path, user if said.layer == "user" else None)
        for said in found.said
        if said.origin.kind == "stored"
    }
    said = tuple(replace(one, origin=known.get(one.origin, one.origin)) for one in found.said)
    return replace(found, origin=known.get(found.origin, found.origin), said=said)


def _attributed(origin: Origin, store: Store, path: Path, user: str | None) -> Origin:
    record = _last_change(store, *home_of(path, user))
    if record is None:
        return origin
    whose = origin.name.rpartition(", revision ")[0]
    return replace(origin, name=f"{whose}, revision {record.revision}")
