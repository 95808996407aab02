"""docs/migrating.md, executed."""

from pathlib import Path
from typing import Any

import pytest

from cfgcore.installing.recognition import known_formats
from cfgcore.installing.report import FATES
from cfgcore.opening import load_plugins

PAGE = "docs/migrating.md"
SECTIONS = ("Look first", "Migrate", "What has no place", "Targets")
FIRST, LAST = "Migrating", "From a program"


@pytest.mark.parametrize("heading", SECTIONS)
def test_a_section_works_as_written(heading: str, page: Any, terminal: Any) -> None:
    """With the files that the page shows, its commands print what stands below them."""
    folder = terminal("older")
    folder.follow(page(PAGE).under(FIRST))
    folder.follow(page(PAGE).under(heading))


def test_the_program_works_as_written(page: Any, terminal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program of the page runs."""
    folder = terminal("older")
    folder.follow(page(PAGE).under(FIRST))
    monkeypatch.chdir(folder.folder)
    (block,) = page(PAGE).under(LAST)
    exec(block.text, {})
    assert {"cfgcore.toml", "old.yaml"} == {file.name for file in Path().iterdir()}


def test_no_block_is_left_out(page: Any) -> None:
    """Every block of the page is executed."""
    assert {FIRST, LAST, *SECTIONS} == {block.heading for block in page(PAGE).blocks}


def test_the_fates_are_those_of_the_page(page: Any) -> None:
    """The table names every fate, in the order in which the command shows them."""
    assert list(FATES) == [row[0].strip("`") for row in page(PAGE).table("what")]


def test_the_formats_are_those_of_the_page(page: Any) -> None:
    """The table names every format that the plugins of this repository know."""
    _, registry = load_plugins()
    assert list(known_formats(registry)) == [row[0].strip("`") for row in page(PAGE).table("format")]
