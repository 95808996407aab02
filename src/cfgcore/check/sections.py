"""One section's merged values checked by its marshmallow Schema, and the section made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError

from cfgcore.declare.kind import Kind
from cfgcore.declare.resolved import Section
from cfgcore.layer.tree import Leaf, Node, Table, values
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.frozen import freeze
from cfgcore.values.origin import Path
from cfgcore.values.problem import REDACTED, Finding
from cfgcore.view.cover import holds_secret

SCHEMA_FAILED = "schema_failed"


def given(node: Node) -> bool:
    """Return whether anything in `node` comes from elsewhere than a default."""
    if isinstance(node, Leaf):
        return node.origin.kind != "default"
    return not node or any(given(below) for below in node.values())


def load(section: Section, schema: Schema, table: Table) -> tuple[Any | Absent, list[tuple[Path, Finding]]]:
    """Return the section that `table` makes, or ``ABSENT`` and what is wrong, each finding with its path in it.

    A derived Schema sees only what is not a default, since defaults were checked when the plugin was registered; an
    author's own sees everything.
    """
    own = section.header.schema is not None
    raw = {name: values(node) for name, node in table.items() if own or given(node)}
    try:
        loaded = schema.load(raw, partial=not own)
        known = _frozen(section, loaded)
    except ValidationError as error:
        return ABSENT, list(_findings(error.messages, ()))
    except (Exception, SystemExit) as error:
        message = f"its Schema failed: {type(error).__name__}: {error}"
        return ABSENT, [((), Finding(SCHEMA_FAILED, message))]
    members = {**section.defaults, **known}
    return (section.cls(**members) if len(members) == len(section.settings) else ABSENT), []


def _frozen(section: Section, loaded: Any) -> dict[str, Any]:
    """Return the values of the settings that a Schema loaded, to a mapping or to the section itself, frozen."""
    if isinstance(loaded, section.cls):
        return {name: freeze(getattr(loaded, name)) for name in section.settings}
    if not isinstance(loaded, Mapping):
        raise TypeError(f"it made {type(loaded).__name__}, neither a mapping nor {section.cls.__name__}")
    return {name: freeze(value) for name, value in loaded.items() if name in section.settings}


def _findings(messages: Any, path: Path) -> Iterator[tuple[Path, Finding]]:
    if isinstance(messages, Finding):
        yield path, messages
    elif isinstance(messages, Mapping):
        for key, below in messages.items():
            yield from _findings(below, path if key == "_schema" else (*path, str(key)))
    elif isinstance(messages, (list, tuple)):
        for message in messages:
            yield from _findings(message, path)
    else:
        yield path, Finding("invalid", str(messages))


def secret_texts(kind: Kind, value: Any, secret: bool = False) -> set[str]:
    """Return the texts of all secrets in the plain `value` of a setting of `kind` that are long enough to be found.

    Where the value does not have the shape of its kind, so that nobody knows which part is the secret, every text in it
    counts as one, if the kind holds a secret at all. `secret` says that the value lies in one.
    """
    if secret or (holds_secret(kind) and not _has_shape(kind, value)):
        return {text for text in _texts(value) if len(text) > 2}
    found: set[str] = set()
    if kind.name == "record" and isinstance(value, Mapping):
        for key, below in value.items():
            setting = kind.fields.get(key)
            hidden = setting.declared.secret if setting else holds_secret(kind)
            found |= secret_texts(setting.kind if setting else Kind("any"), below, hidden)
    elif kind.item is not None and isinstance(value, (Mapping, list)):
        for below in value.values() if isinstance(value, Mapping) else value:
            found |= secret_texts(kind.item, below)
    return found


def _has_shape(kind: Kind, value: Any) -> bool:
    return isinstance(value, list if kind.name == "list" else Mapping)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for below in value.values():
            yield from _texts(below)
    elif isinstance(value, (list, tuple)):
        for below in value:
            yield from _texts(below)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def redact(message: str, secrets: Iterable[str]) -> str:
    """Return `message` with every secret in it replaced by dots, as it is written or as ``repr`` and JSON write it."""
    for text in sorted(secrets, key=len, reverse=True):
        for form in (text, repr(text)[1:-1], json.dumps(text)[1:-1]):
            message = message.replace(form, REDACTED)
    return message


def value_at(instance: Any, path: Path) -> Any:
    """Return the value at `path` within a section, which leads through groups only: the registry sees to it."""
    for key in path:
        instance = getattr(instance, key)
    return instance
