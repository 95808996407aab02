"""The tutorial, executed."""

from typing import Any

import pytest


def test_the_tutorial_works_as_written(page: Any, terminal: Any) -> None:
    """Its files, written as they are shown, make its commands print what is shown, from top to bottom."""
    terminal("station").follow(page("docs/tutorial.md").blocks)


def test_the_tutorial_takes_ten_minutes(page: Any) -> None:
    """It has at most 250 lines, and every block of it is executed."""
    tutorial = page("docs/tutorial.md")
    assert 250 >= len(tutorial.text.splitlines())
    assert all(block.language == "console" or block.file for block in tutorial.blocks)


@pytest.mark.parametrize("who", ["user", "administrator"])
def test_the_other_chapters_work_as_written(who: str, page: Any, terminal: Any) -> None:
    """Their files and commands do what is shown, from top to bottom, and every block of them is executed."""
    chapter = page(f"docs/tutorial-{who}.md")
    assert all(block.language == "console" or block.file for block in chapter.blocks)
    terminal("station").follow(chapter.blocks)
