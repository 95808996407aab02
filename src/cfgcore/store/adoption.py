"""How a journal begins: empty, or with the documents of a file that was made by hand or copied from elsewhere."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path as File
from typing import Any

from cfgcore.errors import StoreDamaged, StoreError
from cfgcore.store.backups import Backups
from cfgcore.store.document import Document
from cfgcore.store.journal import Journal
from cfgcore.store.place import beside
from cfgcore.store.projection import Found, Header, Projection
from cfgcore.store.protocol import Write
from cfgcore.store.record import Draft, Edit, Head, Sides, seal
from cfgcore.store.replica import Replica
from cfgcore.store.secret import key_in, new_key, reference
from cfgcore.store.secret_file import SecretFile
from cfgcore.store.state import Entry, State, checkpoint_line, entry_line, even_second
from cfgcore.values.absent import ABSENT
from cfgcore.values.origin import Path

#: Whether what lies at a path of a document is a secret.
IsSecret = Callable[[str, Path], bool]

ACTION = "adopt"
ACTOR = "edited outside"

_logger = logging.getLogger("cfgcore.store")


def begin_journal(
    file: File, journal: Journal, loaded: tuple[Found, bytes] | None, backups: Backups, is_secret: IsSecret
) -> None:
    """Begin a journal for `file`, as another incarnation. Raises ``StoreDamaged`` when the file cannot be read.

    Secrets that stand in the file are kept where secrets are, and nowhere else.
    """
    head, saved = Head(uuid.uuid4().hex), even_second()
    lines = [checkpoint_line(head, {}, saved)]
    if loaded is not None:
        found, data = loaded
        documents, secrets = _apart(_readable(file, found, backups), is_secret)
        if secrets:
            SecretFile(beside(file, "secrets")).add(secrets)
            data = Projection().render(State("", head, head, documents, saved, 0))
        backups.keep(found.header.head.revision if found.header else 0, data)
        if documents:
            writes = {name: Write(document.values, document.versions) for name, document in documents.items()}
            draft = _draft(file, found.header, documents)
            lines.append(entry_line(Entry(seal(head, draft, commits=True), saved, writes)))
        _logger.warning("%s: it has no journal; one is begun with the documents that it holds", file)
    journal.rewrite(lines, file)


def open_read_only(file: File, replica: Replica, found: Found | None, backups: Backups) -> None:
    """Load what there is of a store that cannot be written."""
    if replica.journal.exists():
        replica.load(found)
        return
    documents = _readable(file, found, backups) if found is not None else {}
    header = found.header if found is not None else None
    head = header.head if header is not None else Head(uuid.uuid4().hex)
    replica.stand_still(State("", head, head, dict(documents), header.saved if header else 0, 0))


def _readable(file: File, found: Found, backups: Backups) -> Mapping[str, Document]:
    if found.newer:
        raise StoreError(f"{file}: it was written by a newer cfgcore; upgrade cfgcore")
    if found.problem is not None:
        raise StoreDamaged(f"{file}: {found.problem}; {backups.advice()}")
    return found.documents


def _apart(documents: Mapping[str, Document], is_secret: IsSecret) -> tuple[dict[str, Document], dict[str, Any]]:
    """Return the documents with references in the place of their secrets, and the secrets by key."""
    secrets: dict[str, Any] = {}

    def without(name: str, path: Path, value: Any) -> Any:
        if _is_table(value):
            return {key: without(name, (*path, key), below) for key, below in value.items()}
        if value is None or key_in(value) is not None or not is_secret(name, path):
            return value
        key = new_key(name)
        secrets[key] = value
        return reference(key)

    return {name: replace(found, values=without(name, (), found.values)) for name, found in documents.items()}, secrets


def _edits(value: Any, path: Path = ()) -> Iterator[Edit]:
    """Yield an edit for each value that a table sets, however deep."""
    if _is_table(value) and (value or not path):
        for key, below in value.items():
            yield from _edits(below, (*path, key))
    else:
        yield Edit(path, ABSENT, value)


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) and key_in(value) is None


def _draft(file: File, header: Header | None, documents: Mapping[str, Document]) -> Draft:
    source = f", written at revision {header.head.revision} of {header.head.incarnation}" if header is not None else ""
    edits = {name: list(_edits(document.values)) for name, document in documents.items()}
    versions = {section: version for d in documents.values() for section, version in d.versions.items()}
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    sides = {name: Sides(document.versions) for name, document in documents.items()}
    return Draft(ACTION, ACTOR, f"{file.name} had no journal{source}", now, edits, versions, sides=sides)
