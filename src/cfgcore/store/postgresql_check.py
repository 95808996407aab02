"""The rows of a PostgreSQL store read one after the other, and looked through for what is not as it was written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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
from cfgcore.store.postgresql_tables import Tables
from cfgcore.store.session import Connection
from cfgcore.store.sqlite_tables import COLUMNS

#: Begins a transaction that reads the state of one moment.
MOMENT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


def check(connection: Connection, tables: Tables) -> None:
    """Raise ``StoreDamaged`` where something is not as it was written, or not there any more."""
    connection.execute(MOMENT)
    refuse_documents(table_rows(connection, tables, "documents"))
    refuse_records((row[::2] for row in table_rows(connection, tables, "records")), tables.head(connection))
    refuse_secrets(table_rows(connection, tables, "secrets"))
    count = refuse_mentions(_rows(connection, tables, MENTIONED.format("$.")))
    refuse_lost(_rows(connection, tables, LOST.format("$.")))
    refuse_unmentioned((row[::2] for row in table_rows(connection, tables, "records")), count)
    connection.execute("COMMIT")


def table_rows(connection: Connection, tables: Tables, table: str) -> Iterator[Any]:
    """Yield the rows of a table, within a transaction, without holding them all."""
    return _rows(connection, tables, f"SELECT {', '.join(COLUMNS[table])} FROM $.{table}")


def _rows(connection: Connection, tables: Tables, query: str) -> Iterator[Any]:
    with connection.cursor(name="rows") as cursor:
        cursor.itersize = 1000
        cursor.execute(tables.query(query))
        yield from cursor
