"""P5: no lost update and no write skew; P6: a commit of several values is read whole or not at all."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from cfgcore.errors import Conflict, ValidationFailed
from cfgcore.store.document import SYSTEM
from reliability.application import POSTGRESQL, SUM, open_config, open_patient, open_storage
from reliability.child import ACKNOWLEDGED, OUTCOME, PHASE, TRIED, Board, Child
from reliability.mutants import Mutant, last_in_line, no_expectations
from reliability.observation import chain_fault
from reliability.place import prepare, workplace
from reliability.report import Row
from reliability.scale import Scale
from reliability.workload import pair

WRITERS = 8
COUNTING, OVER = 1, 2

#: Whose number is counted up: everyone's. Where processes take turns at each message to a server, all but one of those
#: that count one number come too late each time, so there each chooses one of thirty-two.
COUNTED: Mapping[str, Sequence[str | None]] = {
    "json": (None,),
    "sqlite": (None,),
    POSTGRESQL: [f"user{number}" for number in range(4 * WRITERS)],
}

#: What the slowest of the processes that write makes at least for one commit of the fastest; and how long (seconds)
#: a commit takes at most.
FAIR_SHARE = 0.5
LONGEST = 1.0


#: How many reads there are at least between two commits of a writer: where both ask a server, no commit is read by
#: nobody. It looks for that so often (seconds).
READ_BETWEEN = 16
PAUSE = 0.0002

#: After how long (seconds) one of two writers is killed: later where it takes longer to begin.
LIVES = {POSTGRESQL: (0.02, 0.2)}


def increments(kind: str, scale: Scale) -> Row:
    """Let eight processes count settings up, each expecting the revision at which it read the one it counts."""
    row = Row("P5", f"lost updates, {WRITERS} processes, expected_revision", kind)
    with workplace(kind) as place:
        conflicts = _increments(row, kind, place / "store", scale.of(2_000, 20_000))
        control, mutant = Row("P5", "", kind), no_expectations(kind)
        _increments(control, kind, place / "broken", 25, mutant)
        row.controls[mutant.name] = bool(control.violations)
    row.note = f"{conflicts:,} conflicts"
    if not conflicts:
        row.violations.append("the processes did not get in each other's way: nothing was tried")
    return row


def different_paths(kind: str, scale: Scale) -> Row:
    """Let processes set different settings of the same document without expecting anything: all survive."""
    row = Row("P5", "different paths both survive", kind)
    with workplace(kind) as place:
        _different(row, kind, place / "store", scale.of(400, 10_000))
        control, mutant = Row("P5", "", kind), no_expectations(kind)
        _different(control, kind, place / "broken", 60, mutant)
        row.controls[mutant.name] = bool(control.violations)
    return row


def write_skew(kind: str, scale: Scale) -> Row:
    """Let two processes take themselves off duty at once, over and over: somebody always stays."""
    row = Row("P5", "write skew", kind)
    with workplace(kind) as place:
        _skew(row, kind, place / "store", scale.of(1_000, 10_000))
        control, mutant = Row("P5", "", kind), no_expectations(kind)
        _skew(control, kind, place / "broken", 200, mutant)
        row.controls[mutant.name] = bool(control.violations)
    return row


def fairness(kind: str, scale: Scale) -> Row:
    """Let four processes write at full speed: the slowest is at least half as fast as the fastest, no commit waits."""
    row = Row("P5", "fairness of four processes", kind)
    with workplace(kind) as place:
        share, longest = _compete(row, kind, place / "store", scale.of(5, 30))
        mutant, control = last_in_line(kind), Row("P5", "", kind)
        broken = _compete(control, kind, place / "broken", 2, mutant)
    row.violations += _unfair(share, longest)
    row.controls[mutant.name] = len(_unfair(*broken)) == 2
    row.note = f"slowest/fastest {share:.2f}, longest commit {longest * 1e3:.0f} ms"
    return row


def _unfair(share: float, longest: float) -> list[str]:
    found = [f"the slowest made {share:.2f} commits for one of the fastest"] if share < FAIR_SHARE else []
    return found + [f"a commit took {longest:.2f} s"] * (longest > LONGEST)


def whole_reads(kind: str, scale: Scale) -> Row:
    """Read two settings that add up, from the store and from views, while writers of them run and are killed."""
    row = Row("P6", "settings that add up, writers killed", kind)
    with workplace(kind) as place:
        _read_whole(row, kind, place / "store", scale.seed, scale.of(100_000, 1_000_000), whole=True)
        control = Row("P6", "", kind)
        _read_whole(control, kind, place / "broken", scale.seed, 2_000, whole=False)
        row.controls["two commits instead of one"] = bool(control.violations)
    return row


def _increments(row: Row, kind: str, folder: Path, count: int, mutant: Mutant | None = None) -> int:
    """Return how many attempts came too late."""
    users = COUNTED[kind]

    def act(board: Board) -> None:
        if mutant is not None:
            mutant.apply()
        chance = random.Random(os.getpid())
        with open_patient(kind, folder) as config:
            while board[TRIED] < count:
                user = chance.choice(users)
                config.reload()
                view = config.view if user is None else config.for_user(user)
                try:
                    config.update({"work.number": view.work.number + 1}, user=user, expected_revision=view.revision)
                    board[TRIED] += 1
                except Conflict:
                    board[OUTCOME] += 1

    prepare(kind, folder, ())
    conflicts = _run_all(row, [act] * WRITERS)
    row.trials += WRITERS * count
    with open_config(kind, folder) as config:
        views = [config.view if user is None else config.for_user(user) for user in users]
        found = sum(view.work.number for view in views)
        if found != WRITERS * count:
            row.violations.append(f"{WRITERS * count} increments were acknowledged, and {found} are there")
        if not config.audit.verify():
            row.violations.append(f"the chain breaks: {config.audit.verify()}")
    with closing(open_storage(kind, folder)) as store:
        revisions = [record.revision for record in store.log() if record.revision is not None]
    if revisions != list(range(1, WRITERS * count + 1)):
        row.violations.append("revisions are not the numbers from one on")
    return conflicts


def _different(row: Row, kind: str, folder: Path, count: int, mutant: Mutant | None = None) -> None:
    names = ("number", "left", "right")

    def act(name: str) -> Callable[[Board], None]:
        def count_up(board: Board) -> None:
            if mutant is not None:
                mutant.apply()
            with open_patient(kind, folder) as config:
                for number in range(1, count + 1):
                    config.update({f"work.{name}": number})

        return count_up

    prepare(kind, folder, ())
    _run_all(row, [act(name) for name in names])
    row.trials += count * len(names)
    with open_config(kind, folder) as config:
        found = {name: getattr(config.work, name) for name in names}
        for commit in config.history(limit=None):
            for change in commit.changes:
                if isinstance(change.new, int) and change.new > 1 and change.old != change.new - 1:
                    row.violations.append(f"revision {commit.revision} found {change.path} at {change.old}")
    if set(found.values()) != {count}:
        row.violations.append(f"all were set to {count}, and hold {found}")


def _skew(row: Row, kind: str, folder: Path, count: int, mutant: Mutant | None = None) -> None:
    prepare(kind, folder, ())

    def act(name: str) -> Callable[[Board], None]:
        def leave_and_return(board: Board) -> None:
            if mutant is not None:
                mutant.apply()
            with open_patient(kind, folder) as config:
                for _ in range(count):
                    try:
                        config.update({f"work.{name}": False})
                        config.update({f"work.{name}": True})
                    except ValidationFailed:
                        continue

        return leave_and_return

    _run_all(row, [act("first"), act("second")])
    row.trials += 2 * count
    with closing(open_storage(kind, folder)) as store:
        state = {"first": True, "second": True}
        for record in store.log():
            for edit in record.edits().get(SYSTEM, ()) if record.revision is not None else ():
                state[edit.path[-1]] = bool(edit.new)
            if not any(state.values()):
                row.violations.append(f"at revision {record.revision} nobody is on duty")
                return
        fault = chain_fault(store)
    if fault is not None:
        row.violations.append(fault)


def _compete(row: Row, kind: str, folder: Path, seconds: float, mutant: Mutant | None = None) -> tuple[float, float]:
    """Return how many commits the slowest made for one of the fastest, and how long one took at most (seconds).

    They are counted once all have begun, for so many `seconds`.
    """
    prepare(kind, folder, ())

    def act(user: str) -> Callable[[Board], None]:
        def write(board: Board) -> None:
            if mutant is not None and user == "carol":
                mutant.apply()
            config = open_config(kind, folder)
            while board[PHASE] != OVER:
                start = time.monotonic_ns()
                config.update({"work.number": board[TRIED] + 1}, user=user)
                board[TRIED] += 1
                if board[PHASE] == COUNTING:
                    board[OUTCOME] = max(board[OUTCOME], time.monotonic_ns() - start)

        return write

    children = [Child(act(user)) for user in ("carol", "dave", "erin", "frank")]
    for child in children:
        child.go()
    for child in children:
        child.until(TRIED, 1)
    before = [child.board[TRIED] for child in children]
    for child in children:
        child.board[PHASE] = COUNTING
    children[0].ended_within(seconds)
    counts = [child.board[TRIED] - done for child, done in zip(children, before, strict=True)]
    for child in children:
        child.board[PHASE] = OVER
    row.violations += [child.board.text for child in children if child.wait()]
    row.trials = sum(counts)
    return min(counts) / max(*counts, 1), max(child.board[OUTCOME] for child in children) / 1e9


def _read_whole(row: Row, kind: str, folder: Path, seed: int, reads: int, *, whole: bool) -> None:
    chance = random.Random(seed)
    prepare(kind, folder, ())

    def write(board: Board) -> None:
        own = random.Random(chance.random())
        config = open_config(kind, folder)
        while True:
            values = pair(own.randint(0, SUM)).values
            for change in [values] if whole else [{path: value} for path, value in values.items()]:
                config.update(change)
            seen = reader.board[TRIED]
            while reader.board[TRIED] < seen + READ_BETWEEN:
                time.sleep(PAUSE)

    def read(board: Board) -> None:
        with closing(open_storage(kind, folder)) as store, open_config(kind, folder) as config:
            while board[TRIED] < reads:
                values = store.read([SYSTEM]).documents[SYSTEM].values.get("work", {})
                config.reload()
                view = config.view.work
                sums = {values.get("left", SUM // 2) + values.get("right", SUM // 2), view.left + view.right}
                board[ACKNOWLEDGED] += sums != {SUM}
                board[TRIED] += 2

    reader = Child(read)
    writers = [Child(write), Child(write)]
    for child in (reader, *writers):
        child.go()
    while not reader.ended_within(chance.uniform(*LIVES.get(kind, (0.005, 0.05)))):
        victim = writers.pop(0)
        victim.kill()
        victim.wait()
        writers.append(Child(write))
        writers[-1].go()
    for child in writers:
        child.kill()
        child.wait()
    if reader.wait():
        row.violations.append(reader.board.text)
    row.trials += reader.board[TRIED]
    if reader.board[ACKNOWLEDGED]:
        row.violations.append(f"{reader.board[ACKNOWLEDGED]} reads did not add up")


def _run_all(row: Row, actions: list[Callable[[Board], None]]) -> int:
    """Run processes until all have ended, and return what their boards say of outcomes, in all."""
    children, outcomes = [Child(action) for action in actions], 0
    for child in children:
        child.go()
    for child in children:
        if child.wait():
            row.violations.append(child.board.text)
        outcomes += child.board[OUTCOME]
        child.board.close()
    return outcomes
