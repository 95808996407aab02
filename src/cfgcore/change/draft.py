"""A draft: an editable copy of a view, which records what is assigned."""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Iterator, Mapping
from typing import Any, NoReturn, Protocol

from cfgcore.change.values import same
from cfgcore.declare.given import given
from cfgcore.declare.kind import Kind
from cfgcore.declare.ownership import scope_of
from cfgcore.declare.registry import Registry
from cfgcore.errors import CfgcoreError, UnknownAttribute, ValidationFailed
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.data import NoData
from cfgcore.values.frozen import freeze, plain
from cfgcore.values.origin import Path
from cfgcore.values.problem import REDACTED, Problem
from cfgcore.view.view import View


class Desk(Protocol):
    """Where drafts come from: the configuration, as they know it."""

    registry: Registry

    def _require_open(self) -> None:
        """Raise :class:`CfgcoreError` where the configuration is closed."""
        ...

    def _preview(self, changes: Mapping[str, Any], user: str | None) -> View:
        """Return the view that there would be after `changes`, whether or not they would be accepted."""
        ...


class _Sheet:
    """What a draft and its sections share: the base, and what was assigned; ``ABSENT`` is what was deleted."""

    __slots__ = ("assigned", "base", "desk", "groups", "is_explicit", "is_of_stored", "user")

    def __init__(
        self, desk: Desk, user: str | None, base: View, assigned: Mapping[Path, Any | Absent], *, is_explicit: bool
    ) -> None:
        self.desk = desk
        self.user = user
        self.base = base
        self.assigned = dict(assigned)
        self.is_explicit = is_explicit
        self.is_of_stored = False  # whether the user had stored values: who has none any more was forgotten
        self.groups: dict[Path, _Group] = {}

    def group(self, path: Path) -> _Group:
        """Return the group of settings at `path`, the same one whenever it is asked for."""
        return self.groups.setdefault(path, _Group(self, path))

    def find(self, path: Path, name: str) -> Path:
        """Return where the attribute `name` of `path` lies. Raises :class:`UnknownAttribute`."""
        self.desk._require_open()
        keys, fault = self.desk.registry.canonical((*path, name))
        if fault is None and name != name.lower():
            fault = f"unknown name {name!r}. Did you mean {name.lower()!r}?"
        if fault is not None:
            raise UnknownAttribute(fault, name=name)
        return keys

    def read(self, path: Path) -> Any:
        """Return the value at `path`, or the group of settings that lies there."""
        return self.group(path) if self._is_group(path) else self.value(path)

    def value(self, path: Path) -> Any:
        """Return the edited value at `path`; of what was deleted, the one that would hold without it."""
        value = self.assigned.get(path, self.base.get(".".join(path)))
        if value is not ABSENT:
            return value
        deleted = {".".join(other): ABSENT for other, new in self.assigned.items() if new is ABSENT}
        return self.desk._preview(deleted, self.user).get(".".join(path))

    def write(self, path: Path, value: Any) -> None:
        """Record a value; a group of settings is assigned setting by setting, as far as `value` names them."""
        if self._is_group(path) and (isinstance(value, Mapping) or dataclasses.is_dataclass(value)):
            before = dict(self.assigned)
            try:
                for name, below in _members(value):
                    self.write(self.find(path, name), below)
            except CfgcoreError:
                self.assigned = before
                raise
            return
        try:
            frozen = freeze(value)
        except ValueError as error:
            raise ValidationFailed([Problem("limit", ".".join(path), str(error))]) from error
        self.assigned[path] = _as_read(self._kind(path), frozen)

    def delete(self, path: Path) -> None:
        """Record that the value at `path`, or every one below it that this user can set, is to be unset."""
        if not self._is_group(path):
            self.assigned[path] = ABSENT
            return
        for name in self._fields(path):
            below = (*path, name)
            if self.user is None or scope_of(self.desk.registry, below) == "user":
                self.delete(below)

    def recorded(self) -> dict[str, Any | Absent]:
        """Return by dotted path what differs from the base, and what would without being said.

        A value that equals that of the base is said where another assignment, such as that of a profile's selector,
        would change it otherwise: what was assigned is what there will be. Of an explicit draft everything is said.
        """
        data = {path: self._data(path, value) for path, value in self.assigned.items()}
        if self.is_explicit:
            return {".".join(path): value for path, value in data.items()}
        equal = {path for path, value in data.items() if value is not ABSENT and same(value, self._in(self.base, path))}
        changes = {".".join(path): value for path, value in data.items() if path not in equal}
        if changes and equal:
            try:
                after = self.desk._preview(changes, self.user)
            except ValidationFailed:  # nobody knows; it is refused whatever is said
                return changes
            changes |= {".".join(path): data[path] for path in equal if not same(data[path], self._in(after, path))}
        return changes

    def _data(self, path: Path, value: Any | Absent) -> Any | Absent:
        """Return an assigned value as plain data; what is none stays what it is, for those who check it to refuse."""
        place = self.desk.registry.place(path)
        try:
            return value if value is ABSENT or place is None else given(place.setting, value)
        except NoData:
            return value

    @staticmethod
    def _in(view: View, path: Path) -> Any:
        return plain(view.get(".".join(path)))

    def _kind(self, path: Path) -> Kind:
        place = self.desk.registry.place(path)
        return self.desk.registry.sections[path[0]].kind if place is None else place.kind

    def _is_group(self, path: Path) -> bool:
        kind = self._kind(path)
        return kind.name == "record" and not kind.optional

    def _fields(self, path: Path) -> list[str]:
        return list(self._kind(path).fields)

    def shown(self, path: Path) -> str:
        """Return what is recorded below `path` as text, with dots for secrets."""
        return ", ".join(
            f"{'.'.join(keys[len(path) :])}={self._covered(keys, value)}"
            for keys, value in self.assigned.items()
            if keys[: len(path)] == path
        )

    def _covered(self, path: Path, value: Any) -> str:
        from cfgcore.view.cover import cover

        place = self.desk.registry.place(path)
        if value is ABSENT or value is None or place is None:
            return repr(value)
        return repr(REDACTED if place.secret else cover(place.kind, value))


class _Group:
    """The settings of a section, or of a subsection in it, as attributes of a draft."""

    __slots__ = ("_path", "_sheet")

    _sheet: _Sheet
    _path: Path

    def __init__(self, sheet: _Sheet, path: Path) -> None:
        object.__setattr__(self, "_sheet", sheet)
        object.__setattr__(self, "_path", path)

    def __getattr__(self, name: str) -> Any:
        return self._sheet.read(self._sheet.find(self._path, _public(name)))

    def __setattr__(self, name: str, value: Any) -> None:
        self._sheet.write(self._sheet.find(self._path, _public(name)), value)

    def __delattr__(self, name: str) -> None:
        self._sheet.delete(self._sheet.find(self._path, _public(name)))

    def __dir__(self) -> list[str]:
        return sorted(self._sheet._fields(self._path))

    def __repr__(self) -> str:
        return f"<draft of {'.'.join(self._path)}: {self._sheet.shown(self._path) or 'nothing changed'}>"


class Draft:
    """An editable copy of a view: ``draft.download.max_retries = 5``.

    It reads as the view that it was made of, with what was assigned since. ``config.update(draft)`` commits what
    differs from that view, and begins it anew; ``del draft.download.max_retries`` unsets. Values are assigned whole:
    a list is not appended to. They are checked by ``update`` and ``plan``; a name that does not exist raises
    :class:`UnknownAttribute` at once. `revision` is that of the view, to be handed on as ``expected_revision`` where
    nobody may have changed the values since. A draft is for one thread at a time.
    """

    __slots__ = ("__weakref__", "_sheet")

    _sheet: _Sheet

    def __init__(
        self,
        desk: Desk,
        user: str | None,
        base: View,
        assigned: Mapping[Path, Any | Absent] | None = None,
        *,
        is_explicit: bool = False,
    ) -> None:
        """Use :meth:`Config.draft`. Of an explicit one, what equals the base is committed as well."""
        object.__setattr__(self, "_sheet", _Sheet(desk, user, base, assigned or {}, is_explicit=is_explicit))

    @property
    def revision(self) -> int:
        """The revision of the view that it was made of."""
        return self._sheet.base.revision

    def __getattr__(self, name: str) -> Any:
        return self._sheet.group(self._sheet.find((), _public(name)))

    def __setattr__(self, name: str, value: Any) -> None:
        path = self._sheet.find((), _public(name))
        if not isinstance(value, Mapping) and not dataclasses.is_dataclass(value):
            raise CfgcoreError(
                f"{name} is a section; assign its settings, or a whole {self._sheet._kind(path).cls.__name__}"
            )
        self._sheet.write(path, value)

    def __delattr__(self, name: str) -> None:
        self._sheet.delete(self._sheet.find((), _public(name)))

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self._sheet.desk.registry.sections})

    def __copy__(self) -> Draft:
        sheet = self._sheet
        twin = Draft(sheet.desk, sheet.user, sheet.base, sheet.assigned, is_explicit=sheet.is_explicit)
        return based_on_stored(twin) if sheet.is_of_stored else twin

    def __deepcopy__(self, _memo: object) -> Draft:
        return self.__copy__()

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a draft belongs to its configuration and cannot be pickled")

    def __repr__(self) -> str:
        whose = "everyone" if self._sheet.user is None else repr(self._sheet.user)
        return f"<draft for {whose}: {self._sheet.shown(()) or 'nothing changed'}>"


def changes_of(draft: Draft, desk: Desk, user: str | Absent | None) -> tuple[dict[str, Any], str | None]:
    """Return what a draft asks for, by dotted path, and for whom.

    Raises :class:`CfgcoreError` for a draft of another configuration, and where `user` is somebody else.
    """
    sheet = draft._sheet
    if sheet.desk is not desk:
        raise CfgcoreError("the draft belongs to another configuration; make one with this configuration's draft()")
    if user is not ABSENT and user != sheet.user:
        raise CfgcoreError(f"the draft is for {_named(sheet.user)}, and cannot be committed for {_named(user)}")
    desk._require_open()
    return sheet.recorded(), sheet.user


def carried(draft: Draft, desk: Desk, user: str | None, base: View) -> Draft:
    """Return a draft of another configuration in which all is assigned that is in `draft`, whatever `base` says."""
    return Draft(desk, user, base, draft._sheet.assigned, is_explicit=True)


def based_on_stored(draft: Draft) -> Draft:
    """Let a draft know that its user has stored something."""
    draft._sheet.is_of_stored = True
    return draft


def is_of_stored(draft: Draft) -> bool:
    """Return whether the user of a draft had stored something when it began."""
    return draft._sheet.is_of_stored


def begin_anew(draft: Draft, base: View, changed: Container[str | None]) -> None:
    """Let a draft that was committed go on from `base`; of users that were `changed` something is stored."""
    draft._sheet.base = base
    draft._sheet.is_of_stored |= draft._sheet.user is not None and draft._sheet.user in changed
    draft._sheet.assigned.clear()


def _named(user: str | Absent | None) -> str:
    return repr(user) if user is not None else "everyone"


def _public(name: str) -> str:
    if name.startswith("_"):
        raise UnknownAttribute(f"a draft has no {name!r}", name=name)
    return name


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((str(name), below) for name, below in value.items())
    else:
        yield from ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))


def _as_read(kind: Kind, value: Any) -> Any:
    """Return a value in the form in which views give it, where that is plain to see."""
    if kind.name == "enum" and not isinstance(value, kind.cls):
        return next((member for member in kind.cls if same(member.value, value)), value)
    return float(value) if kind.name == "float" and type(value) is int and abs(value) < 2**53 else value
