"""Refused attempts in the audit: the first few of a kind one by one, a flood of them by number."""

from __future__ import annotations

import atexit
import logging
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from cfgcore.change import recording
from cfgcore.change.home import home_of, public_path
from cfgcore.change.recording import SHOWN, legible
from cfgcore.errors import CfgcoreError, Conflict, InvalidUser, UnknownPath, ValidationFailed
from cfgcore.store.document import USER_PREFIX
from cfgcore.store.fork import after_fork
from cfgcore.store.protocol import Store
from cfgcore.store.record import Draft, Edit
from cfgcore.values.absent import ABSENT

#: How many refusals of one actor and kind have a record each, in a window of so many seconds.
SINGLES = 10
WINDOW = 60.0

#: Of how many actors and kinds the refusals are counted at once.
KINDS = 1000

Kind = tuple[str, str]
Later = Callable[[float, Callable[[], None]], object]

_CODES: Mapping[type[CfgcoreError], str] = {Conflict: "conflict", UnknownPath: "unknown", InvalidUser: "user"}

_logger = logging.getLogger("cfgcore.store")


def refusal(paths: Sequence[str], user: str | None, actor: str, reason: str, error: CfgcoreError) -> Draft:
    """Return the record of a refused attempt, without its values."""
    edits = _about(paths[:SHOWN], user)
    if isinstance(error, ValidationFailed):
        told = "; ".join(sorted({f"{found.path} {found.code}".strip() for found in error.problems})[:SHOWN])
    else:
        told = _CODES.get(type(error), "refused")
    why = f"{legible(reason)} ({told})" if reason else told
    return Draft("refused", legible(actor), why, recording.now(), edits, {})


def _about(paths: Sequence[str], user: str | None) -> dict[str, tuple[Edit, ...]]:
    """Return the edits, without values, of the documents in which the paths lie."""
    own = None if user is None else USER_PREFIX + legible(user)
    edits: dict[str, tuple[Edit, ...]] = {} if own is None else {own: ()}
    for path in paths:
        name, inner = home_of(tuple(legible(path).split(".")))
        if own is not None:
            name, inner = own, public_path(name, inner)
        edits[name] = (*edits.get(name, ()), Edit(inner, ABSENT, ABSENT))
    return edits


@dataclass(slots=True)
class _Window:
    """What one actor was refused since `began`: how often there is a record of it, and what has none yet, as one."""

    began: float
    singles: int = 0
    untold: Draft | None = None


class Refusals:
    """Appends refusals to the audit of a store.

    The first :data:`SINGLES` of one actor and kind within a window have a record each; the last of these says that more
    are counted. When the window ends, and when this is flushed or the process ends, one record tells how many they
    were. What a store cannot take now is counted too. So only a killed process loses a number.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic, later: Later | None = None) -> None:
        self._store = store
        self._clock = clock
        self._later = later or _in_a_thread
        self.leave_parent()
        after_fork(self)
        _open.add(self)

    def leave_parent(self) -> None:
        """Forget, in a forked child, what its parent counts and will tell."""
        self._lock = threading.Lock()
        self._windows: OrderedDict[Kind, _Window] = OrderedDict()
        self._is_timed = False

    def add(self, draft: Draft, kind: str) -> None:
        """Record a refusal, or count it. A store that cannot take the record hides no refusal."""
        key, moment = (draft.actor, kind), self._clock()
        with self._lock:
            due = self._ended(moment, key)
            window = self._windows.setdefault(key, _Window(moment))
            if window.singles < SINGLES:
                window.singles += 1
                more = "; more are counted" if window.singles == SINGLES else ""
                due.append((key, replace(draft, reason=draft.reason + more)))
            else:
                window.untold = _together(window.untold, draft)
                self._time(moment)
        self._append(due)

    def flush_ended(self) -> None:
        """Record what was counted in windows that have ended."""
        moment = self._clock()
        with self._lock:
            self._is_timed = False
            due = self._ended(moment)
            self._time(moment)
        self._append(due)

    def _time(self, moment: float) -> None:
        """Let the first window that counts something be told when it ends: one timer waits, however many there are."""
        counting = next((window for window in self._windows.values() if window.untold is not None), None)
        if counting is not None and not self._is_timed:
            self._is_timed = True
            self._later(counting.began + WINDOW - moment, self.flush_ended)

    def flush(self) -> None:
        """Record all that was counted."""
        with self._lock:
            due = [(key, window.untold) for key, window in self._windows.items() if window.untold is not None]
            for key, _ in due:
                self._windows[key].untold = None
        self._append(due)

    def close(self) -> None:
        """Record all that was counted; what the store does not take is told to the log."""
        self.flush()
        with self._lock:
            left = sum(window.untold.count for window in self._windows.values() if window.untold is not None)
            self._windows.clear()
        if left:
            _logger.error("%s: %d refused attempts could not be recorded in the audit", self._store.url, left)

    def _ended(self, moment: float, coming: Kind | None = None) -> list[tuple[Kind, Draft]]:
        """Close the windows that have ended, and the oldest where there is no room for the one that comes."""
        due = []
        while self._windows:
            key, window = next(iter(self._windows.items()))
            full = coming is not None and coming not in self._windows and len(self._windows) >= KINDS
            if moment - window.began < WINDOW and not full:
                break
            del self._windows[key]
            if window.untold is not None:
                due.append((key, window.untold))
        return due

    def _append(self, due: Sequence[tuple[Kind, Draft]]) -> None:
        for key, draft in due:
            try:
                self._store.append_audit(draft)
            except CfgcoreError:
                with self._lock:
                    window = self._windows.setdefault(key, _Window(self._clock(), SINGLES))
                    window.untold = _together(window.untold, draft)


def _together(counted: Draft | None, draft: Draft) -> Draft:
    """Return one draft that stands for two, of the newer's reason and time, and of a document if they agree on one."""
    if counted is None:
        return draft
    same = counted.edits.keys() == draft.edits.keys()
    return replace(draft, edits=dict.fromkeys(draft.edits, ()) if same else {}, count=counted.count + draft.count)


def _in_a_thread(seconds: float, call: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.start()


_open: weakref.WeakSet[Refusals] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for refusals in list(_open):
        refusals.close()
