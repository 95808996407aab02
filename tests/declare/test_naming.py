"""Which names sections and settings may bear."""

from __future__ import annotations

import keyword
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cfgcore
from cfgcore import DeclarationError, hookimpl, section, setting
from cfgcore.config import RESERVED
from cfgcore.declare.naming import RESERVED_SECTIONS, complaint, section_complaint


def declare(name: Any) -> type:
    @section(name)
    class Declared:
        value: int = setting(1)

    return Declared


@pytest.mark.parametrize(
    "name", ["class", "Größe", "a.b", "", "a-b", "a b", "a__b", "_a", "a_", "1a", "A", "ﬁ", "x" * 65]
)
def test_names_that_cannot_be_attributes_keys_and_variables_are_refused(name: str) -> None:
    """Lower-case ASCII, digits, single underscores, no word of Python, 64 characters: the error quotes the name."""
    with pytest.raises(DeclarationError, match=r"section .*the name"):
        declare(name)


@pytest.mark.parametrize("name", [None, 3, b"server", ["server"], ("server",)])
def test_a_name_that_is_not_text_is_refused(name: Any) -> None:
    """Whatever is given in the place of a name, the answer is a DeclarationError."""
    with pytest.raises(DeclarationError, match=r"is not text"):
        declare(name)


@pytest.mark.parametrize("name", sorted(RESERVED_SECTIONS))
def test_names_that_views_and_administrators_need_are_reserved(name: str) -> None:
    """The error lists the other reserved names."""
    with pytest.raises(DeclarationError, match=rf"'{name}' is reserved \(so are "):
        declare(name)


def test_the_reserved_names_are_those_of_the_design() -> None:
    """A name that is reserved later would break applications that use it: the list is fixed here."""
    assert {
        "get",
        "revision",
        "digest",
        "policies",
        "flags",
        "profiles",
        "default",
        "global",
        "versions",
        "unmapped",
        "enforce",
    } == RESERVED_SECTIONS


@pytest.mark.parametrize("name", ["update", "view", "reload", "close", "match", "type", "self", "con"])
def test_other_names_are_reached_by_the_view(name: str) -> None:
    """A section named as a public name of Config is read by ``config.view.<name>`` and ``config[...]``."""
    declared = declare(name)

    class Plugin:
        @hookimpl
        def cfgcore_sections(self) -> list[type]:
            return [declared]

    with cfgcore.open(plugins=[Plugin()], plugin_group=None, settings_files=[], environ={}) as config:
        assert 1 == getattr(config.view, name).value
        assert 1 == config[declared].value  # type: ignore[attr-defined]
        assert (name in RESERVED) is (getattr(config, name, None) is not getattr(config.view, name))


@pytest.mark.parametrize("name", ["Max", "größe", "a__b", "_hidden"])
def test_names_of_settings_follow_the_same_rules(name: str) -> None:
    """The error names the section and the setting."""
    with pytest.raises(DeclarationError, match=rf"section 'server': the name '{name}'"):
        section("server")(type("Server", (), {"__annotations__": {name: int}, name: setting(1)}))


@pytest.mark.parametrize(
    "name", ["fields", "opts", "context", "load", "dump", "validate", "declared_fields", "self", "cls", "get", "meta"]
)
def test_settings_may_bear_names_that_libraries_use(name: str) -> None:
    """A setting called as a method of marshmallow's Schema, or of a dict, works as any other."""
    declared: Any = section("s")(
        type("Named", (), {"__annotations__": {name: int}, "__module__": __name__, name: setting(1, maximum=5)})
    )

    class Plugin:
        @hookimpl
        def cfgcore_sections(self) -> list[type]:
            return [declared]

    environ = {f"CFGCORE_S__{name.upper()}": "4"}
    with cfgcore.open(plugins=[Plugin()], plugin_group=None, settings_files=[], environ=environ) as config:
        assert 4 == getattr(config.s, name)


@given(st.text(max_size=70) | st.from_regex(r"[a-z_0-9]{1,66}", fullmatch=True))
def test_an_accepted_name_is_an_attribute_and_a_variable(name: str) -> None:
    """Whatever passes is an identifier, no keyword, and told apart from others in capitals with double underscores."""
    if complaint(name) is None:
        assert name.isidentifier()
        assert name.isascii()
        assert not keyword.iskeyword(name)
        assert name == name.upper().lower()
        assert "__" not in name
    assert (section_complaint(name) is None) is (complaint(name) is None and name not in RESERVED_SECTIONS)
