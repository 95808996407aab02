"""A store's file edited by hand: taken in as a change like any other, or set aside with the reason."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from cfgcore.change.commit import Outcome
from cfgcore.change.engine import Engine
from cfgcore.change.home import is_secret
from cfgcore.change.ledger import returned
from cfgcore.change.past import document_at
from cfgcore.change.today import raw_of
from cfgcore.change.values import edits_between, same, with_value
from cfgcore.errors import CfgcoreError
from cfgcore.store.document import VERSIONS, Document
from cfgcore.store.outside import EditableOutside, OutsideEdit
from cfgcore.store.protocol import Snapshot, pages
from cfgcore.store.record import Edit
from cfgcore.store.secret import key_in, new_key, reference
from cfgcore.values.absent import ABSENT

logger = logging.getLogger("cfgcore.store")

ACTION = ACTOR = "edited outside"


def take_in(engine: Engine) -> Outcome | None:
    """Deal with an edit of the store's file by hand, if there is one; return what it changed.

    The edit is what differs from the revision that the file names, made on top of what was committed since. It is
    checked like any change. One that cannot be read or is refused is set aside, logged, and changes nothing.
    """
    store = engine.editable
    edit = store.outside_edit() if store is not None else None
    if store is None or edit is None:
        return None
    try:
        if edit.problem is not None:
            raise CfgcoreError(edit.problem)
        return _committed(engine, store, edit)
    except CfgcoreError as error:
        _set_aside(store, engine.store.url, error)
        engine.refused([], None, ACTOR, "", error)
        return None


def _set_aside(store: EditableOutside, url: str, reason: CfgcoreError) -> None:
    try:
        aside = store.set_aside()
    except CfgcoreError as error:
        logger.error("%s: the edit by hand is not taken in: %s; nor can it be set aside: %s", url, reason, error)
    else:
        logger.error("%s: the edit by hand is not taken in: %s; the edited file is kept as %s", url, reason, aside)


def _committed(engine: Engine, store: EditableOutside, edit: OutsideEdit) -> Outcome:
    stored = {name for page in pages(engine.store) for name in page}
    names = sorted((stored | edit.documents.keys()) - {VERSIONS})
    snapshot = engine.read(names)
    targets: dict[str, Mapping[str, Any]] = {}
    secrets: dict[str, Any] = {}
    _refuse_versions(edit, snapshot)
    for name in names:
        now = snapshot.documents[name]
        edited = _edited(engine, name, edit)
        based_on = edit.base_revision is not None and not edit.copy
        raw = document_at(engine.store, name, raw_of(now), edit.base_revision or 0) if based_on else raw_of(now)
        then = engine.forms.today(name, raw)
        returned(then, edited)
        values = now.values
        for change in edits_between(then.values, edited.values):
            values = with_value(values, change.path, _apart(engine, name, change, secrets))
        targets[name] = values
    plan = engine.planned(targets, snapshot, ACTION, ACTOR, "", secrets=secrets)
    if not plan:
        raise CfgcoreError("it changes no value; what else it changes is not taken in")
    return engine.commit(plan, partial(store.commit, over_edit=True))


def _edited(engine: Engine, name: str, edit: OutsideEdit) -> Document:
    """Return a document of the edited file in today's form; one that the file does not hold is empty."""
    found = edit.documents.get(name)
    versions = edit.documents[VERSIONS].values if VERSIONS in edit.documents else {}
    return engine.forms.today(name, Document(found.values, found.versions) if found else Document(), versions)


def _refuse_versions(edit: OutsideEdit, snapshot: Snapshot) -> None:
    found, known = edit.documents.get(VERSIONS), snapshot.documents[VERSIONS]
    if found is not None and found.values and not edit.copy and not same(dict(found.values), dict(known.values)):
        raise CfgcoreError(f"{VERSIONS!r} are the store's own; 'cfgcore upgrade finish' raises them")


def _apart(engine: Engine, name: str, change: Edit, secrets: dict[str, Any]) -> Any:
    """Return what is stored in the document: of a secret that somebody typed into the file, a reference."""
    is_typed = change.new not in (ABSENT, None) and key_in(change.new) is None
    if not is_typed or not is_secret(engine.registry, name, change.path):
        return change.new
    key = new_key(name)
    secrets[key] = change.new
    return reference(key)
