"""The tutorial, executed."""

from typing import Any


def test_the_tutorial_works_as_written(page: Any, terminal: Any) -> None:
    """Its files, written as they are shown, make its commands print what is shown, from top to bottom."""
    terminal("station").follow(page("docs/tutorial.md").blocks)


def test_the_tutorial_takes_ten_minutes(page: Any) -> None:
    """It has at most 250 lines, and every block of it is executed."""
    tutorial = page("docs/tutorial.md")
    assert 250 >= len(tutorial.text.splitlines())
    assert all(block.language == "console" or block.file for block in tutorial.blocks)


def test_the_chapter_for_users_works_as_written(page: Any, terminal: Any) -> None:
    """Its files and commands do what is shown, from top to bottom, and every block of it is executed."""
    chapter = page("docs/tutorial-user.md")
    assert all(block.language == "console" or block.file for block in chapter.blocks)
    terminal("station").follow(chapter.blocks)
