"""docs/layers.md, executed and compared with the code."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

import cfgcore
from cfgcore.layer.order import LAYERS
from cfgcore.layer.reading import DEFAULT_FILES, DEFAULT_SECRETS

PAGE = "docs/layers.md"
EXAMPLE = "The example on this page"
SECTIONS = (
    "Files",
    "Environments",
    "Secrets",
    "Variables",
    ".env",
    "Templates",
    "Lists and tables",
    "Unknown names",
    "Profiles",
    "Extra sources",
)
DECLARATION = """
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from cfgcore import hookimpl, section, setting


@section("one")
class One:
    value: {type} = setting({default})


@hookimpl
def cfgcore_sections():
    return [One]
"""
DEFAULTS = {"int": "9", "list[int]": "(5,)"}


class Plugin:
    """What a declaration, executed, defines."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.__dict__.update(names)


def given(text: str, kind: str) -> Any:
    """What a setting of that type is where a variable has that text, or the class of the error."""
    default = DEFAULTS.get(kind, "")
    names: dict[str, Any] = {"__name__": __name__}
    exec(DECLARATION.format(type=kind, default=default), names)
    environ = {"APP_ONE__VALUE": text, "HOME": "/root"}
    try:
        with cfgcore.open(
            env_prefix="APP", environ=environ, settings_files=[], plugins=[Plugin(names)], plugin_group=None
        ) as config:
            return config.one.value
    except cfgcore.ValidationFailed:
        return cfgcore.ValidationFailed


def meant(cell: str, kind: str) -> Any:
    """What a cell of the third column says."""
    names: dict[str, Any] = {"__name__": __name__}
    exec(DECLARATION.format(type="int", default=""), names)
    if cell == "refused":
        return cfgcore.ValidationFailed
    if cell in ("unset", "the default"):
        default = eval(DEFAULTS[kind])
        return tuple(default) if isinstance(default, (list, tuple)) else default
    return eval(cell.strip("`"), names)


def rows(page: Any, heading: str) -> Iterator[list[str]]:
    """The rows of the table about texts that stands under a heading."""
    text = page(PAGE).text
    part = text[text.index(f"# {heading}\n") :]
    for line in part[part.index("| text | type | becomes |") :].splitlines()[2:]:
        if not line.startswith("|"):
            return
        cells = re.split(r"(?<!\\)\|", line.strip("|"))
        yield [cell.strip().replace("\\|", "|") for cell in cells]


def test_the_order_is_that_of_the_code(page: Any) -> None:
    """The list "Precedence at a glance" names the layers of the code, in their order."""
    text = page(PAGE).text
    part = text[text.index("## Precedence at a glance") : text.index("## The example")]
    assert list(LAYERS) == re.findall(r"^\d+\. `(\w+)`", part, re.MULTILINE)


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_section_works_as_written(heading: str, page: Any, terminal: Any) -> None:
    """With the example and the files of a section, its commands print what is shown."""
    layers = page(PAGE)
    shell = terminal(heading.strip(".").lower().replace(" ", "-"))
    shell.follow(layers.under(EXAMPLE))
    shell.follow(layers.under(heading))


def test_no_block_is_left_out(page: Any) -> None:
    """Every block of the page is executed."""
    assert {EXAMPLE, *SECTIONS} == {block.heading for block in page(PAGE).blocks}


@pytest.mark.parametrize("heading", ["Casting", "Tokens"])
def test_every_text_becomes_what_the_table_says(heading: str, page: Any) -> None:
    """A variable with the text of a row gives a setting of its type the value of the row."""
    for text, kind, becomes in rows(page, heading):
        text, kind = "" if text == "(empty)" else text.strip("`"), kind.strip("`")
        value = given(text, kind)
        expected = meant(becomes, kind)
        assert (expected, type(expected)) == (value, dict if isinstance(value, dict) else type(value)), (text, kind)


def test_the_default_names_are_those_of_the_code(page: Any) -> None:
    """The page names every file that is read without being named, in the order of reading."""
    found = re.findall(r"`(\.?se\w+\.\w+)`", page(PAGE).text)
    for names in (DEFAULT_FILES, DEFAULT_SECRETS):
        assert list(names) == list(dict.fromkeys(name for name in found if name in names))
