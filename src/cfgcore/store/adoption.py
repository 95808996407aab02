"""How a journal begins: empty, or with the documents of a file that was made by hand or copied from elsewhere."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path as File

from cfgcore.errors import StoreDamaged, StoreError
from cfgcore.store.backups import Backups
from cfgcore.store.document import Document
from cfgcore.store.journal import Journal
from cfgcore.store.projection import Found
from cfgcore.store.protocol import Write
from cfgcore.store.record import Draft, Edit, Head, Sides, seal
from cfgcore.store.replica import Replica
from cfgcore.store.state import Entry, State, checkpoint_line, entry_line, even_second
from cfgcore.values.absent import ABSENT

ACTION = "adopt"
ACTOR = "edited outside"

_logger = logging.getLogger("cfgcore.store")


def begin_journal(file: File, journal: Journal, loaded: tuple[Found, bytes] | None, backups: Backups) -> None:
    """Begin a journal for `file`, as another incarnation. Raises ``StoreDamaged`` when the file cannot be read."""
    head, saved = Head(uuid.uuid4().hex), even_second()
    lines = [checkpoint_line(head, {}, saved)]
    if loaded is not None:
        found, data = loaded
        documents = _readable(file, found, backups)
        backups.keep(found.header.head.revision if found.header else 0, data)
        if documents:
            writes = {name: Write(document.values, document.versions) for name, document in documents.items()}
            lines.append(entry_line(Entry(seal(head, _draft(file, found), commits=True), saved, writes)))
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


def _draft(file: File, found: Found) -> Draft:
    header = found.header
    source = f", written at revision {header.head.revision} of {header.head.incarnation}" if header is not None else ""
    edits = {
        name: [Edit((section,), ABSENT, value) for section, value in document.values.items()]
        for name, document in found.documents.items()
    }
    versions = {section: version for d in found.documents.values() for section, version in d.versions.items()}
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    sides = {name: Sides(document.versions) for name, document in found.documents.items()}
    return Draft(ACTION, ACTOR, f"{file.name} had no journal{source}", now, edits, versions, sides=sides)
