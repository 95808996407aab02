"""PostgreSQL when its server is killed, a statement fails, or the connection is cut: nothing is lost or done twice."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import closing
from itertools import count, product
from pathlib import Path

from cfgcore.errors import StoreError
from cfgcore.store.document import SYSTEM
from cfgcore.store.postgresql import PostgresqlStore
from cfgcore.testing.postgresql import PostgresqlServer
from reliability import server
from reliability.application import open_config, open_storage
from reliability.child import ACKNOWLEDGED, OUTCOME, PHASE, TRIED, Board, Child
from reliability.iofaults import ACKED, OPENING, REFUSED, STEPS, allowed_after
from reliability.kill import PRELUDE, examine, goes_on
from reliability.model import Holding, Model
from reliability.mutants import Mutant, commits_again, no_sync, swallowed_errors
from reliability.observation import chain_fault
from reliability.place import copy_of, fresh, prepare, served, settle, workplace
from reliability.report import Row
from reliability.scale import Scale
from reliability.wire import ARMED, CUT, Cut, Wire
from reliability.workload import Step, perform

UNKNOWN = 3

#: How long (seconds) a store waits for a server; for one that does not come back, that is waited for in vain.
PATIENCE = 1.0
SHORT_PATIENCE = 0.2

#: What a statement fails with: the disk is full, an I/O error, serialization, cancelled, out of memory.
STATES = ("53100", "58030", "40001", "57014", "53200")

_TRIGGER = """
CREATE FUNCTION $.fail() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN RAISE EXCEPTION ''on purpose'' USING ERRCODE = ''{state}''; END';
"""
_AT_ONCE = "CREATE TRIGGER fail BEFORE INSERT OR UPDATE OR DELETE ON $.{table} FOR EACH ROW EXECUTE FUNCTION $.fail()"
_AT_COMMIT = (
    "CREATE CONSTRAINT TRIGGER fail AFTER INSERT OR UPDATE OR DELETE ON $.{table}"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION $.fail()"
)
_HEAL = "DROP FUNCTION $.fail() CASCADE"


def server_killed(kind: str, scale: Scale) -> Row:
    """Kill the process of a connection, or the whole server, with SIGKILL while somebody commits; start it again."""
    row = Row("P1", "SIGKILL of the server", kind)
    chance = random.Random(scale.seed)
    with served() as (place, found):
        for number in range(scale.of(60, 2_000)):
            whole = number % 3 == 0
            _killed(row, found, place / "store", chance, f"seed {scale.seed}, kill {number}", whole=whole)
        server.sql(place / "store", "ALTER SYSTEM SET wal_writer_delay = '10s'")
        found.stop()
        found.start()
        mutant, control = no_sync(kind), Row("P1", "", kind)
        for number in range(10):
            if not control.violations:
                _killed(control, found, place / "store", chance, f"control {number}", whole=True, mutant=mutant)
        row.controls[mutant.name] = bool(control.violations)
    return row


def failing_statements(kind: str, scale: Scale) -> Row:
    """Let the statements that write to each of the tables fail, when they are run and at the end of the transaction."""
    row = Row("P3", "failing statements", kind)
    with workplace(kind) as place:
        model = prepare(kind, place / "ready", PRELUDE, keep_after=3)
        trials = [
            (step, table, state, trigger)
            for step in STEPS
            for table in server.TABLES
            for state in STATES
            for trigger in ((_AT_ONCE, _AT_COMMIT) if scale.long or state == STATES[0] else (_AT_ONCE,))
        ]
        for step, table, state, trigger in trials:
            statements = _TRIGGER.format(state=state) + trigger.format(table=table)
            _failing(row, kind, place / "ready", model, step, statements, f"{step.kind}, {state} at {table}")
        mutant, control = swallowed_errors(kind), Row("P3", "", kind)
        statements = _TRIGGER.format(state=STATES[0]) + _AT_ONCE.format(table="records")
        _failing(control, kind, place / "ready", model, STEPS[0], statements, "control", mutant)
        row.controls[mutant.name] = bool(control.violations)
    return row


def cut_connections(kind: str, scale: Scale) -> Row:
    """Cut the connection at each message of a step, before it arrives and before it is answered, once and for ever."""
    row = Row("P3", "connection cut at each message", kind)
    with workplace(kind) as place:
        model = prepare(kind, place / "ready", PRELUDE, keep_after=3)
        ways = ((False, False), (True, False), (True, True), (False, True))
        cuts = product((*STEPS, OPENING), ways)
        tried = [(step, *way) for step, way in cuts if scale.long or not way[1] or step is STEPS[1]]
        for number, (step, arrives, for_ever) in enumerate(tried):
            if scale.has_part(number):
                _until_whole(row, kind, place / "ready", model, step, arrives=arrives, for_ever=for_ever)
        mutant, control = commits_again(), Row("P3", "", kind)
        _until_whole(control, kind, place / "ready", model, STEPS[0], arrives=True, for_ever=False, mutant=mutant)
        row.controls[mutant.name] = bool(control.violations)
    return row


def _killed(
    row: Row,
    found: PostgresqlServer,
    folder: Path,
    chance: random.Random,
    name: str,
    *,
    whole: bool,
    mutant: Mutant | None = None,
) -> None:
    fresh("postgresql", folder)
    child = Child(_counting(folder, mutant))
    child.go()
    child.until(ACKNOWLEDGED, 1)
    child.ended_within(chance.uniform(0.0, 0.05))
    if whole:
        found.kill()
        found.start()
    else:
        server.kill_session(folder)
    child.ended_within(chance.uniform(0.0, 0.05))
    child.board[PHASE] = 1
    code = child.wait()
    settle("postgresql", folder)
    row.trials += 1
    fault = child.board.text if code else _miscounted(folder, child.board[ACKNOWLEDGED], child.board[TRIED])
    child.board.close()
    if fault is not None:
        row.violations.append(f"{name}: {fault}")


def _counting(folder: Path, mutant: Mutant | None) -> Callable[[Board], None]:
    """Return what counts up until it is told to stop, or refused."""

    def act(board: Board) -> None:
        if mutant is not None:
            mutant.apply()
        with open_config("postgresql", folder) as config:
            while not board[PHASE]:
                board[TRIED] += 1
                try:
                    config.update({"work.number": board[TRIED], "work.text": str(board[TRIED])})
                except StoreError:
                    return
                board[ACKNOWLEDGED] = board[TRIED]

    return act


def _miscounted(folder: Path, acknowledged: int, tried: int) -> str | None:
    """Return what is wrong with a store that was counted up by one, commit by commit, or None."""
    with closing(open_storage("postgresql", folder)) as store:
        values = store.read([SYSTEM]).documents[SYSTEM].values.get("work", {})
        numbers = [edit.new for record in store.log() for edit in record.edits()[SYSTEM] if edit.path[-1] == "number"]
        fault = chain_fault(store)
    if fault is not None:
        return f"the chain breaks: {fault}"
    if numbers != list(range(1, len(numbers) + 1)):
        return f"the log counts {numbers[-5:]}"
    if len(numbers) not in (acknowledged, tried) or values.get("number", 0) != len(numbers):
        return f"{acknowledged} was acknowledged, {tried} tried, and it holds {values}, its log {len(numbers)}"
    return None if values.get("text", "0") == str(len(numbers)) else f"half a commit: {values}"


def _failing(
    row: Row,
    kind: str,
    template: Path,
    model: Model,
    step: Step,
    statements: str,
    name: str,
    mutant: Mutant | None = None,
) -> None:
    folder, allowed = copy_of(kind, template, template.with_name("trial")), allowed_after(model, step)
    server.sql(folder, statements)
    child = Child(_taking(folder, step, server.url_of(folder), mutant))
    child.go()
    child.wait()
    server.sql(folder, _HEAL)
    row.trials += 1
    fault = _fault(kind, folder, child.board, allowed)
    child.board.close()
    if fault is not None:
        row.violations.append(f"{name}: {fault}")


def _until_whole(
    row: Row,
    kind: str,
    template: Path,
    model: Model,
    step: Step,
    *,
    arrives: bool,
    for_ever: bool,
    mutant: Mutant | None = None,
) -> None:
    folder, allowed = template.with_name("trial"), allowed_after(model, step)
    for number in count(1):
        copy_of(kind, template, folder)
        with Wire(folder, Cut(number, arrives, for_ever)) as wire:
            patience = SHORT_PATIENCE if for_ever else PATIENCE
            child = Child(_taking(folder, step, wire.url, mutant, wire.board, patience))
            child.go()
            child.wait()
            cut = wire.board[CUT]
        settle(kind, folder)
        row.trials += 1
        fault = _fault(kind, folder, child.board, allowed)
        child.board.close()
        if fault is not None:
            when = "before its answer" if arrives else "before it arrived"
            row.violations.append(f"{step.kind}, cut at message {number} {when}{', for ever' * for_ever}: {fault}")
        if not cut or (mutant is not None and row.violations):
            return


def _taking(
    folder: Path,
    step: Step,
    url: str,
    mutant: Mutant | None,
    armed: Board | None = None,
    patience: float = PATIENCE,
) -> Callable[[Board], None]:
    """Return what takes a step by a URL, and says how it ended, and what is wrong with what the same handle says."""

    def act(board: Board) -> None:
        if mutant is not None:
            mutant.apply()
        if armed is not None and step is OPENING:
            armed[ARMED] = 1
        try:
            with closing(PostgresqlStore(url, patience=patience)) as store, open_config("", folder, store) as config:
                if armed is not None:
                    armed[ARMED] = 1
                if step is not OPENING:
                    perform(config, step, folder)
                board[OUTCOME] = ACKED
        except StoreError as error:
            board[OUTCOME] = UNKNOWN if "not known" in str(error) else REFUSED

    return act


def _fault(kind: str, folder: Path, board: Board, allowed: Mapping[int, list[Holding]]) -> str | None:
    if board.text or not board[OUTCOME]:
        return board.text or "it ended without a word"
    outcomes = (ACKED, REFUSED) if board[OUTCOME] == UNKNOWN else (board[OUTCOME],)
    possible = [holding for outcome in outcomes for holding in allowed[outcome]]
    fault = examine(kind, folder, possible)
    told = {ACKED: "acknowledged", REFUSED: "refused", UNKNOWN: "said to be not known"}[board[OUTCOME]]
    return f"{told}, but it holds {fault}" if fault else goes_on(kind, folder)
