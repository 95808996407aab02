"""P15: whatever the bytes of a file, a journal, a row, a key, a user id or a value: a typed error or a checked value.

Each is at most 1 MiB, and none takes more than 50 MB, or 100 ms of the processor. One thing is no hostile input: a
valid document of as many users as may be edited by hand, all of which become one commit. It has a bound of its own.
"""

from __future__ import annotations

import gc
import hashlib
import json
import random
import resource
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from reprlib import Repr
from typing import Any

from cfgcore import CfgcoreError, Config, View
from cfgcore.store import document
from cfgcore.store.line import from_line
from cfgcore.store.projection import read
from cfgcore.store.record import Head, Record, broken
from cfgcore.store.rows import DocumentRow, document_of, record_of, secret_of
from cfgcore.store.state import begin, entry_in
from cfgcore.values.frozen import plain
from reliability.application import MAIN_FILES, open_bare, open_config
from reliability.child import TRIED, Board, Child
from reliability.inputs import BOMBS, crowd, mutated, odd_environment, odd_id, odd_path, odd_value, resealed, sealed
from reliability.kill import PRELUDE
from reliability.mutants import (
    Mutant,
    greedy_parser,
    no_limits,
    slow_parser,
    slow_variables,
    unchecked_files,
    unchecked_requests,
)
from reliability.place import copy_of, fresh, prepare, workplace
from reliability.report import Row
from reliability.scale import Scale

SECONDS = 0.1
BYTES = 50_000_000
ENOUGH = 20

#: What the machine does besides counts as time of the processor too: what takes too long is tried so often in all.
ATTEMPTS = 4

#: How long (seconds) a valid document of 10,000 users may take until all are judged and stored; and how much memory.
CROWD_SECONDS = 5.0
CROWD_BYTES = 150_000_000

#: After a text that is larger the store is made anew: what many of them take together is no matter of any one.
LARGE = 10_000

STACK = 1 << 20

SURROGATES = {*range(0xD800, 0xE000)}
UNSTORABLE = {0} | SURROGATES
CONTROL = {*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029} | SURROGATES

#: What must never be taken, whatever else is tried: by user, path and value.
UNWANTED: Sequence[tuple[Any, Any, Any]] = [
    *((None, "work.text", text) for text in ("\0", "\ud800")),
    *((None, "work.number", number) for number in (2**63, -(2**63) - 1)),
    *((user, "work.number", 1) for user in ("", "\n", "\ud800", "x" * 257)),
]

Try = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Bound:
    """What one input may take: seconds of the processor, and bytes; so many that follow each other `together`."""

    seconds: float = SECONDS
    size: int = BYTES
    together: int = 1


def files(kind: str, scale: Scale) -> Row:
    """Open a store one of whose files holds other bytes, as if somebody had edited it."""
    row = Row("P15", "any bytes as a file", kind)
    with workplace(kind) as place:
        prepare(kind, place / "ready", PRELUDE)
        chance, names = random.Random(scale.seed), _names(kind)
        whole = {name: (place / "ready" / name).read_bytes() for name in names}
        inputs = [(name, bomb()) for name in names for bomb in BOMBS.values() if scale.part == 0]
        inputs += [
            (name, mutated(whole[name], chance)) for name in chance.choices(names, k=scale.of(20_000, 1_000_000))
        ]
        _each(row, inputs, partial(_opened, kind, place))
        parsers = (no_limits(), greedy_parser(), slow_parser())
        if kind == "json" and scale.part == 0:
            _each(
                row, [("models.json", crowd())], partial(_opened, kind, place), bound=Bound(CROWD_SECONDS, CROWD_BYTES)
            )
        for mutant in parsers if kind == "json" else (unchecked_files(),):
            control = Row("P15", "", kind)
            _each(control, inputs, partial(_opened, kind, place), mutant)
            row.controls[mutant.name] = bool(control.violations)
    return row


def texts(kind: str, scale: Scale) -> Row:
    """Read lines and rows whose digests are right, whatever they hold: a knowing hand has changed them."""
    row = Row("P15", "any text with its digest", kind)
    chance = random.Random(scale.seed)
    with workplace(kind) as place:
        prepare("json", place / "json", PRELUDE)
        file = (place / "json" / "models.json").read_bytes()
        lines = (place / "json" / "models.json.journal").read_bytes().splitlines(keepends=True)
    readers = _LINES if kind == "json" else _ROWS
    sources = [file, *lines] if kind == "json" else [json.dumps(from_line(line)).encode() for line in lines]
    inputs = (resealed(mutated(chance.choice(sources), chance)) for _ in range(scale.of(250_000, 10_000_000)))
    bombs = [made for bomb in BOMBS.values() for made in (bomb(), sealed(bomb()))]
    for reader in readers:
        _each(row, bombs if scale.part == 0 else [], reader)
    _each(row, inputs, partial(_read_by, readers), bound=Bound(together=20))
    for mutant in (no_limits(), greedy_parser(), slow_parser()):
        control = Row("P15", "", kind)
        _each(control, bombs, partial(_read_by, readers), mutant)
        row.controls[mutant.name] = bool(control.violations)
    return row


def variables(kind: str, scale: Scale) -> Row:
    """Open a configuration with variables that hold any text: values of the right types, or a typed error."""
    row, control, chance = Row("P15", "any text as a variable", kind), Row("P15", "", kind), random.Random(scale.seed)
    _each(row, (odd_environment(chance) for _ in range(scale.of(20_000, 1_000_000))), _with_variables)
    mutant = slow_variables()
    _each(control, (odd_environment(chance) for _ in range(100)), _with_variables, mutant)
    row.controls[mutant.name] = bool(control.violations)
    return row


def values(kind: str, scale: Scale) -> Row:
    """Set any value at any path for any user: it is refused with a reason, or read back as it was given."""
    row = Row("P15", "any user id, key and value", kind)
    chance = random.Random(f"{scale.seed}-{kind}")  # what is an id does not depend on the store: each has others
    with workplace(kind) as place:
        users = [None, None, *(odd_id(chance) for _ in range(30))]
        _each(row, (odd_id(chance) for _ in range(scale.of(200_000, 20_000_000))), _named, bound=Bound(together=1_000))
        given = [*UNWANTED]
        given += [(chance.choice(users), odd_path(chance), odd_value(chance)) for _ in range(scale.of(10_000, 500_000))]
        _each(row, given, _Setting(kind, fresh(kind, place / "store")))
        mutant, ids, control = unchecked_requests(), Row("P15", "", kind), Row("P15", "", kind)
        _each(ids, (odd_id(chance) for _ in range(1_000)), _named, mutant)
        _each(control, given, _Setting(kind, fresh(kind, place / "broken")), mutant)
        row.controls[mutant.name] = bool(ids.violations and control.violations)
    return row


def _each(row: Row, inputs: Iterable[Any], act: Try, mutant: Mutant | None = None, *, bound: Bound = Bound()) -> None:
    """Call `act` with each of the inputs, in a child with little memory, and add what it does that it must not do."""

    def run(board: Board) -> None:
        if mutant is not None:
            mutant.apply()
        gc.unfreeze()
        gc.set_threshold(700, 10, 10)  # as applications have it
        threading.stack_size(STACK)  # stacks count as memory, used or not
        faults: list[str] = []
        for given in inputs:
            if board[TRIED] % bound.together == 0:
                limit = _data_bytes() + bound.size
                resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.getrlimit(resource.RLIMIT_DATA)[1]))
            board[TRIED] += 1
            fault = _fault(act, given, bound)
            if fault is not None:
                faults.append(f"{_shown(given)}: {fault}")
                if len(faults) >= (1 if mutant is not None else ENOUGH):
                    break
        board.text = json.dumps(faults)

    child = Child(run)
    child.go()
    code = child.wait()
    row.trials += child.board[TRIED]
    row.violations += json.loads(child.board.text) if code == 0 else [f"input {child.board[TRIED]}: {child.board.text}"]
    child.board.close()


def _fault(act: Try, given: Any, bound: Bound) -> str | None:
    """Return what is wrong with what is done with an input. Too long is what takes too long each time."""
    for _ in range(ATTEMPTS):
        start = time.thread_time()
        try:
            act(given)
        except CfgcoreError:
            pass
        except MemoryError:
            return f"more than {bound.size / 1e6:.0f} MB"
        except Exception as error:
            return f"{type(error).__name__}: {error!s:.300}"
        spent = time.thread_time() - start
        if spent <= bound.seconds:
            return None
    return f"{spent * 1000:.0f} ms"


def _opened(kind: str, place: Path, given: tuple[str, bytes]) -> None:
    """Open a store with other bytes in one of its files; what it says is checked."""
    name, data = given
    folder = copy_of(kind, place / "ready", place / "trial")
    (folder / name).write_bytes(data)
    if name == "models.json" and len(data) % 2:
        (folder / "models.json.journal").unlink()  # a file without one is taken for the beginning of a store
    with open_config(kind, folder) as config:
        _refuse_unchecked([config.view, config.for_user("alice"), config.for_user("bob")])


def _refuse_unchecked(views: Iterable[View]) -> None:
    for view in views:
        work = view.work
        kinds = [(work.number, int), (work.text, str), (work.left, int), (work.right, int), (work.first, bool)]
        assert all(type(value) is wanted for value, wanted in kinds), work


def _with_variables(environment: Mapping[str, str]) -> None:
    """Open a configuration without a store, in which these are all variables."""
    with open_bare(environment) as config:
        _refuse_unchecked([config.view])


def _read_by(readers: Sequence[Try], data: bytes) -> None:
    for reader in readers:
        reader(data)


def _read_file(data: bytes) -> None:
    """Read bytes as a document file."""
    read(data)


def _read_first_line(data: bytes) -> None:
    """Read bytes as the first line of a journal."""
    with suppress(ValueError):
        begin(data)


def _read_line(data: bytes) -> None:
    """Read bytes as a record of a journal."""
    with suppress(ValueError):
        _use(entry_in(data).record)


def _read_record(data: bytes) -> None:
    """Read bytes as the text of a record."""
    with suppress(CfgcoreError):
        _use(record_of((1, _text(data))))


def _read_secret(data: bytes) -> None:
    """Read bytes as the text of a secret."""
    with suppress(CfgcoreError):
        secret_of("key", _text(data))


def _read_document(data: bytes) -> None:
    """Read bytes as the text of a document."""
    with suppress(CfgcoreError, UnicodeEncodeError):
        document_of(_sealed_row("{" + _text(data).partition(",")[2]))


_LINES: Sequence[Try] = (_read_file, _read_first_line, _read_line)
_ROWS: Sequence[Try] = (_read_record, _read_secret, _read_document)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _use(record: Record) -> None:
    """Ask a record all that it may be asked."""
    assert broken([record], Head("")) is not None
    record.edits(), record.actor, record.reason, record.versions


def _sealed_row(content: str) -> DocumentRow:
    digest = hashlib.sha256(f"system\n1\n{content}".encode()).hexdigest()
    return "system", 1, content, digest


def _named(user: Any) -> None:
    """Name a user's document; only what the documentation allows is taken."""
    assert document.user_document(user) == f"user/{user}"
    _refuse_odd(user)


def _refuse_odd(user: Any) -> None:
    assert isinstance(user, str), "it is no text"
    assert 0 < len(user) <= 256, "it is too long, or empty"
    assert not CONTROL & {*map(ord, user)}, "it holds control characters"


class _Setting:
    """Sets values, one after the other, in one store, which is opened when the first is set."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._kind, self._folder = kind, folder
        self._config: Config | None = None
        self._last: Any = None

    def __call__(self, given: tuple[Any, Any, Any]) -> None:
        """Set a value; only what can be stored and means the same when it is read is taken."""
        user, path, value = given
        if self._config is None:
            self._config = open_config(self._kind, self._folder)
        if self._last is given:  # once more, because it took long: as if for the first time
            self._config.unset([path], user=user)
        self._last = given
        self._config.update({path: value}, user=user)
        if user is not None:
            _refuse_odd(user)
        found = (self._config if user is None else self._config.for_user(user)).get(path)
        if isinstance(found, str) and len(found) > LARGE:
            self._begin_anew()
        told = plain(value)
        assert (found, type(found)) == (told, type(told)), f"{found!r} is not {told!r}"
        assert not isinstance(value, int) or -(2**63) <= value < 2**63, "it is beyond 64 bits"
        assert not isinstance(value, str) or not UNSTORABLE & {*map(ord, value)}, "it is no text"

    def _begin_anew(self) -> None:
        if self._config is not None:
            self._config.close()
            self._config = None
            fresh(self._kind, self._folder)


def _names(kind: str) -> tuple[str, ...]:
    return (*MAIN_FILES[kind], "models.json.secrets") if kind == "json" else MAIN_FILES[kind]


def _data_bytes() -> int:
    """Return how much memory this process holds that a limit of data counts."""
    found = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmData"))
    return int(found.split()[1]) * 1024


def _shown(given: Any) -> str:
    brief = Repr()
    brief.maxother = brief.maxstring = 200
    return brief.repr(given)
