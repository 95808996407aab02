"""Stored secrets live apart from the documents; a document holds a reference in their place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

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


def keys_in(value: Any) -> Iterator[str]:
    """Yield the keys of all references in `value`."""
    key = key_in(value)
    if key is not None:
        yield key
    elif isinstance(value, dict):
        for below in value.values():
            yield from keys_in(below)
