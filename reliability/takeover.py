"""P1: a migration and the end of an upgrade, killed before any system call: old or new, and the next one ends it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cfgcore import Config, Conversion, LegacyFormat, Mapped, Whose, hookimpl, section, setting, step
from cfgcore.change.upgrade import Upgrade
from cfgcore.declare.registry import Registry
from cfgcore.installing.migration import migrated
from cfgcore.installing.order import Order
from cfgcore.opening import load_plugins, sources_for
from cfgcore.plugins import Plugins
from cfgcore.store.document import SYSTEM, VERSIONS
from reliability import server, tracer
from reliability.application import MAIN_FILES, POSTGRESQL, Work, open_storage
from reliability.child import ACKNOWLEDGED, Board, Child, call
from reliability.interruption import changing_calls
from reliability.mutants import Mutant, built_in_place, emptied_first, two_transactions
from reliability.observation import chain_fault, observe
from reliability.place import copy_of, fresh, settle, workplace
from reliability.report import Row
from reliability.scale import Scale

USERS = ("alice", "bob", "carol", "dave", "erin")
BATCH = 2

#: What an older application kept: of everyone, and of the one user of a desktop.
OLDER = {"old_work": {"number": 7, "text": "of everyone", "own": {"number": 8, "token": "hidden", "text": "é" * 500}}}
FOREIGN = b"not a store"


def _kept(data: Mapping[str, Any]) -> Conversion:
    """Take everything over."""
    found, own = data["old_work"], data["old_work"]["own"]
    everyone = [Mapped(("old_work", name), f"work.{name}", found[name]) for name in ("number", "text")]
    owners = [Mapped(("old_work", "own", name), f"work.{name}", own[name], Whose.OWNER) for name in own]
    return Conversion((*everyone, *owners))


class Older:
    """The plugin that knows the older format."""

    name = "older"

    @hookimpl
    def cfgcore_sections(self) -> list[type[Any]]:
        """Return the section of today."""
        return [Work]

    @hookimpl
    def cfgcore_legacy_formats(self) -> list[LegacyFormat]:
        """Return the format."""
        return [LegacyFormat("older", lambda data: "it has 'old_work'" if "old_work" in data else None, _kept)]


@section("walk")
class First:
    """A section as it was: hours."""

    hours: int = setting(1, help="How long, in hours.")


@section("walk", version=2, steps=[step(1, lambda values: {"minutes": values["hours"] * 60} if values else {})])
class Second:
    """The section as it is: minutes."""

    minutes: int = setting(60, help="How long, in minutes.")


RELEASES: Mapping[int, Any] = {1: First, 2: Second}


class Release:
    """A plugin as one release has it."""

    name = "release"

    def __init__(self, declared: Any) -> None:
        self._declared = declared

    @hookimpl
    def cfgcore_sections(self) -> list[type[Any]]:
        """Return its section."""
        return [self._declared]


@dataclass(frozen=True, slots=True)
class Task:
    """What is killed: `run` in a folder, and `fault`, which says what is wrong afterwards; a mutant breaks the run."""

    name: str
    run: Callable[[Path], None]
    fault: Callable[[Path, bool], str | None]


def migrations(kind: str, scale: Scale) -> Row:
    """Kill before each call of a migration of an older file into nothing, into a store, and over a foreign file."""
    row = Row("P1", "SIGKILL of a migration", kind)
    befores = ("nothing", "a store") if kind == POSTGRESQL else ("nothing", "a store", "a foreign file")
    with workplace(kind) as place:
        for number, before in enumerate(befores):
            if scale.has_part(number):
                _until_clean(row, kind, _before(kind, place / "ready", before), _migration(kind, before), scale)
        mutant = two_transactions(kind) if kind == POSTGRESQL else built_in_place()
        control, before = Row("P1", "", kind), befores[-1] if kind != POSTGRESQL else "a store"
        _until_clean(control, kind, _before(kind, place / "ready", before), _migration(kind, before), scale, mutant)
        row.controls[mutant.name] = bool(control.violations)
    return row


def upgrades(kind: str, scale: Scale) -> Row:
    """Kill before each call of ``upgrade finish``, which rewrites the documents of users in several commits."""
    row = Row("P1", "SIGKILL of the end of an upgrade", kind)
    with workplace(kind) as place:
        ready = fresh(kind, place / "ready")
        with _release(kind, ready, 1) as config:
            for number, user in enumerate((None, *USERS), 1):
                config.update({"walk.hours": number}, user=user)
        _until_clean(row, kind, ready, _upgrade(kind), scale)
        mutant, control = emptied_first(kind), Row("P1", "", kind)
        _until_clean(control, kind, ready, _upgrade(kind), scale, mutant)
        row.controls[mutant.name] = bool(control.violations)
    return row


def _until_clean(row: Row, kind: str, template: Path, task: Task, scale: Scale, mutant: Mutant | None = None) -> None:
    folder = template.with_name("trial")
    run = _acknowledging(task, folder, mutant)
    for name in changing_calls(copy_of(kind, template, folder), run, long=scale.long):
        number, code = 0, -9
        while code == -9:
            number += 1
            copy_of(kind, template, folder)
            child = Child(run)
            with tracer.attached(child, *tracer.killing(name, number)):
                child.go()
                code = child.wait()
            settle(kind, folder)
            fault = child.board.text or task.fault(folder, bool(child.board[ACKNOWLEDGED]))
            child.board.close()
            row.trials += 1
            if fault:
                row.violations.append(f"{task.name}, killed before {name} {number}: {fault}")
                if mutant is not None:
                    return


def _acknowledging(task: Task, folder: Path, mutant: Mutant | None) -> Callable[[Board], None]:
    def act(board: Board) -> None:
        if mutant is not None:
            mutant.apply()
        os.chdir(folder)  # a backup of a database on a server is made in the current folder
        task.run(folder)
        board[ACKNOWLEDGED] = 1

    return act


def _before(kind: str, folder: Path, before: str) -> Path:
    fresh(kind, folder)
    (folder / "old.json").write_text(json.dumps(OLDER), encoding="utf-8")
    if before == "a store":
        (folder / "first.json").write_text(json.dumps({"old_work": {**OLDER["old_work"], "number": 1}}), "utf-8")
        _migrate(kind, folder, "first.json")  # into an empty store, of which no backup is made
    elif before == "a foreign file":
        (folder / MAIN_FILES[kind][0]).write_bytes(FOREIGN)
    return folder


def _migration(kind: str, before: str) -> Task:
    def fault(folder: Path, acknowledged: bool) -> str | None:
        allowed = ["new"] if acknowledged else ["old", "new"]
        found = _state(kind, folder, before)
        if found not in allowed:
            return f"it is {found}"
        code, text = call(_acknowledging(task, folder, None))
        if code:
            return f"the next one fails: {text}"
        again, litter = _state(kind, folder, before), [f.name for f in folder.iterdir() if _is_litter(f.name)]
        source = json.loads((folder / "old.json").read_bytes())
        return (
            None
            if (again, litter, source) == ("new", [], OLDER)
            else f"the next one leaves {again}, {litter}, {source}"
        )

    task = Task(f"a migration into {before}", lambda folder: _migrate(kind, folder, "old.json"), fault)
    return task


def _migrate(kind: str, folder: Path, source: str) -> None:
    url = {"json": str(folder / "models.json"), "sqlite": f"sqlite:///{folder / 'models.db'}"}
    target = server.url_of(folder) if kind == POSTGRESQL else url[kind]
    found = migrated(str(folder / source), target, *_older(), Order(force=True))
    assert found.is_valid, found.entries


def _state(kind: str, folder: Path, before: str) -> str:
    """Return whether the target is what it was before, what it is to be, or what else."""
    main = folder / MAIN_FILES[kind][0] if kind != POSTGRESQL else None
    journal = folder / "models.json.journal"
    if main is not None and not journal.exists() and (not main.exists() or main.read_bytes() == FOREIGN):
        here = "a foreign file" if main.exists() else "nothing"
        return "old" if here == before else f"{here}, and was {before}"
    try:
        with closing(open_storage(kind, folder)) as store:
            found, broken = observe(store), chain_fault(store)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if broken is not None:
        return f"a log whose chain breaks: {broken}"
    old = (1, _values(1)) if before == "a store" else (0, {})
    held = found.revision, {name: values for name, values in json.loads(found.values).items() if name != VERSIONS}
    if held == (old[0] + 1, _values(7)):  # by one commit
        return "new"
    if held == old and (main is None or before == "a store"):
        return "old"
    return f"a store that holds {held}"


def _values(number: int) -> dict[str, Any]:
    older: Any = OLDER["old_work"]
    everyone = {"work.number": number, "work.text": older["text"]}
    return {SYSTEM: everyone, "user/local": {f"work.{name}": value for name, value in older["own"].items()}}


def _is_litter(name: str) -> bool:
    return ".migrating-" in name or name.endswith(".tmp")


def _upgrade(kind: str) -> Task:
    def run(folder: Path) -> None:
        with _release(kind, folder, 2) as config:
            _finish(config)

    def fault(folder: Path, acknowledged: bool) -> str | None:
        try:
            found = _unlike(kind, folder, finished=acknowledged)
            run(folder)
            return found or _unlike(kind, folder, finished=True)
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    return Task("upgrade finish", run, fault)


def _finish(config: Config) -> None:
    found = Upgrade(config.upgrade._engine, BATCH).finish()  # in more commits than so few documents need
    assert not found.failed, found


def _unlike(kind: str, folder: Path, *, finished: bool) -> str | None:
    """Return what a store says that was not stored, or is not written as an upgrade that is `finished` has it."""
    with _release(kind, folder, 2) as config:
        told = [(config if user is None else config.for_user(user)).walk.minutes for user in (None, *USERS)]
        outdated = config.upgrade.plan().outdated
        verified = config.audit.verify()
    if told != [60 * number for number in range(1, len(USERS) + 2)]:
        return f"it says {told}"
    if not verified:
        return f"the chain breaks: {verified.break_at}"
    with closing(open_storage(kind, folder)) as store:
        documents = store.read(store.names()).documents
    forms = {name: dict(found.values.get("walk", {})) for name, found in documents.items() if name != VERSIONS}
    odd = {n: f for n, f in forms.items() if f not in _forms(n)[1 if finished else 0 :]}
    return f"documents are {odd}, {outdated} of them outdated" if odd or (finished and outdated) else None


def _forms(name: str) -> tuple[dict[str, int], dict[str, int]]:
    """Return what a document holds before an upgrade, and after it."""
    hours = 1 if name == SYSTEM else USERS.index(name.removeprefix("user/")) + 2
    return {"hours": hours}, {"minutes": 60 * hours}


def _release(kind: str, folder: Path, version: int) -> Config:
    plugins, registry = _released(version)
    sources = sources_for(registry, folder=folder, settings_files=[], environ={}, env_prefix="APP")
    store = open_storage(kind, folder)
    try:
        return Config(plugins, registry, sources, store)
    except BaseException:
        store.close()
        raise


@cache
def _older() -> tuple[Plugins, Registry]:
    return load_plugins(plugins=[Older()], plugin_group=None)


@cache
def _released(version: int) -> tuple[Plugins, Registry]:
    return load_plugins(plugins=[Release(RELEASES[version])], plugin_group=None)
