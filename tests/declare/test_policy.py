"""Sections of scope "policy", and the section that all of them make."""

from __future__ import annotations

from typing import Any

import pytest

import cfgcore
from cfgcore import DeclarationError, hookimpl, section, setting
from cfgcore.declare.json_schema import configuration_schema
from cfgcore.declare.ownership import owner_of, scope_of
from cfgcore.declare.reference import settings_reference
from cfgcore.declare.registry import Owned, Registry


@section("storage")
class StorageConfig:
    limit: int = setting(5)
    quota: int = setting(5, scope="system")


@section("storage", scope="policy", title="Storage policies")
class StoragePolicies:
    """How much anybody may store."""

    most: float | None = setting(None, help="The most.", env="MOST")


def registry(*sections: Any) -> Registry:
    """The registry of one plugin with these sections."""
    return Registry([Owned("storage", sections=sections)])


def opened(*sections: Any, **environ: str) -> cfgcore.Config:
    """The configuration of one plugin with these sections."""

    class Plugin:
        name = "storage"

        @hookimpl
        def cfgcore_sections(self) -> list[type[Any]]:
            return list(sections)

    return cfgcore.open(settings_files=[], plugins=[Plugin()], plugin_group=None, environ=environ, env_prefix="APP")


def test_policies_are_one_section() -> None:
    """A policy section may have the name of an ordinary one; both are found, each with its plugin and its scope."""
    found = registry(StorageConfig, StoragePolicies)
    assert ["storage", "policies"] == list(found.sections)
    assert ["storage.limit", "storage.quota", "policies.storage.most", "policies.rules"] == found.setting_paths()
    assert ("policies", "storage") == found.path_of(StoragePolicies)
    assert "storage" == owner_of(found, ("policies", "storage", "most"))
    assert "cfgcore" == owner_of(found, ("policies", "rules"))
    scopes = [scope_of(found, tuple(path.split("."))) for path in found.setting_paths()]
    assert ["user", "system", "policy", "policy"] == scopes


def test_without_policies_there_is_no_such_section() -> None:
    """A registry in which nobody declares a policy has no section for them; the core declares one when it opens."""
    assert ["storage"] == list(registry(StorageConfig).sections)
    with opened(StorageConfig) as config:
        assert config.policies.audit.audit_logging_enabled
        assert () == config.policies.rules


def test_two_policy_sections_of_one_name() -> None:
    """Two plugins that declare the same policies are an error that names both."""
    with pytest.raises(DeclarationError, match=r"plugins 'one' and 'two' both declare policy section 'storage'"):
        Registry([Owned("one", sections=[StoragePolicies]), Owned("two", sections=[StoragePolicies])])


def wrong(name: str = "storage", default: Any = 1, **options: Any) -> type[Any]:
    """A policy section with something wrong in it."""

    @section(name, scope="policy", **options)
    class Wrong:
        most: int = default

    return Wrong


@pytest.mark.parametrize(
    ("cls", "fault"),
    [
        (lambda: wrong("rules"), "the name 'rules' is reserved"),
        (lambda: wrong(default=setting()), "most: it has no default"),
        (lambda: wrong(aliases=["store"]), "aliases= are for ordinary sections"),
        (lambda: wrong(default=setting(1, minimum=2)), "most: the default 1 is less than 2"),
    ],
)
def test_what_cannot_be_is_refused(cls: Any, fault: str) -> None:
    """A mistake in a policy section is an error that names plugin, section and setting."""
    with pytest.raises(DeclarationError, match=rf"plugin 'storage': policy section '\w+': {fault}"):
        opened(cls())


def test_variables() -> None:
    """A policy is set by its derived variable and by the one that it claims."""
    with opened(StoragePolicies, MOST="4") as config:
        assert 4.0 == config.policies.storage.most
    with opened(StoragePolicies, MOST="4", APP_POLICIES__STORAGE__MOST="5") as config:
        assert 5.0 == config.policies.storage.most
        assert "APP_POLICIES__STORAGE__MOST" in str(config.explain("policies.storage.most").origin)


def test_it_is_documented() -> None:
    """The JSON Schema and the reference know policies, and the name in data of what no attribute can be called."""
    found = registry(StoragePolicies)
    schema = configuration_schema(found)
    assert {"storage", "rules"} == set(schema["$defs"]["policies"]["properties"])
    assert "except" in schema["$defs"]["PolicyRule"]["properties"]
    page = settings_reference(found)
    assert "| `storage.most` | number, or none |" in page
    assert "| `rules[].except` |" in page


def test_defaults_come_from_their_plugin() -> None:
    """The origin of a policy's default is the plugin that declares it."""
    with opened(StoragePolicies) as config:
        assert "default of plugin 'storage'" == str(config.explain("policies.storage.most").origin)
        assert "default of plugin 'cfgcore'" == str(config.explain("policies.rules").origin)
