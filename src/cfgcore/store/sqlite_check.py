"""Looking through a whole SQLite database for what is not as it was written."""

from __future__ import annotations

import sqlite3

from cfgcore.errors import StoreDamaged
from cfgcore.store.damage import (
    LOST,
    MENTIONED,
    refuse_documents,
    refuse_lost,
    refuse_mentions,
    refuse_records,
    refuse_secrets,
    refuse_unmentioned,
)
from cfgcore.store.sqlite_tables import read_head

#: A database of at most so many bytes is looked through whenever it is opened.
SMALL = 1 << 20


def is_small(connection: sqlite3.Connection) -> bool:
    """Return whether looking through the whole database takes no time that anybody would notice."""
    pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return bool(pages * size <= SMALL)


def check(connection: sqlite3.Connection, *, thorough: bool = False) -> None:
    """Raise ``StoreDamaged`` where a page, or a row of any table, is not what was written, or not there any more.

    One that is `thorough` parses every record too, to see whether all that it speaks of is found by its name.
    """
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise StoreDamaged(f"{verdict}; restore a backup")
    refuse_documents(connection.execute("SELECT name, revision, content, digest FROM documents"))
    refuse_records(connection.execute("SELECT sequence, record FROM records"), read_head(connection))
    refuse_secrets(connection.execute("SELECT key, value FROM secrets"))
    count = refuse_mentions(connection.execute(MENTIONED.format("")))
    refuse_lost(connection.execute(LOST.format("")))
    if thorough:
        refuse_unmentioned(connection.execute("SELECT sequence, record FROM records"), count)
