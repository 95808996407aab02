"""A user's preferences under the names that the application's callers use."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from cfgcore.errors import UnknownAttribute
from cfgcore.values.suggest import closest
from cfgcore_models.alone import alone
from cfgcore_models.edited import Edited
from cfgcore_models.section import ModelsConfig

if TYPE_CHECKING:
    from cfgcore import Config

#: The settings of the section `models`, which stand directly on the preferences.
_OWN = frozenset(field.name for field in dataclasses.fields(ModelsConfig))


#: The user of a desktop application.
LOCAL = "local"


class UserPreferences(Edited):
    """An editable copy of what a user has: ``preferences.download_config.max_retries = 5``.

    It is a draft of the configuration: sections answer to both their names, `automation_level`, `preferred_models` and
    `blocked_models` stand on the preferences themselves, and what is not there is an error at once, with what was
    probably meant. :meth:`ConfigurationManager.update_user_preferences` saves what was changed.

    One that is made without a manager begins with everybody's defaults: it can be edited, validated, and saved by any.
    """

    __slots__ = ("user_id",)

    user_id: str

    def __init__(self, config: Config | None = None, user_id: str = LOCAL, **values: Any) -> None:
        """Begin with what a user has, and with `values`: ``UserPreferences(download_config={"max_retries": 5})``.

        Raises :class:`cfgcore.InvalidUser` for what is no user id, :class:`cfgcore.UnknownAttribute` for a name that
        does not exist.
        """
        object.__setattr__(self, "is_alone", config is None)
        config = alone(user_id) if config is None else config
        object.__setattr__(self, "config", config)
        object.__setattr__(self, "draft", config.draft(user_id))
        object.__setattr__(self, "user_id", user_id)
        for name, value in values.items():
            setattr(self, name, value)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._holder(name), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._holder(name), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._holder(name), name)

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *_OWN, *dir(self.draft)})

    def __repr__(self) -> str:
        return f"UserPreferences({self.user_id!r}, {self.draft!r})"

    def _holder(self, name: str) -> Any:
        """Return what has the attribute `name`. Raises :class:`cfgcore.UnknownAttribute` for a slip in its own."""
        if name in _OWN:
            return self.draft.models
        registry = self.config.registry
        if not hasattr(type(self.draft), name) and registry.section_named(name) is None:
            sections = (known for one in registry.sections.values() for known in (one.name, *one.header.aliases))
            meant = closest(name, [*_OWN, *sections])
            if meant in _OWN:
                raise UnknownAttribute(f"unknown preference {name!r}. Did you mean {meant!r}?", name=name)
        return self.draft
