"""What an author writes about one setting: :func:`setting`, and the declaration it makes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from cfgcore.errors import DeclarationError
from cfgcore.values.absent import ABSENT
from cfgcore.values.frozen import freeze
from cfgcore.values.suggest import did_you_mean

if TYPE_CHECKING:
    from marshmallow.fields import Field

T = TypeVar("T")

Scope = Literal["user", "system"]

#: What a section can be besides: its settings are an administrator's, and stand at ``policies.<section>``.
SectionScope = Literal["user", "system", "policy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What an author wrote in :func:`setting`, before the class around it is known."""

    default: Any = ABSENT
    help: str = ""
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: float | None = None
    exclusive_maximum: float | None = None
    choices: tuple[Any, ...] = ()
    pattern: str | None = None
    length: tuple[int, int | None] | None = None
    secret: bool = False
    scope: Scope = "user"
    restart: bool = False
    deprecated: str | None = None
    renamed_from: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    order: int | None = None
    group: str | None = None
    key: str | None = None
    examples: tuple[Any, ...] = ()
    field: Field[Any] | Callable[[], Field[Any]] | None = None
    removed: str | None = None


_OPTIONS = tuple(field.name for field in dataclasses.fields(Declaration))


@overload
def setting(
    default: T,
    *,
    help: str = ...,
    unit: str | None = ...,
    minimum: float | None = ...,
    maximum: float | None = ...,
    exclusive_minimum: float | None = ...,
    exclusive_maximum: float | None = ...,
    choices: Sequence[Any] = ...,
    pattern: str | None = ...,
    length: tuple[int, int | None] | None = ...,
    secret: bool = ...,
    scope: Scope = ...,
    restart: bool = ...,
    deprecated: str | None = ...,
    renamed_from: str | Sequence[str] = ...,
    env: str | Sequence[str] = ...,
    order: int | None = ...,
    group: str | None = ...,
    key: str | None = ...,
    examples: Sequence[Any] = ...,
    field: Field[Any] | Callable[[], Field[Any]] | None = ...,
) -> T: ...


@overload
def setting(
    *,
    help: str = ...,
    unit: str | None = ...,
    minimum: float | None = ...,
    maximum: float | None = ...,
    exclusive_minimum: float | None = ...,
    exclusive_maximum: float | None = ...,
    choices: Sequence[Any] = ...,
    pattern: str | None = ...,
    length: tuple[int, int | None] | None = ...,
    secret: bool = ...,
    scope: Scope = ...,
    restart: bool = ...,
    deprecated: str | None = ...,
    renamed_from: str | Sequence[str] = ...,
    env: str | Sequence[str] = ...,
    order: int | None = ...,
    group: str | None = ...,
    key: str | None = ...,
    examples: Sequence[Any] = ...,
    field: Field[Any] | Callable[[], Field[Any]] | None = ...,
    removed: str = ...,
) -> Any: ...


def setting(default: Any = ABSENT, **options: Any) -> Any:
    """Declare a setting of a section: its default, and everything that files, help, checks and pages need to know.

    Without a default the setting is required. Bounds are inclusive, but for `exclusive_minimum` and
    `exclusive_maximum`; of a list or a dict, bounds, `choices` and `pattern` (which must match the whole text) apply to
    the items, and `length` (smallest, largest or None) to the container itself. `unit` is a symbol such as ``"s"`` or
    ``"Mbit/s"``. A `secret` is redacted in every output. `scope="system"` keeps users from overriding it. With
    `restart` a view keeps the value it started with. `env` names variables that set it besides the derived one. `field`
    is a marshmallow field, or a function that makes one, for what no annotation says. `key` is the name in data of a
    setting in the items of a list, where no attribute can have that name. A setting that is no more is written without
    a type and with nothing but `removed`, which says why, and what to use now: whoever still names it is told so.

    Raises :class:`DeclarationError` for an option that does not exist. Whether the others suit the setting shows when
    its plugin is registered, because only then is its type known.
    """
    for name, value in options.items():
        if name not in _OPTIONS:
            raise DeclarationError(f"setting() has no option {name!r}.{did_you_mean(name, _OPTIONS)}")
        if name in ("renamed_from", "env") and isinstance(value, str):
            options[name] = (value,)
        elif name in ("choices", "renamed_from", "env", "examples"):
            options[name] = _listed(name, value)
    return Declaration(default=default, **options)


def removal_complaint(declared: Declaration) -> str | None:
    """Return what is wrong with the declaration of a setting that is no more, or None."""
    if not isinstance(declared.removed, str) or not declared.removed.strip():
        return f"removed={declared.removed!r} does not say why, and what to use now"
    if declared != Declaration(removed=declared.removed):
        return "setting(removed=...) takes nothing else"
    return None


def _listed(name: str, values: Any) -> tuple[Any, ...]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise DeclarationError(f"setting({name}={values!r}): {name} is a list of values")
    return tuple(values)


def declaration_of(field: dataclasses.Field[Any]) -> Declaration:
    """Return what the author declared of a dataclass field; a plain default counts as ``setting(default)``.

    Raises ``TypeError`` for a field that cannot be given, and for ``setting()`` in an ordinary dataclass.
    """
    declared = field.metadata.get(Declaration)
    if isinstance(declared, Declaration):
        return declared
    if not field.init:
        raise TypeError("a field with init=False cannot be given a value; make it a property")
    if isinstance(field.default, Declaration):
        raise TypeError("setting() stands in a dataclass; decorate that class with @subsection instead")
    if field.default_factory is not dataclasses.MISSING:
        return Declaration(default=freeze(field.default_factory()))
    return Declaration(default=ABSENT if field.default is dataclasses.MISSING else field.default)
