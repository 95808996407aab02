"""What differs in the flags of everyone or of a user, as events tell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cfgcore.declare.flag_path import FLAGS
from cfgcore.values.absent import ABSENT
from cfgcore.values.frozen import FrozenDict, freeze
from cfgcore.view.difference import Change, same

if TYPE_CHECKING:
    from cfgcore.change.flag_state import FlagState
    from cfgcore.store.document import Document

_NOTHING: Mapping[str, Any] = FrozenDict()


def flag_changes(
    before: FlagState, after: FlagState, old: Document | None = None, new: Document | None = None
) -> tuple[Change, ...]:
    """Return the flags that are not what they were: a definition, or what a user was given in its place.

    `old` and `new` are the user's document; there is none for everyone. A flag that is not there is None.
    """
    if before is after and old is new:
        return ()
    given, gives = _given(before, old), _given(after, new)
    found = []
    for key in sorted({*before.layers, *after.layers, *given, *gives}):
        was, now = given.get(key, _definition(before, key)), gives.get(key, _definition(after, key))
        if not same(was, now):
            origin = after.layers[key][-1].origin if key in after.layers and key not in gives else None
            found.append(Change(f"{FLAGS}.{key}", was, now, origin))
    return tuple(found)


def _definition(state: FlagState, key: str) -> Any:
    layers = state.layers.get(key)
    return freeze(layers[-1].value) if layers else None


def _given(state: FlagState, document: Document | None) -> Mapping[str, Any]:
    given = document.values.get(FLAGS, ABSENT) if document is not None else ABSENT
    if not isinstance(given, Mapping):
        return _NOTHING
    return {key: variant for key, variant in given.items() if not state.is_enforced(key)}
