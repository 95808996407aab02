"""P4: damage is found before a value is returned, or it is harmless; P22: what was done to the log is found."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

from cfgcore.errors import StoreError
from cfgcore.store.outside import EditableOutside
from cfgcore.store.protocol import Store
from cfgcore.store.record import to_data
from reliability import server
from reliability.application import MAIN_FILES, open_storage
from reliability.child import Board, call
from reliability.kill import PRELUDE
from reliability.mutants import Mutant, no_digest
from reliability.observation import chain_fault, observe
from reliability.place import copy_of, prepare, workplace
from reliability.report import Row
from reliability.scale import Scale

PAGE = 512

#: Of so many rows of a database that are changed, one is read by a store that is opened anew.
ANEW = 20

Files = dict[str, tuple[bytes, int]]
Change = tuple[str, str, bytes]
RowChange = tuple[str, str, tuple[Any, Any], tuple[Any, Any]]

#: The columns of a database that hold what a store says, by table and key; keys and indexes are the server's to keep.
VALUES = {
    "documents": ("name", ("revision", "content", "digest")),
    "records": ("sequence", ("record",)),
    "secrets": ("key", ("value",)),
    "head": ("one", ("incarnation", "sequence", "revision", "chain", "horizon", "digest")),
}


def every_bit(kind: str, scale: Scale) -> Row:
    """Turn each bit of each file of a small store; of zero bytes of a database, one in thirty-two."""
    row = Row("P4", "every bit", kind)

    def changes(files: Files, chance: random.Random) -> Iterator[Change]:
        for name in MAIN_FILES[kind]:
            whole = scale.long or kind == "json"
            for number, change in enumerate(_bits(name, files[name][0], chance, whole=whole)):
                if scale.has_part(number):
                    yield change

    return _row(row, kind, scale, changes)


def rows(kind: str, scale: Scale) -> Row:
    """Change each letter of each value that the tables hold, cut each value short, and exchange values of two rows."""
    row = Row("P4", "every letter of every row", kind)
    with workplace(kind) as place:
        ready, trial = place / "ready", place / "trial"
        prepare(kind, ready, PRELUDE)
        with closing(open_storage(kind, copy_of(kind, ready, trial))) as store:
            whole = _everything(store)
        with closing(open_storage(kind, trial)) as store:
            for number, change in enumerate(_row_changes(ready, random.Random(scale.seed), scale)):
                if scale.has_part(number):
                    row.trials += 1
                    opened = store if number % ANEW else None
                    fault = _changed_row(kind, trial, change, whole, opened)
                    if fault is not None:
                        row.violations.append(f"{change[0]}: {fault}")
        mutant = no_digest(kind)

        def act(board: Board) -> None:
            mutant.apply()
            for number, change in enumerate(_row_changes(ready, random.Random(scale.seed), scale)):
                if number % 50 == 0 and _changed_row(kind, trial, change, whole) is not None:
                    board.text = "caught"
                    return

        row.controls[mutant.name] = call(act)[1] == "caught"
    return row


def _row_changes(folder: Path, chance: random.Random, scale: Scale) -> Iterator[RowChange]:
    """Yield changes: what it is, the query, its parameters, and how it is taken back."""
    for table, (key, columns) in VALUES.items():
        for column in columns:
            query = f"UPDATE $.{table} SET {column} = %s WHERE {key} = %s"
            found = server.sql(folder, f"SELECT {key}, {column} FROM $.{table} ORDER BY 1")
            for name, value in found:
                for changed in _other_values(value, [other for _, other in found], chance, scale):
                    yield f"{table}.{column} of {name!r}: {changed!r:.80}", query, (changed, name), (value, name)


def _other_values(value: Any, others: Sequence[Any], chance: random.Random, scale: Scale) -> Iterator[Any]:
    if isinstance(value, int):
        yield from (value ^ 1 << bit for bit in range(62))
        return
    for place, letter in enumerate(value):
        bits = range(7) if scale.long else [chance.randrange(7)]
        changed = (chr(ord(letter) ^ 1 << bit) for bit in bits)
        yield from (value[:place] + other + value[place + 1 :] for other in changed if other != "\0")
    yield from (value[: chance.randrange(len(value))] for _ in range(5))
    yield from (other for other in others if other != value)


def _changed_row(kind: str, folder: Path, change: RowChange, whole: str, opened: Store | None = None) -> str | None:
    """Change a row for the time in which a store, opened anew unless one is `opened`, says all that it holds."""
    _, query, changed, before = change
    server.sql(folder, query, *changed)
    try:
        with closing(open_storage(kind, folder)) if opened is None else nullcontext(opened) as store:
            found = _everything(store)
    except StoreError:
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        server.sql(folder, query, *before)
    return None if found == whole else f"it says {_difference(whole, found)}"


def cuts(kind: str, scale: Scale) -> Row:
    """Cut files, blank and exchange blocks of them, put other bytes in, at random."""
    row = Row("P4", "cuts, blank and foreign blocks", kind)

    def changes(files: Files, chance: random.Random) -> Iterator[Change]:
        for _ in range(scale.of(4_000, 200_000)):
            name = chance.choice(MAIN_FILES[kind])
            yield from _wound(name, files[name][0], chance)

    return _row(row, kind, scale, changes)


def _row(row: Row, kind: str, scale: Scale, changes: Callable[[Files, random.Random], Iterable[Change]]) -> Row:
    with workplace(kind) as place:
        prepare(kind, place / "ready", PRELUDE)
        files = _read(place / "ready")
        with closing(open_storage(kind, _written(place / "trial", files))) as store:
            whole = _everything(store)
        for name, what, data in changes(files, random.Random(scale.seed)):
            row.trials += 1
            fault = _examine(kind, place / "trial", files, name, data, whole)
            if fault is not None:
                row.violations.append(f"seed {scale.seed}, {what}: {fault}")
        mutant = no_digest(kind)
        row.controls[mutant.name] = _is_caught(kind, place / "trial", files, whole, mutant, scale.seed)
    return row


def _is_caught(kind: str, folder: Path, files: Files, whole: str, mutant: Mutant, seed: int) -> bool:
    """Return whether turned bits are noticed to be returned as values by a store that believes all it reads."""

    def act(board: Board) -> None:
        mutant.apply()
        chance = random.Random(seed)
        for name in MAIN_FILES[kind]:
            for _, _, data in _bits(name, files[name][0], chance, whole=False):
                if chance.random() < 0.2 and _examine(kind, folder, files, name, data, whole) is not None:
                    board.text = "caught"
                    return

    return call(act)[1] == "caught"


def _examine(kind: str, folder: Path, files: Files, name: str, data: bytes, whole: str) -> str | None:
    """Open a store of which one file holds other bytes; return what it says that is not so, or None."""
    _written(folder, {**files, name: (data, files[name][1])})
    try:
        with closing(open_storage(kind, folder)) as store:
            if isinstance(store, EditableOutside) and (edit := store.outside_edit()) is not None:
                return "damage was taken for an edit by hand" if edit.problem is None else None
            found = _everything(store)
    except StoreError:
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None if found == whole else f"it says {_difference(whole, found)}"


def _everything(store: Store) -> str:
    """Return all that a store says, as text."""
    head, names = store.head(), store.names()
    asked = [*names, "system", "user/alice", "user/bob", "user/nobody"]
    snapshot = store.read(asked)
    documents = [(name, snapshot.documents[name].revision, snapshot.documents[name].versions) for name in asked]
    log = [to_data(record) for record in store.log()]
    back = [record.sequence for record in store.log_back(document="user/bob")]
    return repr((head, snapshot.head, documents, observe(store), log, back, chain_fault(store)))


def _difference(whole: str, found: str) -> str:
    at = next((n for n, (one, other) in enumerate(zip(whole, found, strict=False)) if one != other), 0)
    return f"...{found[max(0, at - 60) : at + 60]!r} for ...{whole[max(0, at - 20) : at + 60]!r}"


def _bits(name: str, data: bytes, chance: random.Random, *, whole: bool) -> Iterator[Change]:
    for position, byte in enumerate(data):
        bits = range(8) if whole or byte else range(chance.randrange(32), 8, 8)
        for bit in bits:
            turned = bytearray(data)
            turned[position] ^= 1 << bit
            yield name, f"bit {bit} of byte {position} of {name}", bytes(turned)


def _wound(name: str, data: bytes, chance: random.Random) -> Iterator[Change]:
    begin = chance.randrange(len(data))
    end = min(len(data), begin + chance.choice((1, 16, PAGE, 4096)))
    block = begin // PAGE * PAGE
    other = chance.randrange(len(data)) // PAGE * PAGE
    yield name, f"{name} cut at {begin}", data[:begin]
    yield name, f"{name} blank from {begin} to {end}", data[:begin] + bytes(end - begin) + data[end:]
    yield name, f"{name} without {begin} to {end}", data[:begin] + data[end:]
    noise = chance.randbytes(end - begin)
    yield name, f"{name} noise from {begin} to {end}", data[:begin] + noise + data[end:]
    copied = data[other : other + PAGE]
    yield name, f"{name}: block {other} at {block}", data[:block] + copied + data[block + len(copied) :]


def _read(folder: Path) -> Files:
    return {f.name: (f.read_bytes(), f.stat().st_mtime_ns) for f in folder.iterdir() if f.is_file()}


def _written(folder: Path, files: Files) -> Path:
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    for name, (data, time) in files.items():
        (folder / name).write_bytes(data)
        os.utime(folder / name, ns=(time, time))
    return folder
