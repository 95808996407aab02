"""The views of users, made on demand and kept as long as they hold, in a bounded cache."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from cfgcore.store.fork import ThreadLock
from cfgcore.view.view import View

P = TypeVar("P")

LIMIT = 10_000


class UserViews(Generic[P]):
    """Views by user id, each made from one published configuration; the one made first goes first."""

    __slots__ = ("_drops", "_lock", "_make", "_views")

    def __init__(self, make: Callable[[str, P, View | None], View]) -> None:
        """Use `make` for a view that is not known: of a user, under what is published, and the last one if known."""
        self._make = make
        self._views: OrderedDict[str, tuple[P | None, View]] = OrderedDict()
        self._lock = ThreadLock()
        self._drops = 0

    def known(self, user: object, published: P) -> View | None:
        """Return the view of a user under `published` if it is kept, whatever a caller took for a user."""
        try:
            found = self._views.get(user)  # type: ignore[call-overload]
        except TypeError:
            return None
        return found[1] if found is not None and found[0] is published else None

    def get(self, user: str, published: P) -> View:
        """Return the view of a user under `published`."""
        known = self._views.get(user)
        if known is not None and known[0] is published:
            return known[1]
        drops = self._drops
        view = self._make(user, published, known[1] if known is not None else None)
        with self._lock:
            if drops == self._drops:  # else the view may have been made before the change that dropped it
                self._views[user] = published, view
                self._views.move_to_end(user)
            if len(self._views) > LIMIT:
                self._views.popitem(last=False)
        return view

    def last(self, user: str) -> View | None:
        """Return the last view that was made of a user, if it is kept."""
        known = self._views.get(user)
        return known[1] if known is not None else None

    def drop(self, users: Iterable[str]) -> None:
        """Make the views of these users anew when they are asked for: what they set was changed."""
        with self._lock:
            self._drops += 1
            for user in users:
                if user in self._views:
                    self._views[user] = None, self._views[user][1]

    def forget(self, user: str) -> None:
        """Forget the view of a user, who was erased."""
        with self._lock:
            self._drops += 1
            self._views.pop(user, None)
