"""The view: the immutable effective configuration."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from cfgcore.errors import SectionUnreadable, UnknownPath
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.frozen import FrozenDict
from cfgcore.values.suggest import did_you_mean

DigestOf = Callable[[Mapping[str, Any]], str]


class View:
    """All sections, frozen. Each is an attribute: ``view.download.max_retries``.

    `revision` is the number of the last stored change that this view holds, 0 where there is none. Every view stays as
    it is; a reader whose reads must agree holds one.
    """

    __slots__ = ("__weakref__", "_digest", "revision")

    revision: int
    _digest: str | None
    _digest_of: ClassVar[DigestOf]
    _names: ClassVar[tuple[str, ...]] = ()

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def get(self, path: str, default: Any | Absent = ABSENT) -> Any:
        """Return the value at a dotted path.

        Raises :class:`UnknownPath` with what was probably meant, unless a `default` is given.
        """
        value: Any = self
        for key in path.split("."):
            below = _below(value, key)
            if below is ABSENT:
                if default is not ABSENT:
                    return default
                raise UnknownPath(f"{path!r} names no setting: there is no {key!r}.{did_you_mean(key, _names(value))}")
            value = below
        return value

    @property
    def digest(self) -> str:
        """What names the values themselves, secrets left out: two processes whose views have the same digest agree."""
        if self._digest is None:
            found = type(self)._digest_of({name: getattr(self, name) for name in self})
            object.__setattr__(self, "_digest", found)
        assert self._digest is not None, "it was found"
        return self._digest

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the sections that can be read."""
        return iter(self._names)

    def _refuse(self, name: str, *_value: object) -> NoReturn:
        raise AttributeError(f"a view cannot be changed; {name!r} stays as it is")

    __setattr__ = __delattr__ = _refuse

    def __copy__(self) -> View:
        return self

    def __deepcopy__(self, _memo: object) -> View:
        return self

    def __repr__(self) -> str:
        sections = ", ".join(f"{name}={getattr(self, name)!r}" for name in self)
        return f"View({sections})"


def _below(value: Any, key: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(key, ABSENT)
    if isinstance(value, tuple):
        return value[int(key)] if key.isdecimal() and int(key) < len(value) else ABSENT
    return getattr(value, key, ABSENT) if key in _names(value) else ABSENT


def _names(value: Any) -> list[str]:
    if isinstance(value, View):
        return list(value._names)
    if isinstance(value, Mapping):
        return [str(key) for key in value]
    return [field.name for field in dataclasses.fields(value)] if dataclasses.is_dataclass(value) else []


def view_class(names: tuple[str, ...], digest_of: DigestOf) -> type[View]:
    """Return the class of views that have a slot for each of `names`, so that reading one is reading an attribute.

    `digest_of` makes the digest of sections, when it is asked for.
    """
    members = {"__slots__": names, "_names": names, "_digest_of": staticmethod(digest_of)}
    return type("View", (View,), {**members, "__module__": View.__module__})


class _Partial:
    """What a view is besides that lacks sections. Only such a one asks what became of a name: that has its price."""

    __slots__ = ()

    _missing: Mapping[str, str]
    _names: ClassVar[tuple[str, ...]]

    def __getattr__(self, name: str) -> NoReturn:
        if name in self._names:
            raise SectionUnreadable(self._missing.get(name, f"section {name!r} lacks a value that is required"))
        raise AttributeError(f"the view has no {name!r}")

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._names if name not in self._missing)


def make_view(
    cls: type[View], sections: Mapping[str, Any], revision: int, missing: Mapping[str, str] = FrozenDict()
) -> View:
    """Return a view of `sections`. Reading one of those that are `missing` raises :class:`SectionUnreadable`."""
    if missing:
        members = {"__slots__": ("_missing",), "__module__": View.__module__}
        cls = type("View", (_Partial, cls), members)
    view = object.__new__(cls)
    put = object.__setattr__
    put(view, "revision", revision)
    put(view, "_digest", None)
    if missing:
        put(view, "_missing", missing)
    for name, value in sections.items():
        put(view, name, value)
    return view
