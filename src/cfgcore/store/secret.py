"""Stored secrets live apart from the documents; a document holds a reference in their place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cfgcore.store.protocol import Store
    from cfgcore.store.record import Record
    from cfgcore.values.origin import Path

REFERENCE = "$secret"


def secret_prefix(document: str) -> str:
    """Return what the keys of all secrets of `document` begin with; no two documents share one."""
    return hashlib.sha256(document.encode("utf-8", "surrogatepass")).hexdigest()[:32] + ":"


def new_key(document: str) -> str:
    """Return a fresh key for a secret of `document`."""
    import secrets

    return secret_prefix(document) + secrets.token_hex(16)


def reference(key: str) -> dict[str, str]:
    """Return what stands in a document in the place of the secret with this key."""
    return {REFERENCE: key}


def key_in(value: Any) -> str | None:
    """Return the key of the secret that `value` refers to, or None where it is no reference."""
    return value[REFERENCE] if isinstance(value, dict) and set(value) == {REFERENCE} else None


def references_in(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield each reference in `value`: its path, and the key of the secret that it refers to."""
    key = key_in(value)
    if key is not None:
        yield path, key
    elif isinstance(value, Mapping):
        for name, below in value.items():
            yield from references_in(below, (*path, name))


def missing(values: Mapping[str, Any], store: Store) -> Iterator[Path]:
    """Yield the paths of the secrets that `values` refer to and that `store` does not know."""
    found = list(references_in(values))
    known = store.read_secrets([key for _, key in found]) if found else {}
    yield from (path for path, key in found if key not in known)


def missing_in(store: Store) -> str:
    """Return what is to be said of a secret that is missing in `store`."""
    return (
        f"its secret is missing in {store.url}, and the value below counts; put the secrets back "
        "(of a JSON file, those in .secrets beside it), or set it again"
    )


def keys_of(record: Record) -> Iterator[str]:
    """Yield the keys of all references in what a record says of documents, before it and after."""
    for edits in record.edits().values():
        for edit in edits:
            yield from keys_in(edit.old)
            yield from keys_in(edit.new)


def keys_in(value: Any) -> Iterator[str]:
    """Yield the keys of all references in `value`."""
    key = key_in(value)
    if key is not None:
        yield key
    elif isinstance(value, dict):
        for below in value.values():
            yield from keys_in(below)
