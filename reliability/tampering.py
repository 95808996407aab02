"""P22: whoever edits, drops, reorders or cuts off records of the log, or puts an old one back, is found out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import combinations, islice
from pathlib import Path
from typing import Any

from cfgcore import Config
from cfgcore.errors import CfgcoreError, StoreDamaged
from cfgcore.store.line import from_line, to_line
from cfgcore.store.record import to_data
from reliability import server
from reliability.application import POSTGRESQL, open_config, open_storage
from reliability.child import Board, call
from reliability.kill import PRELUDE
from reliability.mutants import unchecked_chain
from reliability.place import copy_of, prepare, workplace
from reliability.report import Row
from reliability.scale import Scale
from reliability.workload import Step, perform

Rows = list[tuple[Any, ...]]

#: Of so many letters of a database that are changed, one is read by a configuration that is opened anew.
ANEW = 20


def tampered(kind: str, scale: Scale) -> Row:
    """Change the log with a knowing hand, which mends the digests of lines, and ask the audit whether it is whole."""
    row = Row("P22", "the log edited, cut, reordered, replayed", kind)
    with workplace(kind) as place:
        ready, old = place / "ready", place / "old"
        prepare(kind, ready, PRELUDE)
        copy_of(kind, ready, old)
        for folder, number in ((ready, 77), (old, 78)):
            with open_config(kind, folder) as config:
                perform(config, Step("update", None, {"work.number": number}), folder)
        logs = _lines if kind == "json" else partial(_tables, kind)
        whole = _log(kind, copy_of(kind, ready, place / "trial"))
        with open_config(kind, copy_of(kind, ready, place / "stays")) as config:
            for number, (what, change) in enumerate(logs(ready, old)):
                if scale.has_part(number) and number % ANEW and isinstance(change, _Letter):
                    _try_open(row, config, place / "stays", what, change)
                elif scale.has_part(number):
                    _try(row, kind, copy_of(kind, ready, place / "trial"), what, change, whole)

        def believe(board: Board) -> None:
            control = Row("P22", "", kind)
            unchecked_chain().apply()
            for what, change in islice(logs(ready, old), 200):
                _try(control, kind, copy_of(kind, ready, place / "trial"), what, change, whole)
            board.text = "caught" if control.violations else ""

        row.controls[unchecked_chain().name] = call(believe)[1] == "caught"
    return row


def _try(row: Row, kind: str, folder: Path, what: str, change: Callable[[Path], None], whole: str) -> None:
    """Change the log; what was changed is found, or (a last line that does not belong there) removed at once."""
    change(folder)
    row.trials += 1
    try:
        with open_config(kind, folder) as config:
            verified = config.audit.verify()
        if verified and _log(kind, folder) != whole:
            row.violations.append(f"{what}: the audit says that the log is whole")
    except StoreDamaged:
        return
    except CfgcoreError as error:
        row.violations.append(f"{what}: {type(error).__name__}: {error}")


def _try_open(row: Row, config: Config, folder: Path, what: str, change: _Letter) -> None:
    """Change a letter, ask a configuration that is open, and take the letter back."""
    change(folder)
    row.trials += 1
    try:
        if config.audit.verify():
            row.violations.append(f"{what}: the audit says that the log is whole")
    except StoreDamaged:
        return
    except CfgcoreError as error:
        row.violations.append(f"{what}: {type(error).__name__}: {error}")
    finally:
        change.take_back(folder)


def _log(kind: str, folder: Path) -> str:
    with closing(open_storage(kind, folder)) as store:
        return repr([to_data(record) for record in store.log()])


def _lines(folder: Path, old: Path) -> Iterator[tuple[str, Callable[[Path], None]]]:
    """Yield changes of a journal; the checkpoint, its first line, is left alone."""
    whole = (folder / "models.json.journal").read_bytes().splitlines(keepends=True)
    other = (old / "models.json.journal").read_bytes().splitlines(keepends=True)
    for what, lines in _orders(whole[1:]):
        yield what, _journal([whole[0], *lines])
    yield "the history of another store", _journal(other)
    for number, line in enumerate(whole[1:], 1):
        data = from_line(line)
        for name in ("actor", "reason"):
            changed = json.loads(json.dumps(data))
            changed["record"]["parts"][0]["payload"][name] = "somebody else"
            yield f"{name} of record {number}", _journal([*whole[:number], to_line(changed), *whole[number + 1 :]])
        for name in ("time", "action", "revision"):
            changed = {**data, "record": {**data["record"], name: 1 if name == "revision" else "2001"}}
            if changed != data:
                yield f"{name} of record {number}", _journal([*whole[:number], to_line(changed), *whole[number + 1 :]])


def _tables(kind: str, folder: Path, old: Path) -> Iterator[tuple[str, Callable[[Path], None]]]:
    """Yield changes of the rows of records."""
    whole, other = _rows(kind, folder), _rows(kind, old)
    _records = partial(_put, kind)
    for what, rows in _orders(whole):
        yield what, _records([(n, *row[1:]) for n, row in enumerate(rows, 1)])
        kept = sorted({row[0]: row for row in rows}.values())
        if kept != whole:
            yield f"{what}, numbers as they were", _records(kept)
    yield "the history of another store", _records(other)
    for row in whole:
        for place, letter in enumerate(row[2]):
            text = row[2][:place] + chr(ord(letter) ^ 1) + row[2][place + 1 :]
            yield f"letter {place} of record {row[0]}", _Letter(kind, row[0], text, row[2])


def _orders(whole: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Yield what can be done to a list without changing what is in it."""
    for count in range(1, len(whole)):
        for dropped in combinations(range(len(whole)), count):
            yield f"without {dropped}", [item for n, item in enumerate(whole) if n not in dropped]
    for one, two in combinations(range(len(whole)), 2):
        swapped = list(whole)
        swapped[one], swapped[two] = swapped[two], swapped[one]
        yield f"{one} and {two} exchanged", swapped
    for number, item in enumerate(whole):
        yield f"{number} twice", [*whole[:number], item, *whole[number:]]


def _journal(lines: list[bytes]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / "models.json.journal").write_bytes(b"".join(lines))

    return change


def _rows(kind: str, folder: Path) -> Rows:
    query = "SELECT * FROM {}records ORDER BY sequence"
    if kind == POSTGRESQL:
        return server.sql(folder, query.format("$."))
    with closing(sqlite3.connect(folder / "models.db")) as connection:
        return connection.execute(query.format("")).fetchall()


@dataclass(frozen=True, slots=True)
class _Letter:
    """Another text of one record, in the tables of a database."""

    kind: str
    sequence: int
    text: str
    before: str

    def __call__(self, folder: Path) -> None:
        """Put it in the place of the one that is there."""
        self._put(folder, self.text)

    def take_back(self, folder: Path) -> None:
        """Put back the one that was there."""
        self._put(folder, self.before)

    def _put(self, folder: Path, text: str) -> None:
        if self.kind == POSTGRESQL:
            server.sql(folder, "UPDATE $.records SET record = %s WHERE sequence = %s", text, self.sequence)
            return
        with closing(sqlite3.connect(folder / "models.db")) as connection, connection:
            connection.execute("UPDATE records SET record = ? WHERE sequence = ?", (text, self.sequence))


def _put(kind: str, rows: Rows) -> Callable[[Path], None]:
    """Return what puts these rows in the place of all records."""

    def change(folder: Path) -> None:
        if kind == POSTGRESQL:
            columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
            query = "INSERT INTO $.records SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[])"
            server.sql(folder, "DELETE FROM $.records")
            server.sql(folder, query, *columns)
            return
        with closing(sqlite3.connect(folder / "models.db")) as connection, connection:
            connection.execute("DELETE FROM records")
            connection.executemany(f"INSERT INTO records VALUES ({', '.join('?' * len(rows[0]))})", rows)

    return change
