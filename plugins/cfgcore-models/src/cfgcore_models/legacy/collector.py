"""What becomes of the values of an older file, collected while a converter goes through it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from cfgcore import ABSENT, Conversion, Dropped, Mapped, Whose

Keys = tuple[str, ...]


class Collector:
    """Collects what a converter says of each value."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._mapped: list[Mapped] = []
        self._dropped: list[Dropped] = []

    def conversion(self) -> Conversion:
        """Return all that was said."""
        return Conversion(tuple(self._mapped), tuple(self._dropped))

    def at(self, keys: Keys) -> Any:
        """Return the value at `keys`, or ``ABSENT``."""
        found: Any = self._data
        for key in keys:
            found = found.get(key, ABSENT) if isinstance(found, Mapping) else ABSENT
        return found

    def table(self, keys: Keys, whose: Whose | str = Whose.EVERYONE) -> Mapping[str, Any]:
        """Return the table at `keys`, an empty one where there is none; something else in its place is wrong."""
        found = self.at(keys)
        if isinstance(found, Mapping):
            return found
        if found is not ABSENT and found is not None:
            self.wrong(keys, found, f"it is a table, not {type_of(found)}", whose=whose)
        return {}

    def take(
        self,
        keys: Keys,
        path: str,
        value: Any,
        then: Any,
        whose: Whose | str = Whose.EVERYONE,
        *,
        given: Any = ABSENT,
        why: str = "",
    ) -> None:
        """Take a value over; a whole number that was written as 24.0 is one. `then` is its default of then."""
        if type(then) is int and isinstance(value, float) and value.is_integer():
            given, value, why = value, int(value), why or "a whole number"
        self._mapped.append(Mapped(keys, path, value, whose, given, why, then))

    def drop(self, keys: Keys, value: Any, why: str, whose: Whose | str = Whose.EVERYONE) -> None:
        """Say that a value has no place today."""
        self._dropped.append(Dropped(keys, value, why, whose))

    def wrong(
        self, keys: Keys, value: Any, why: str, suggested: Any = ABSENT, whose: Whose | str = Whose.EVERYONE
    ) -> None:
        """Say that a value cannot be what stands at its place."""
        self._dropped.append(Dropped(keys, value, why, whose, wrong=True, suggested=suggested))


def type_of(value: Any) -> str:
    """Return what a value is, as people call it."""
    names = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a table"}
    return names.get(type(value), "none" if value is None else type(value).__name__)


def no_such(what: str, name: str, known: Iterable[str]) -> str:
    """Return that there is no such thing, with the name that was probably meant."""
    alike = difflib.get_close_matches(name[:100], list(known), n=1)
    return f"there is no {what} {name!r}." + (f" Did you mean {alike[0]!r}?" if alike else "")
