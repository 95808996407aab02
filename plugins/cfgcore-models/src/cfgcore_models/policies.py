"""The administrator's policies of all plugins, flat, as the application's callers know them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import cfgcore
from cfgcore.values.suggest import did_you_mean
from cfgcore_models.alone import alone
from cfgcore_models.edited import Edited

if TYPE_CHECKING:
    from cfgcore import Config


class AdminPolicies(Edited):
    """An editable copy of the policies, flat: `max_user_storage_gb` is `policies.storage.max_user_storage_gb`.

    It is a draft of the configuration. A name that two plugins have is reached by ``draft.policies.<section>``.
    :meth:`ConfigurationManager.update_admin_policies` saves what was changed.
    """

    __slots__ = ("_sections",)

    _sections: dict[str, list[str]]

    def __init__(self, config: Config | None = None, **values: Any) -> None:
        """Begin with the policies that hold, or with the defaults of all plugins, and with `values`."""
        object.__setattr__(self, "is_alone", config is None)
        config = alone(None) if config is None else config
        found: dict[str, list[str]] = defaultdict(list)
        for section, declared in config.registry.policies.items():
            for name in declared.settings:
                found[name].append(section)
        object.__setattr__(self, "config", config)
        object.__setattr__(self, "draft", config.draft(None))
        object.__setattr__(self, "_sections", dict(found))
        for name, value in values.items():
            setattr(self, name, value)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._section_of(name), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._section_of(name), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._section_of(name), name)

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self._sections})

    def __repr__(self) -> str:
        return f"AdminPolicies({self.draft!r})"

    def _section_of(self, name: str) -> Any:
        sections = self._sections.get(name, [])
        if not sections:
            message = f"unknown policy {name!r}.{did_you_mean(name, self._sections)}"
            raise cfgcore.UnknownAttribute(message, name=name)
        if len(sections) > 1:
            places = " and ".join(f"draft.policies.{section}.{name}" for section in sections)
            raise cfgcore.UnknownAttribute(f"{name!r} is in {places}; take one of them", name=name)
        return getattr(self.draft.policies, sections[0])
