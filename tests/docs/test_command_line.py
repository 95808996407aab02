"""docs/command-line.md, executed and compared with the commands."""

import os
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import click
import pytest

from cfgcore.cli import main
from cfgcore.cli.arguments import ApplicationConfig

PAGE = "docs/command-line.md"
SECTIONS = (
    "show",
    "get",
    "explain",
    "validate",
    "schema",
    "create-default",
    "migrate",
    "plugins",
    "demo",
    "Exit status",
)
STORED = "Stored changes"
CHANGING = (
    "set",
    "unset",
    "plan",
    "flags",
    "history",
    "diff",
    "rollback",
    "undo",
    "backup",
    "restore",
    "audit",
    "forget",
    "compact",
    "store",
    "upgrade",
    "policy",
    "profiles",
    "users",
)


def options(command: click.Command) -> list[str]:
    """The options of a command as the page writes them, without those of a single command."""
    context = click.Context(command)
    records = [option.get_help_record(context) for option in command.params if isinstance(option, click.Option)]
    names = [record[0].replace("[warn|error]", "warn|error") for record in records if record]
    return [name for name in names if not name.startswith(("-h", "--json", "--keep"))]


def commands(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    """The commands that do something, by the words that call them."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {below}", found) for below, found in commands(command))
        else:
            yield name, command


def test_every_command_has_a_section(page: Any) -> None:
    """The table and the sections name every command, and no other."""
    text = page(PAGE).text
    named = [row[0].strip("`").split(" ")[0] for row in page(PAGE).table("command")]
    names = main.list_commands(click.Context(main))
    assert names == sorted(named)
    assert set(names) <= set(re.findall(r"^## (.+)$", text, re.MULTILINE))


def test_every_argument_of_an_application_is_listed(page: Any) -> None:
    """The table of keys and options names all that files and commands take; a command's own are told of."""
    rows = page(PAGE).table("key")
    assert [field.name for field in fields(ApplicationConfig)] == [row[0].strip("`") for row in rows]
    named = sorted(row[1].strip("`") for row in rows if row[1])
    for name, command in commands(main):
        given = set(options(command))
        assert name in ("demo", "flags schema", "store copy") or set(named) <= given, name
        assert [] == [own for own in given - set(named) if own.split()[0] not in page(PAGE).text], name


def test_the_folder_says_what_the_page_shows(page: Any, quickstart: Any) -> None:
    """The `cfgcore.toml` of the page is that of the quickstart, but for its comment."""
    (block,) = page(PAGE).under("Whose configuration")
    real = (quickstart.folder / "cfgcore.toml").read_text("utf-8")
    assert block.text.splitlines()[1:] == real.splitlines()[1:]


@pytest.mark.parametrize("heading", SECTIONS)
def test_a_command_prints_what_the_page_shows(heading: str, page: Any, quickstart: Any) -> None:
    """In the quickstart the examples of a section print what stands below them."""
    quickstart.follow(page(PAGE).under(heading))


@pytest.mark.parametrize("heading", CHANGING)
def test_a_command_changes_what_the_page_shows(heading: str, page: Any, quickstart: Any) -> None:
    """In the quickstart, with a store, the examples of a section print what stands below them."""
    quickstart.follow(page(PAGE).under(STORED))
    quickstart.follow(page(PAGE).under(heading))


@pytest.mark.skipif(os.name != "posix", reason="only there a file's mode says who can read it")
def test_the_doctor_prints_what_the_page_shows(page: Any, quickstart: Any) -> None:
    """In the quickstart the example of `doctor` prints what stands below it."""
    quickstart.follow(page(PAGE).under("doctor"))


def test_no_block_is_left_out(page: Any) -> None:
    """Every block of the page is executed or compared."""
    assert {"Whose configuration", "doctor", STORED, *SECTIONS, *CHANGING} == {
        block.heading for block in page(PAGE).blocks
    }


def completed(words: str, quickstart: Any, shell: str = "bash") -> list[str]:
    """What a shell offers for the last of these words."""
    *_, last = words.split(" ")
    position = last if shell == "fish" else len(words.split(" ")) - 1
    quickstart.environ |= {"COMP_WORDS": words, "COMP_CWORD": str(position)}
    found: list[str] = quickstart.printed(f"_CFGCORE_COMPLETE={shell}_complete cfgcore").split()
    return found


def test_commands_and_paths_complete(quickstart: Any) -> None:
    """A shell completes commands and the paths of settings."""
    assert ["plain,show"] == completed("cfgcore sh", quickstart)
    assert ["plain,greeting.times", "plain,greeting.token"] == completed("cfgcore get greeting.t", quickstart)


def test_a_setting_completes_with_its_help(quickstart: Any) -> None:
    """Where a shell shows help, a setting has its own."""
    assert ["plain,greeting.times", "How", "often."] == completed("cfgcore get greeting.ti", quickstart, "fish")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_completion_script_of_the_page_exists(shell: str, page: Any, quickstart: Any) -> None:
    """What the page puts into a shell's file prints a script for that shell."""
    assert f"_CFGCORE_COMPLETE={shell}_source cfgcore" in page(PAGE).text
    assert f"_CFGCORE_COMPLETE={shell}_complete" in quickstart.printed(f"_CFGCORE_COMPLETE={shell}_source cfgcore")
