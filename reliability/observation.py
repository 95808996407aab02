"""What a store holds, seen through its own protocol."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cfgcore.store.protocol import Store
from cfgcore.store.record import broken
from cfgcore.store.secret import key_in
from reliability.model import Holding


def observe(store: Store, *, history: bool = True) -> Holding:
    """Return what a store holds: documents with their secrets, and of which documents each record still speaks.

    Without `history`, the log is left out.
    """
    names = store.names()
    snapshot = store.read(names)
    values = {name: found for name in names if (found := dict(_flat(store, snapshot.documents[name].values)))}
    payloads = [
        [record.revision, sorted(record.edits())]
        for record in (store.log() if history else ())
        if record.revision is not None and record.edits()
    ]
    return Holding(snapshot.head.revision, json.dumps(values, sort_keys=True), json.dumps(payloads))


def chain_fault(store: Store) -> str | None:
    """Return where the chain of a store's log breaks, or None."""
    head = store.head()
    return broken(store.log(limit=head.sequence), head)


def unexpected(found: Holding, allowed: Sequence[Holding]) -> str:
    """Return in what a holding differs from the last of those that were allowed."""
    expected = allowed[-1]
    told = [
        f"{name} {_around(str(getattr(found, name)), str(getattr(expected, name)))}"
        for name in ("revision", "values", "payloads")
        if getattr(found, name) != getattr(expected, name)
    ]
    return f"none of the {len(allowed)} states that were allowed; unlike the last of them in " + ", ".join(told)


def _around(found: str, expected: str) -> str:
    first = next((n for n, (one, other) in enumerate(zip(found, expected, strict=False)) if one != other), 0)
    begin = max(0, first - 80)
    return f"{found[begin : first + 120]!r} (not {expected[begin : first + 120]!r})"


def _flat(store: Store, values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        key = key_in(value)
        if key is not None:
            yield prefix + name, store.read_secrets([key]).get(key, "a secret that is not there")
        elif isinstance(value, Mapping):
            yield from _flat(store, value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
