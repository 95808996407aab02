"""P13: a faulty listener breaks no commit and no other listener."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import cfgcore
from cfgcore import Config, Event, hookimpl
from cfgcore.errors import CfgcoreError
from cfgcore.watch.runner import ThreadRunner
from reliability.application import PLUGIN, URLS
from reliability.place import workplace
from reliability.report import Row
from reliability.scale import Scale

STORES = ("json", "sqlite")
POSITIONS = ("first", "middle", "last")

#: A listener is cut off after so many seconds here: the real five would be waited for three times in each trial.
CUT_OFF_AFTER = 0.05


class Hostile:
    """What a listener should not do; each method is one."""

    def __init__(self) -> None:
        self.config: Config | None = None
        self.others: list[Any] = []
        self.leave = threading.Event()

    def raises(self, event: Event) -> None:
        """Raise."""
        raise ValueError("hostile")

    def exits(self, event: Event) -> None:
        """Want to end the process."""
        raise SystemExit(1)

    def recurses(self, event: Event) -> None:
        """Run out of stack."""
        self.recurses(event)

    def hangs(self, event: Event) -> None:
        """Never return."""
        self.leave.wait()

    def mutates(self, event: Event) -> None:
        """Change what others are told."""
        event.effective[0].new = -1  # type: ignore[misc]

    def floods(self, event: Event) -> None:
        """Make many changes of its own."""
        assert self.config is not None
        for number in range(3):
            self.config.update({"work.left": number}, user="flood")

    def unregisters(self, event: Event) -> None:
        """End what it can reach, itself included, and fail."""
        for other in self.others:
            other.close()
        raise ValueError("hostile")

    def writes(self, event: Event) -> None:
        """Answer a change with a change of the same value."""
        assert self.config is not None
        new = event.effective[0].new
        if new % 2 == 0:
            self.config.update({"work.number": new + 1})


HOW = ("subscribed", "plugin")
FAULTS = ("raises", "exits", "recurses", "hangs", "mutates", "floods", "unregisters", "writes")


class Told:
    """A listener that does what it should, and knows what it was told."""

    def __init__(self) -> None:
        self.changes: list[tuple[int, int]] = []

    def __call__(self, event: Event) -> None:
        """Remember the change of the number."""
        self.changes += [(change.old, change.new) for change in event.effective if change.path == "work.number"]


class Plugin:
    """A plugin that is told."""

    def __init__(self, name: str, told: Callable[[Event], None]) -> None:
        self.name, self._told = name, told

    @hookimpl
    def cfgcore_changed(self, event: Event) -> None:
        """Do with the event what was given."""
        self._told(event)


def hostile(kind: str, scale: Scale) -> Row:
    """Commit while one of three listeners misbehaves: subscribed or a plugin's, first, in the middle or last.

    Of two cases that follow each other, each is tried on another store.
    """
    row = Row("P13", f"{len(FAULTS)} faulty listeners, subscribed and plugins', first, middle, last", kind)
    count, number = 10_000 if scale.long else 1_000, 0
    with workplace(kind) as place:
        for fault in FAULTS:
            for position in range(len(POSITIONS)):
                for how in HOW if position % 2 else reversed(HOW):
                    number += 1
                    if scale.has_part(number // 2) and number % 2 == STORES.index(kind):
                        folder = place / f"{fault}-{position}-{how}"
                        row.violations += _trial(kind, folder, fault, position, how, count)
                        row.trials += count
        with _unguarded():
            found = _trial(kind, place / "control", "raises", 0, "subscribed", 3)
        row.controls["called by the committing thread, unguarded"] = bool(found)
    return row


def _trial(kind: str, folder: Path, fault: str, position: int, how: str, count: int) -> list[str]:
    folder.mkdir()
    faulty, told = Hostile(), [Told(), Told()]
    acts: list[Callable[[Event], None]] = [*told[:position], getattr(faulty, fault), *told[position:]]
    with _quick(), _opened(kind, folder, acts if how == "plugin" else []) as config:
        faulty.config = config
        if how == "subscribed":
            subscriptions = [config.subscribe("work.number", act) for act in acts]
            faulty.others = [subscriptions[position]]
        try:
            for number in range(2, 2 * count + 2, 2):
                config.update({"work.number": number})
        except (CfgcoreError, ValueError) as error:
            return [f"{fault} {POSITIONS[position]} ({how}): a commit failed: {error}"]
        if not config.listeners.settled(60):
            return [f"{fault} {POSITIONS[position]} ({how}): somebody was not told within a minute"]
        faulty.leave.set()
        last = config.view.work.number
    return [
        f"{fault} {POSITIONS[position]} ({how}): {wrong}"
        for one in told
        if (wrong := _wrong(one.changes, count, last)) is not None
    ]


def _wrong(changes: list[tuple[int, int]], count: int, last: int) -> str | None:
    """Return what is wrong with what a listener was told: each change begins where the one before it ended.

    What is there at last was told as well as the last of the commits, which a listener may have changed afterwards.
    """
    values = [0, *(new for _, new in changes)]
    if values[:-1] != [old for old, _ in changes]:
        return "a change was lost, told twice, or out of order"
    if not {2 * count, last} <= {*values}:
        return f"the last of {count} commits was not told"
    return None


@contextmanager
def _opened(kind: str, folder: Path, plugins: list[Callable[[Event], None]]) -> Iterator[Config]:
    made = [Plugin(f"p{number}", told) for number, told in enumerate(plugins)]
    how: dict[str, Any] = {"plugin_group": None, "settings_files": [], "environ": {}, "env_prefix": "APP"}
    with cfgcore.open(folder=folder, store=URLS[kind], plugins=[PLUGIN, *made], **how) as config:
        yield config


@contextmanager
def _quick() -> Iterator[None]:
    """Cut listeners off sooner."""
    with (
        mock.patch("cfgcore.watch.listener.WARN_AFTER", CUT_OFF_AFTER / 5),
        mock.patch("cfgcore.watch.listener.CUT_OFF_AFTER", CUT_OFF_AFTER),
    ):
        yield


@contextmanager
def _unguarded() -> Iterator[None]:
    """Call listeners as if nothing could go wrong: in the thread that commits."""

    def start(self: ThreadRunner, call: Any) -> None:
        call.context.run(self._called, call)
        call.ended(None)

    with mock.patch.object(ThreadRunner, "start", start):
        yield
