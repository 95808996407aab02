"""What is done to a store: steps that can be taken on a configuration, and chosen at random, the same by seed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cfgcore import Config
from reliability.application import SUM
from reliability.model import Model

USERS = (None, "alice", "bob")
BACKUP = "kept"


@dataclass(frozen=True, slots=True)
class Step:
    """One call. `values` by dotted path, for a user or for everyone; `to` is a revision, or a place in the folder."""

    kind: str
    user: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    to: int = 0


def perform(config: Config, step: Step, folder: Path) -> None:
    """Take a step. Raises what the configuration raises."""
    if step.kind in ("update", "batch"):
        config.update(step.values, user=step.user, actor="tester", reason=step.kind)
    elif step.kind == "unset":
        config.unset(step.values, user=step.user, actor="tester")
    elif step.kind == "undo":
        config.undo(step.to, actor="tester")
    elif step.kind == "rollback":
        config.rollback(to=step.to, scope="everything", actor="tester")
    elif step.kind == "restore":
        config.restore(backup_in(folder), actor="tester")
    elif step.kind == "compact":
        config.compact(before=step.to, actor="tester")
    else:
        config.forget(str(step.user), actor="tester")


def follow(model: Model, step: Step) -> None:
    """Do to the model what :func:`perform` does to a store."""
    if step.kind in ("update", "batch"):
        model.set(step.user, step.values)
    elif step.kind == "unset":
        model.remove(step.user, list(step.values))
    elif step.kind == "undo":
        model.return_to(step.to - 1, model.touched[step.to])
    elif step.kind == "rollback":
        model.return_to(step.to, None)
    elif step.kind == "restore":
        model.restore()
    elif step.kind == "compact":
        model.compact(step.to)
    else:
        model.erase(str(step.user))


def choose(chance: random.Random, model: Model) -> Step:
    """Return a step that the model can follow."""
    kinds = ["update"] * 5 + ["batch"] * 3 + ["unset", "rollback", "undo", "compact", "erase", "restore"]
    kind = chance.choice(kinds)
    user = chance.choice(USERS)
    if kind == "undo" and model.can_undo():
        return Step("undo", to=model.revision)
    if kind == "rollback":
        return Step("rollback", to=chance.randint(model.horizon, model.revision))
    if kind == "compact" and model.revision:
        return Step("compact", to=chance.randint(max(1, model.horizon), model.revision))
    if kind == "erase":
        return Step("erase", chance.choice(USERS[1:]))
    if kind == "restore" and model.kept is not None:
        return Step("restore")
    if kind == "unset":
        return Step("unset", user, {chance.choice(("work.number", "work.text", "work.token")): None})
    return batch(chance, user) if kind == "batch" else update(chance, user)


def update(chance: random.Random, user: str | None) -> Step:
    """Return a change of one setting."""
    name = chance.choice(("number", "text", "token"))
    value = chance.randint(-999, 999) if name == "number" else "é" * chance.choice((1, 40, 700))
    return Step("update", user, {f"work.{name}": value})


def batch(chance: random.Random, user: str | None) -> Step:
    """Return a change of several settings of which two add up."""
    left = chance.randint(0, SUM)
    values = {"work.left": left, "work.right": SUM - left, "work.number": chance.randint(0, 9), "work.token": "secret"}
    return Step("batch", user, values)


def pair(left: int, user: str | None = None) -> Step:
    """Return a change of the two settings that add up."""
    return Step("batch", user, {"work.left": left, "work.right": SUM - left})


def backup_in(folder: Path) -> Path:
    """Return where the backup of a folder's store is, if there is one."""
    return folder / BACKUP / "backup"
