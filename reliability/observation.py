"""What a store holds, seen through its own protocol."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cfgcore.store.protocol import Store
from cfgcore.store.record import broken
from cfgcore.store.secret import key_in
from reliability.model import Holding


def observe(store: Store) -> Holding:
    """Return what a store holds: documents with their secrets, and of which documents each record still speaks."""
    names = store.names()
    snapshot = store.read(names)
    values = {name: found for name in names if (found := dict(_flat(store, snapshot.documents[name].values)))}
    payloads = [
        [record.revision, sorted(record.edits())]
        for record in store.log()
        if record.revision is not None and record.edits()
    ]
    return Holding(snapshot.head.revision, json.dumps(values, sort_keys=True), json.dumps(payloads))


def chain_fault(store: Store) -> str | None:
    """Return where the chain of a store's log breaks, or None."""
    head = store.head()
    return broken(store.log(limit=head.sequence), head)


def _flat(store: Store, values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        key = key_in(value)
        if key is not None:
            yield prefix + name, store.read_secrets([key]).get(key, "a secret that is not there")
        elif isinstance(value, Mapping):
            yield from _flat(store, value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
