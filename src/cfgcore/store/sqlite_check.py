"""Looking through a whole SQLite database for what is not as it was written."""

from __future__ import annotations

import sqlite3

from cfgcore.errors import StoreDamaged
from cfgcore.store.data import dumps
from cfgcore.store.rows import refuse_damage
from cfgcore.store.sqlite_tables import read_head

#: A database of at most so many bytes is looked through whenever it is opened.
SMALL = 1 << 20


def is_small(connection: sqlite3.Connection) -> bool:
    """Return whether looking through the whole database takes no time that anybody would notice."""
    pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return bool(pages * size <= SMALL)


def check(connection: sqlite3.Connection) -> None:
    """Raise ``StoreDamaged`` where a page, or a row of any table, is not what was written.

    A row that is damaged is not found under its name: reading alone would take it for one that is not there.
    """
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise StoreDamaged(f"{verdict}; restore a backup")
    refuse_damage(
        connection.execute("SELECT name, revision, content, digest FROM documents"),
        connection.execute("SELECT sequence, record FROM records"),
        connection.execute("SELECT key, value FROM secrets"),
    )
    query = "SELECT document, record FROM mentions LEFT JOIN records USING (sequence)"
    for document, record in connection.execute(query):
        if not isinstance(document, str) or not isinstance(record, str) or dumps(document) not in record:
            raise StoreDamaged("the log does not speak of the documents that it should; restore a backup")
    (count,) = connection.execute("SELECT count(*) FROM records").fetchone()
    head = read_head(connection)
    if count != head.sequence:
        raise StoreDamaged(f"the log holds {count} records, and should hold {head.sequence}; restore a backup")
