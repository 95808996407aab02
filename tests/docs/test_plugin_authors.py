"""docs/plugin-authors.md, executed and compared with the declarations."""

import inspect
import re
import sys
from dataclasses import fields
from types import ModuleType
from typing import Any

import pytest

import cfgcore
from cfgcore.declare.declaration import Declaration
from cfgcore.declare.naming import RESERVED_SECTIONS

PAGE = "docs/plugin-authors.md"
TYPES = """
import enum
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from cfgcore import hookimpl, section, setting, subsection


class Colour(enum.Enum):
    RED = "red"


@subsection
class Point:
    x: int = 0
    y: int = 0


@section("one")
class One:
    value: {type} = setting()


@hookimpl
def cfgcore_sections():
    return [One]
"""
MISTAKE = """
from cfgcore import hookimpl, rule, section, setting

{code}

if "WebConfig" in globals():

    @hookimpl
    def cfgcore_sections():
        return [WebConfig]
"""


def test_every_option_is_listed(page: Any) -> None:
    """The table of options names what `setting` takes, in its order."""
    assert [field.name for field in fields(Declaration)] == [row[0].strip("`") for row in page(PAGE).table("option")]


def test_every_argument_of_a_section_is_listed(page: Any) -> None:
    """The table of arguments names what `section` takes."""
    real = list(inspect.signature(cfgcore.section).parameters)
    assert real == [row[0].strip("`") for row in page(PAGE).table("argument")]


def test_every_reserved_name_is_listed(page: Any) -> None:
    """The page names all reserved names of sections."""
    sentence = re.search(r"underscores\. (.+?) are reserved", page(PAGE).text, re.DOTALL)
    assert sentence is not None
    assert set(re.findall(r"`(\w+)`", sentence[1])) == RESERVED_SECTIONS


def test_every_type_reads_as_the_table_says(page: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with the text of a row gives a setting of its type the value of the row."""
    for kind, text, becomes in page(PAGE).table("type"):
        module = ModuleType("types_of_the_page")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(TYPES.format(type=kind.split("` (")[0].strip("`")), module.__dict__)
        (tmp_path / "settings.toml").write_text(f"[one]\nvalue = {text.strip('`')}\n", encoding="utf-8")
        with cfgcore.open(folder=tmp_path, environ={}, plugins=[module], plugin_group=None) as config:
            expected = eval(becomes.strip("`"), module.__dict__)
            assert expected == config.one.value, kind
            assert isinstance(config.one.value, type(expected)), kind


def test_the_plugin_and_its_tests_work(page: Any, terminal: Any) -> None:
    """The plugin of the page passes the tests of the page."""
    shell = terminal("mailer")
    for heading in ("A plugin", "Testing"):
        shell.follow(page(PAGE).under(heading))
    # The fixture comes by an entry point where cfgcore is installed, and only then.
    installed = "cfgcore" in {entry.name for entry in _pytest_plugins()}
    found = shell.printed(f"python -m pytest -q {'' if installed else '-p cfgcore.testing.fixtures'} test_mailer.py")
    assert "4 passed" in found, found


def _pytest_plugins() -> Any:
    from importlib.metadata import entry_points

    return entry_points(group="pytest11")


@pytest.fixture
def feed(page: Any) -> ModuleType:
    """The plugin with a field and a Schema of its own."""
    (block,) = page(PAGE).under("Fields and schemas of your own")
    module = ModuleType("feed")
    exec(block.text, module.__dict__)
    return module


def opened(plugin: ModuleType, **environ: str) -> cfgcore.Config:
    return cfgcore.open(env_prefix="APP", environ=environ, settings_files=[], plugins=[plugin], plugin_group=None)


def test_a_field_of_your_own_decides(feed: ModuleType) -> None:
    """What the field refuses, is refused, by the name of the variable."""
    with opened(feed, APP_FEED__LINK="https://example.org/other") as config:
        assert "https://example.org/other" == config.feed.link
    with pytest.raises(cfgcore.ValidationFailed, match=r"APP_FEED__LINK: feed\.link: Not a valid URL"):
        opened(feed, APP_FEED__LINK="http://example.org")


def test_a_schema_of_your_own_decides(feed: ModuleType) -> None:
    """What the Schema loads is what a reader gets, and what it refuses, is refused."""
    with opened(feed, APP_PROXY__PORT="8080") as config:
        assert ("localhost", 8080) == (config.proxy.host, config.proxy.port)
    with pytest.raises(cfgcore.ValidationFailed, match=r"APP_PROXY__PORT: proxy\.port: Not a valid integer"):
        opened(feed, APP_PROXY__PORT="1.5")


def test_every_mistake_is_told_as_shown(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each example of a mistake gives the error that stands below it."""
    blocks = page(PAGE).under("Mistakes")
    for code, told in zip(blocks[::2], blocks[1::2], strict=True):
        module = ModuleType("web")
        monkeypatch.setitem(sys.modules, "web", module)
        with pytest.raises(cfgcore.CfgcoreError) as error:
            _register(module, code.text)
        assert told.text.strip() == str(error.value), code.place


def _register(module: ModuleType, code: str) -> None:
    exec(MISTAKE.format(code=code), module.__dict__)
    opened(module)


def test_the_package_offers_its_plugin(page: Any) -> None:
    """The `pyproject.toml` of the page has an entry point in the group that cfgcore looks in."""
    (block,) = page(PAGE).under("Packaging")
    assert inspect.signature(cfgcore.open).parameters["plugin_group"].default == "cfgcore"
    assert "[project.entry-points.cfgcore]\n" in block.text
