"""One value on its way from a conversion into a document; or the entry that says why it does not get there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from cfgcore.change.home import home_of
from cfgcore.declare.given import given
from cfgcore.declare.legacy import Dropped, Mapped, Whose
from cfgcore.declare.registry import Registry
from cfgcore.declare.resolved import Place
from cfgcore.errors import InvalidUser
from cfgcore.installing.discretion import may_be_secret, shown_at, shown_unknown
from cfgcore.installing.flag_form import definition
from cfgcore.installing.report import Entry, Fate
from cfgcore.store.data import limit
from cfgcore.store.document import FLAGS, user_document
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.data import data
from cfgcore.values.frozen import plain
from cfgcore.values.origin import Path

UNMAPPED = "unmapped"

LineOf = Callable[[Path], "int | None"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A value that has a place: at `inner` of a document. One without `place` waits for its plugin, unchecked.

    `items` are the indexes in the source of the items of a list that are left of it; None for what is no list.
    """

    mapped: Mapped
    user: str | None
    path: Path
    document: str
    inner: Path
    value: Any
    place: Place | None
    secret: bool
    items: tuple[int, ...] | None = None


class Cutter:
    """Makes pieces of what a converter answers, for the target's declarations.

    `owner` is the user whose preferences the source holds, `explicit` keeps values equal to the default of then.
    """

    def __init__(self, registry: Registry, owner: str, line_of: LineOf, *, explicit: bool) -> None:
        self._registry = registry
        self._owner = owner
        self._line_of = line_of
        self._explicit = explicit

    def piece(self, mapped: Mapped) -> Piece | Entry:
        """Return a value as a piece, or the entry that says why it is none."""
        user = self._user(mapped.whose)
        path, fault = self._path(mapped.path)
        if fault is not None:
            return self._entry("dropped", mapped, None, (), fault)
        place = self._registry.place(path)
        if not self._explicit and _equal(plain(mapped.value), mapped.then):
            why = "the default of then: nobody set it, so that today's default counts"
            return self._entry("default", mapped, place, path, why)
        wrong = self._fault(mapped, user, place)
        if wrong is not None:
            return self._entry("invalid", mapped, place, path, wrong)
        try:
            value = self._stored(path, mapped, user, place)
        except ValueError as error:
            return self._entry("invalid", mapped, place, path, str(error))
        document, inner = home_of(path, user)
        items = tuple(range(len(value))) if isinstance(value, list) else None
        secret = place.secret if place is not None else not self._known_flag(path) and may_be_secret(path, value)
        return Piece(mapped, user, path, document, inner, value, place, secret and value is not None, items)

    def unmapped(self, dropped: Dropped, format_: str) -> Piece | Entry:
        """Return the piece that keeps a value without a place, or the entry that says why it cannot be kept."""
        path = (UNMAPPED, format_, *dropped.source)
        value = plain(dropped.value)
        tree: Any = value
        for key in reversed(path):
            tree = {key: tree}
        fault = limit(tree)
        if fault is not None:
            return self.dropped(dropped, f"{dropped.why}; nor can it be kept: {fault}")
        user = self._user(dropped.whose)
        document, inner = home_of(path, user)
        kept = Mapped(dropped.source, ".".join(path), value, dropped.whose, why=dropped.why)
        return Piece(kept, user, path, document, inner, value, None, may_be_secret(dropped.source, value))

    def dropped(self, dropped: Dropped, why: str = "") -> Entry:
        """Return the entry of a value that is not taken over."""
        fate: Fate = "invalid" if dropped.wrong else "dropped"
        shown = shown_unknown(dropped.source, dropped.value)
        suggested = ABSENT if shown != plain(dropped.value) else dropped.suggested
        user, why = self._user(dropped.whose), why or dropped.why
        return self._told(fate, dropped.source, shown, "", user, ABSENT, why, suggested)

    def taken(self, piece: Piece) -> Entry:
        """Return the entry of a piece that gets to its document."""
        whole = piece.items is None or len(piece.items) == len(plain(piece.mapped.value))
        if piece.path[0] == UNMAPPED:
            fate: Fate = "unmapped"
        elif not whole:
            less = replace(piece.mapped, value=piece.value, given=piece.mapped.value)
            return self._entry("changed", less, piece.place, piece.path, "without what is invalid in it")
        elif piece.place is None and not self._known_flag(piece.path):
            fate = "waiting"
        else:
            fate = "changed" if piece.mapped.why else "mapped"
        why = piece.mapped.why
        if fate == "waiting":
            why = "no installed plugin declares it: it is kept unchecked, and counts once its plugin is installed"
        return self._entry(fate, piece.mapped, piece.place, piece.path, why)

    def repeated(self, piece: Piece, why: str) -> Entry:
        """Return the entry of a value that another one of the source says as well."""
        fate: Fate = "changed" if piece.mapped.why else "mapped"
        return self._entry(fate, piece.mapped, piece.place, piece.path, why)

    def refused(self, piece: Piece, item: int | None, why: str, suggested: Any | Absent) -> Entry:
        """Return the entry of a piece, or of one item of a list, that the checks refuse."""
        mapped, place = piece.mapped, piece.place
        source = mapped.source if item is None else (*mapped.source, str(item))
        value = mapped.value if item is None else plain(mapped.value)[item]
        shown = shown_at(place, value) if place is not None else shown_unknown(source, value)
        hidden = suggested is not ABSENT and place is not None and place.secret
        path = ".".join(piece.path)
        return self._told("invalid", source, shown, path, piece.user, ABSENT, why, ABSENT if hidden else suggested)

    def _entry(self, fate: Fate, mapped: Mapped, place: Place | None, path: Path, why: str) -> Entry:
        def shown(value: Any) -> Any:
            return shown_at(place, value) if place is not None else shown_unknown(mapped.source, value)

        given = mapped.value if mapped.given is ABSENT else mapped.given
        new = ABSENT if fate in ("default", "dropped", "invalid") else shown(mapped.value)
        return self._told(fate, mapped.source, shown(given), ".".join(path), self._user(mapped.whose), new, why, ABSENT)

    def _told(
        self, fate: Fate, source: Path, value: Any, path: str, user: str | None, new: Any, why: str, suggested: Any
    ) -> Entry:
        return Entry(fate, ".".join(source), value, path, user, new, why, suggested, self._line_of(source))

    def _user(self, whose: Whose | str) -> str | None:
        if isinstance(whose, Whose):
            return self._owner if whose is Whose.OWNER else None
        return whose

    def _path(self, dotted: str) -> tuple[Path, str | None]:
        """Return a public path as today's declarations spell it; one of a plugin that is not installed as it is."""
        path = tuple(dotted.split("."))
        if path[0] == FLAGS or not self._is_declared(path):
            return path, None
        found, fault = self._registry.canonical(path)
        if fault is None and self._registry.place(found) is None:
            fault = f"{dotted!r} names no setting"
        return found, fault

    def _is_declared(self, path: Path) -> bool:
        depth = 2 if path[0] == "policies" else 1
        return self._registry.renamed(path) is not None or self._registry.canonical(path[:depth])[1] is None

    def _known_flag(self, path: Path) -> bool:
        return path[0] == FLAGS and path[1] in self._registry.flags

    def _fault(self, mapped: Mapped, user: str | None, place: Place | None) -> str | None:
        if user is not None:
            try:
                user_document(user)
            except InvalidUser as error:
                return str(error)
            if place is not None and place.setting.declared.scope == "system":
                return "it is set for everyone only (scope system)"
        return limit(plain(mapped.value))

    def _stored(self, path: Path, mapped: Mapped, user: str | None, place: Place | None) -> Any:
        value = data(mapped.value) if place is None else given(place.setting, mapped.value)
        if path[0] != FLAGS:
            return value
        if user is None:
            return definition(path[1], value)
        if not isinstance(value, bool):
            raise ValueError(f"{value!r} is neither true nor false")
        return value


def _equal(value: Any, then: Any | Absent) -> bool:
    """Whether a value is the default of then; files of that time write 24 or 24.0, whichever they please."""
    if then is ABSENT:
        return False
    then = plain(then)
    return isinstance(value, bool) == isinstance(then, bool) and bool(value == then)
