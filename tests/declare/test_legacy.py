"""Older formats, as plugins declare them."""

from __future__ import annotations

from typing import Any

import pytest

from cfgcore import Conversion, DeclarationError, LegacyFormat
from cfgcore.declare.registry import Owned, Registry


def made(name: Any = "old", detect: Any = lambda data: None, convert: Any = lambda data: Conversion()) -> LegacyFormat:
    return LegacyFormat(name, detect, convert)


@pytest.mark.parametrize("name", ["", " ", "settings", "store", 3, None])
def test_a_name_is_text_and_not_one_of_the_core(name: Any) -> None:
    """What the core itself recognises cannot be the name of an older format."""
    with pytest.raises(DeclarationError, match="a name is text, and none of settings, store"):
        made(name)


@pytest.mark.parametrize("how", [{"detect": "x"}, {"convert": None}])
def test_detect_and_convert_are_functions(how: dict[str, Any]) -> None:
    """Anything else is refused when it is declared."""
    with pytest.raises(DeclarationError, match="detect and convert are functions"):
        made(**how)


def test_formats_are_registered_by_name() -> None:
    """A registry knows each with its plugin."""
    registry = Registry([Owned("a", legacy_formats=[made("one")]), Owned("b", legacy_formats=[made("two")])])
    assert {"one": "a", "two": "b"} == {name: plugin for name, (plugin, _) in registry.legacy_formats.items()}


@pytest.mark.parametrize(("plugins", "told"), [(("a", "a"), "'a' declares format 'old' twice"), (("a", "b"), "both")])
def test_a_name_belongs_to_one_format(plugins: tuple[str, str], told: str) -> None:
    """Two formats of one name are refused, naming the plugins."""
    with pytest.raises(DeclarationError, match=told):
        Registry([Owned(plugin, legacy_formats=[made()]) for plugin in plugins])


def test_what_is_no_format_is_refused() -> None:
    """The plugin that returned it is named."""
    with pytest.raises(DeclarationError, match="plugin 'a': cfgcore_legacy_formats returned 3"):
        Registry([Owned("a", legacy_formats=[3])])
