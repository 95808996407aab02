"""What may be stored of flags: definitions for everyone, variants for a user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cfgcore.declare.flag_path import FLAGS
from cfgcore.declare.registry import Registry
from cfgcore.flag.compiled import compiled
from cfgcore.flag.declared import declared
from cfgcore.flag.definition import Definition
from cfgcore.flag.shorthand import expanded, variant_of
from cfgcore.store.document import Document, user_of
from cfgcore.store.record import Edit
from cfgcore.values.absent import ABSENT
from cfgcore.values.problem import Problem
from cfgcore.values.suggest import did_you_mean


def declared_definition(registry: Registry, key: str) -> Definition | None:
    """Return the definition that the declaration of a flag amounts to, or None where no plugin declares it."""
    found = registry.flags.get(key)
    return declared(found[1]) if found is not None else None


def stored_form(registry: Registry, key: str, value: Any, user: str | None) -> Any:
    """Return what is stored where somebody asks for `value`: a definition, or for a user true, false or a variant.

    Raises ``ValueError`` for a variant that the declared flag does not have, and for a short form of an unknown flag.
    """
    base = declared_definition(registry, key)
    if user is not None:
        if not isinstance(value, (bool, str)):
            raise ValueError(f"a user has a variant, true or false, not {value!r}")
        if base is not None and isinstance(value, bool):
            variant_of(base, value)
        return value
    if isinstance(value, Mapping):
        return value
    if base is None:
        raise ValueError(f"unknown flag {key!r}." + (did_you_mean(key, registry.flags) or " Give a definition."))
    return expanded(value, base)


def flag_problems(documents: Mapping[str, Document], edits: Mapping[str, Sequence[Edit]]) -> list[Problem]:
    """Return what is wrong with the flags that `edits`, by document, lead to in `documents`."""
    found: list[Problem] = []
    for document, changes in edits.items():
        if document == FLAGS:
            values = documents[document].values
            for key in dict.fromkeys(edit.path[0] for edit in changes):
                found += compiled(key, values[key]).problems if key in values else ()
        elif user_of(document) is not None:
            for edit in changes:
                if edit.path[0] == FLAGS and edit.new is not ABSENT:
                    is_variant = len(edit.path) == 2 and isinstance(edit.new, (bool, str))
                    message = f"a user has a variant, true or false, not {edit.new!r}"
                    found += [] if is_variant else [Problem("flag", ".".join(edit.path), message)]
    return found
