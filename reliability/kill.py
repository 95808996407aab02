"""P1: killed at any instant, a reopened store is the last acknowledged state or the one write in flight."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

from reliability.application import POSTGRESQL, open_config, open_storage
from reliability.child import ACKNOWLEDGED, TRIED, Board, Child
from reliability.model import Holding, Model
from reliability.mutants import Mutant, no_lock, unlocked_acknowledgement
from reliability.observation import chain_fault, observe, unexpected
from reliability.place import prepare, settle, workplace
from reliability.report import Row
from reliability.scale import Scale
from reliability.workload import Step, choose, follow, perform

#: How long (seconds) at most somebody takes steps before the kill: some ten of them.
LIVES = {"json": 0.03, "sqlite": 0.03, POSTGRESQL: 0.06}

CANARY = "canary-in-a-coal-mine"

PRELUDE = (
    Step("update", None, {"work.number": 1, "work.token": "hidden"}),
    Step("batch", "alice", {"work.left": 10, "work.right": 90, "work.text": CANARY, "work.token": CANARY}),
    Step("update", "bob", {"work.number": 5}),
    Step("update", "bob", {"work.number": 6}),
    Step("update", None, {"work.text": "two"}),
)


def at_random(kind: str, scale: Scale) -> Row:
    """Kill at random moments of a long run of random steps, again and again on the same store; half of the time,
    kill the recovery as well."""
    row = Row("P1", "SIGKILL at random", kind)
    chance = random.Random(scale.seed)
    with workplace(kind) as place:
        for number in range(scale.of(20, 200)):
            _generations(row, kind, place / "store", chance, 25, f"seed {scale.seed}, store {number}")
        mutant = unlocked_acknowledgement(kind)
        control = Row("P1", "", kind)
        for number in range(20):
            _generations(control, kind, place / "store", chance, 5, f"control {number}", mutant)
            if control.violations:
                break
        row.controls[mutant.name] = bool(control.violations)
    return row


def writers_killed(kind: str, scale: Scale) -> Row:
    """Kill three writers of one store at the same moment, at random."""
    row = Row("P1", "SIGKILL of three writers at once", kind)
    with workplace(kind) as place:
        _kill_writers(row, kind, place / "store", random.Random(scale.seed), scale.of(60, 1000), f"seed {scale.seed}")
        mutant, control = no_lock(kind), Row("P1", "", kind)
        _kill_writers(control, kind, place / "broken", random.Random(scale.seed), 60, "control", mutant)
        row.controls[mutant.name] = bool(control.violations)
    return row


def examine(kind: str, folder: Path, allowed: Sequence[Holding]) -> str | None:
    """Open what a kill left behind, twice, and return what is wrong with it, or None."""
    try:
        with open_config(kind, folder):
            left = [file.name for file in folder.iterdir() if file.name.endswith(".tmp")]
            if left:
                return f"{left} were not removed"
        store = open_storage(kind, folder)
        try:
            found, fault = observe(store), chain_fault(store)
        finally:
            store.close()
        if fault is not None:
            return f"the chain breaks: {fault}"
        return None if found in allowed else unexpected(found, allowed)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def goes_on(kind: str, folder: Path) -> str | None:
    """Return why a store takes no more changes, or None."""
    try:
        with open_config(kind, folder) as config:
            number = config.work.number + 1
            config.update({"work.number": number})
            return None if config.work.number == number else "a change was not published"
    except Exception as error:
        return f"it takes no more changes: {type(error).__name__}: {error}"


def _kill_writers(
    row: Row, kind: str, folder: Path, chance: random.Random, kills: int, name: str, mutant: Mutant | None = None
) -> None:
    prepare(kind, folder, ())
    base = dict.fromkeys(("carol", "dave", "erin"), 0)
    for number in range(kills):
        if mutant is not None and row.violations:
            return
        row.trials += 1
        place = f"{name}, kill {number}"
        children = {user: Child(_counting(kind, folder, user, base[user], mutant)) for user in base}
        for child in children.values():
            child.go()
        if mutant is not None or number % 2:
            for user, child in children.items():
                child.until(ACKNOWLEDGED, base[user] + 1)
        children["carol"].ended_within(chance.uniform(0.0, 0.08))
        for child in children.values():
            child.kill()
        for user, child in children.items():
            if child.wait() != -9:
                row.violations.append(f"{place}: {user} ended by itself: {child.board.text}")
        settle(kind, folder)
        counts = _counts(row, kind, folder, tuple(base), place)
        for user, child in children.items():
            board = child.board
            acknowledged = max(base[user], board[ACKNOWLEDGED])
            if counts and counts[user] not in (acknowledged, max(acknowledged, board[TRIED])):
                row.violations.append(f"{place}: {user} was told {acknowledged}, and has {counts[user]}")
            board.close()
            base[user] = counts.get(user, base[user])


def _generations(
    row: Row, kind: str, folder: Path, chance: random.Random, count: int, name: str, mutant: Mutant | None = None
) -> None:
    """Kill the users of one store one after the other, each of which goes on where the last one was killed."""
    model = _fresh(kind, folder)
    for number in range(count):
        seed, place = chance.getrandbits(64), f"{name}, kill {number}"
        child = Child(_endless(kind, folder, model, seed, mutant))
        child.go()
        if mutant is not None or number % 2:  # on a slow machine too, some are killed in the middle of their work
            child.until(ACKNOWLEDGED, 1)
        child.ended_within(chance.uniform(0.0, LIVES[kind]))
        child.kill()
        code = child.wait()
        if chance.random() < 0.5:
            _kill_recovery(kind, folder, chance)
        settle(kind, folder)
        row.trials += 1
        replay, models = random.Random(seed), [model]
        for left in range(child.board[TRIED], 0, -1):
            if left == 1 and child.board[ACKNOWLEDGED] < child.board[TRIED]:
                models = [model.copy(), model]
            follow(model, choose(replay, model))
        fault = child.board.text if code != -9 else examine(kind, folder, [each.holding() for each in models])
        child.board.close()
        if fault is not None:
            row.violations.append(f"{place}: {fault}")
            return
        store = open_storage(kind, folder)
        found = observe(store)
        store.close()
        model = next(each for each in models if each.holding() == found)


def _fresh(kind: str, folder: Path) -> Model:
    return prepare(kind, folder, PRELUDE, keep_after=3)


def _kill_recovery(kind: str, folder: Path, chance: random.Random) -> None:
    def recover(board: Board) -> None:
        open_config(kind, folder)

    child = Child(recover)
    child.go()
    child.ended_within(chance.uniform(0.0, 0.01))
    child.kill()
    child.wait()
    child.board.close()


def _endless(kind: str, folder: Path, model: Model, seed: int, mutant: Mutant | None) -> Callable[[Board], None]:
    def act(board: Board) -> None:
        if mutant is not None:
            mutant.apply()
        chance = random.Random(seed)
        config = open_config(kind, folder)
        while True:
            step = choose(chance, model)
            board[TRIED] += 1
            perform(config, step, folder)
            board[ACKNOWLEDGED] += 1
            follow(model, step)

    return act


def _counting(kind: str, folder: Path, user: str, base: int, mutant: Mutant | None = None) -> Callable[[Board], None]:
    def act(board: Board) -> None:
        if mutant is not None:
            mutant.apply()
        number = base
        config = open_config(kind, folder)
        while True:
            number += 1
            board[TRIED] = number
            config.update({"work.number": number, "work.text": str(number)}, user=user)
            board[ACKNOWLEDGED] = number

    return act


def _counts(row: Row, kind: str, folder: Path, users: Sequence[str], place: str) -> dict[str, int]:
    try:
        with open_config(kind, folder) as config:
            views = {user: config.for_user(user).work for user in users}
            row.violations += [
                f"{place}: {user} has half a commit"
                for user, view in views.items()
                if view.text != str(view.number or "")
            ]
            verified = config.audit.verify()
            if not verified:
                row.violations.append(f"{place}: the chain breaks: {verified.break_at}")
            return {user: view.number for user, view in views.items()}
    except Exception as error:
        row.violations.append(f"{place}: {type(error).__name__}: {error}")
        return {}
