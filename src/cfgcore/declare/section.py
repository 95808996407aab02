"""The decorators by which a class becomes a section, or a group of settings within one: a frozen dataclass."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from cfgcore.declare.annotations import own_annotations
from cfgcore.declare.declaration import Declaration, SectionScope, declaration_of, removal_complaint
from cfgcore.declare.naming import complaint, section_complaint
from cfgcore.errors import DeclarationError
from cfgcore.values.absent import ABSENT
from cfgcore.values.frozen import KEY, FrozenDict, freeze
from cfgcore.values.problem import REDACTED

if TYPE_CHECKING:
    from marshmallow import Schema
    from typing_extensions import dataclass_transform

    from cfgcore.declare.step import Step
else:

    def dataclass_transform(**_options: Any) -> Callable[[T], T]:
        """Do nothing: type checkers alone look at it."""
        return lambda decorator: decorator


T = TypeVar("T")

_MARK = "__cfgcore_header__"
_REMOVED = "__cfgcore_removed__"


@dataclass(frozen=True, slots=True)
class Header:
    """What the author wrote in :func:`section`."""

    name: str
    version: int
    title: str
    aliases: tuple[str, ...]
    scope: SectionScope
    schema: type[Schema] | None
    steps: tuple[Step, ...] = ()


@dataclass_transform(frozen_default=True, kw_only_default=True)
def section(
    name: str,
    *,
    version: int = 1,
    title: str | None = None,
    aliases: Sequence[str] = (),
    scope: SectionScope = "user",
    schema: type[Schema] | None = None,
    steps: Sequence[Step] = (),
) -> Callable[[type[T]], type[T]]:
    """Make a class a section: a frozen dataclass whose fields are settings.

    `name` is the table in files and the attribute of views. `aliases` are other names that files may use. `scope` is
    that of every setting which does not say otherwise; with "policy", the section is an administrator's and stands at
    ``policies.<name>``. `schema` replaces the marshmallow Schema that is otherwise derived. `version` rises when values
    that are stored or written in files would no longer be right as they are, and `steps`, made by :func:`step`, bring
    them from each version to the next. Types are resolved when the plugin is registered, so that they may be written
    before they are defined.

    Raises :class:`DeclarationError` for a name that cannot be used and for a class that is no plain class.
    """
    fault = section_complaint(name) or _header_complaint(version, aliases, scope, schema, steps)
    if fault:
        raise DeclarationError(f"section {name!r}: {fault}")

    def decorate(cls: type[T]) -> type[T]:
        made = _frozen_dataclass(cls, f"section {name!r}")
        titled = title or name.replace("_", " ").capitalize()
        header = Header(name, version, titled, tuple(aliases), scope, schema, tuple(steps))
        setattr(made, _MARK, header)
        return made

    return decorate


def _header_complaint(version: Any, aliases: Any, scope: Any, schema: Any, steps: Any) -> str | None:
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        return f"version {version!r} is not a whole number of at least 1"
    if isinstance(aliases, str) or not isinstance(aliases, Sequence):
        return f"aliases={aliases!r} is not a list of names"
    if scope not in ("user", "system", "policy"):
        return f"scope={scope!r} is none of 'user', 'system', 'policy'"
    if schema is not None and not isinstance(schema, type):
        return f"schema={schema!r} is not a class"
    if not isinstance(steps, Sequence) or not all(map(_is_step, steps)):
        return f"steps={steps!r} is not a list of what step() makes"
    return next((fault for alias in aliases if (fault := section_complaint(alias))), None)


def _is_step(found: Any) -> bool:
    from cfgcore.declare.step import Step

    return isinstance(found, Step)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def subsection(cls: type[T]) -> type[T]:
    """Make a class a group of settings that stands inside a section, or in a list or a dict of one."""
    return _frozen_dataclass(cls, f"subsection {cls.__name__}")


def header_of(cls: object) -> Header | None:
    """Return what the author wrote in :func:`section`, or None for anything that is no section."""
    return vars(cls).get(_MARK) if isinstance(cls, type) else None


def removed_of(cls: object) -> Mapping[str, str]:
    """Return the settings that a section or subsection no longer has by name, each with why, and what to do now."""
    found: Mapping[str, str] = getattr(cls, _REMOVED, FrozenDict())
    return found


def _take_removed(cls: type, subject: str) -> Mapping[str, str]:
    """Take the removed settings out of a class body, so that it has no attribute of their name."""
    found = dict(removed_of(cls))
    for name, value in list(vars(cls).items()):
        if isinstance(value, Declaration) and value.removed is not None:
            fault = complaint(name) or removal_complaint(value)
            if not fault and name in own_annotations(cls):
                fault = f"{name} is removed, so it has no type; write '{name} = setting(removed=...)'"
            if fault:
                raise DeclarationError(f"{subject}: {fault}")
            found[name] = value.removed
            delattr(cls, name)
    return FrozenDict(found)


def _frozen_dataclass(cls: type[T], subject: str) -> type[T]:
    if not isinstance(cls, type) or "__dataclass_fields__" in vars(cls):
        raise DeclarationError(f"{subject}: decorate a plain class, without @dataclass")
    removed = _take_removed(cls, subject)
    own = own_annotations(cls)
    _check_declared(cls, own, subject)
    for name in own:
        fault = complaint(name)
        if fault:
            raise DeclarationError(f"{subject}: {fault}")
        _set_field(cls, name, subject)
    if "__repr__" not in vars(cls):
        cls.__repr__ = _redacted_repr  # type: ignore[method-assign]
    documented = cls.__doc__
    cls.__doc__ = documented or subject  # else dataclass() writes all defaults into it, secret ones as well
    try:
        made = dataclass(frozen=True, slots=True, kw_only=True, repr=False)(cls)
    except TypeError as error:
        raise DeclarationError(f"{subject}: it cannot be a frozen dataclass: {error}") from error
    made.__doc__ = documented
    setattr(made, _REMOVED, removed)
    _rebind(cls, made)
    missing = own.keys() - {field.name for field in dataclasses.fields(cast("Any", made))}
    if missing:
        raise DeclarationError(f"{subject}: {min(missing)}: only settings and ClassVar may be annotated")
    return made


def _rebind(cls: type, made: type) -> None:
    """Let ``super()`` in the methods mean the class with slots, of which the plain one was the pattern.

    Python does so by itself from 3.14 on.
    """
    for value in vars(made).values():
        function = getattr(value, "fget", None) or getattr(value, "__func__", value)
        for cell in getattr(function, "__closure__", None) or ():
            with suppress(ValueError):  # the cell is empty
                if cell.cell_contents is cls:
                    cell.cell_contents = made


def _check_declared(cls: type, own: Mapping[str, Any], subject: str) -> None:
    for base in cls.__mro__:
        if base is not cls and "__dataclass_fields__" in vars(base):
            continue
        for name, value in vars(base).items():
            if isinstance(value, Declaration) and base is not cls:
                raise DeclarationError(
                    f"{subject}: {name} is declared in {base.__name__}; decorate that with @subsection"
                )
            if isinstance(value, Declaration) and name not in own:
                raise DeclarationError(f"{subject}: {name} has no type; write '{name}: int = setting(...)'")


def _set_field(cls: type, name: str, subject: str) -> None:
    value = vars(cls).get(name, ABSENT)
    if isinstance(value, dataclasses.Field):
        raise DeclarationError(f"{subject}: {name}: write setting(...) in the place of dataclasses.field(...)")
    declared = value if isinstance(value, Declaration) else Declaration(default=value)
    try:
        default = freeze(declared.default)
        hash(default)
    except TypeError:
        given = type(declared.default).__name__
        raise DeclarationError(
            f"{subject}: {name}: the default, of type {given}, can be changed in place; give a frozen value"
        ) from None
    except Exception as error:
        raise DeclarationError(f"{subject}: {name}: the default cannot be used: {error}") from error
    if default is not declared.default:
        declared = dataclasses.replace(declared, default=default)
    options: dict[str, Any] = {} if default is ABSENT else {"default": default}
    if isinstance(default, dict):
        options = {"default_factory": lambda: default}  # Python 3.10 takes every dict for one that can be changed
    metadata: dict[Any, Any] = {Declaration: declared}
    if declared.key:
        metadata[KEY] = declared.key
    setattr(cls, name, dataclasses.field(metadata=metadata, **options))


def _redacted_repr(self: Any) -> str:
    parts = []
    for field in dataclasses.fields(self):
        value = getattr(self, field.name)
        secret = declaration_of(field).secret and value is not None
        parts.append(f"{field.name}={REDACTED if secret else value!r}")
    return f"{type(self).__name__}({', '.join(parts)})"
