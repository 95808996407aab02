"""What preferences and policies have in common: a draft, which is copied with them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, NoReturn, TypeVar

if TYPE_CHECKING:
    from cfgcore import Config, Draft

E = TypeVar("E", bound="Edited")


class Edited:
    """An editable copy of a part of the configuration; `is_alone` where it belongs to no manager.

    A copy of it, deep or not, is of the same class, of the same configuration, and edited on its own.
    """

    __slots__ = ("config", "draft", "is_alone")

    config: Config
    draft: Draft
    is_alone: bool

    def __copy__(self: E) -> E:
        twin = object.__new__(type(self))
        for name in (name for cls in type(self).__mro__ for name in getattr(cls, "__slots__", ())):
            object.__setattr__(twin, name, copy.copy(self.draft) if name == "draft" else getattr(self, name))
        return twin

    def __deepcopy__(self: E, _memo: object) -> E:
        return copy.copy(self)

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError(f"{type(self).__name__} belongs to its configuration and cannot be pickled")
