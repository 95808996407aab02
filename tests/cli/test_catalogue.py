"""The list of commands, and that only the one that is called is imported."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import Result

from cfgcore.cli import main
from cfgcore.cli.catalogue import CATALOGUE, MODULES

Run = Callable[..., Result]

#: Runs the command, and then prints which modules of commands were imported.
IMPORTED = """
import json, sys
from cfgcore.cli import main
main({arguments!r}, standalone_mode=False)
print(json.dumps([name for name in {modules!r} if "cfgcore.cli." + name in sys.modules]))
"""


def imported(*arguments: str) -> list[str]:
    """Return the modules of commands that a call imports, in a process of its own."""
    code = IMPORTED.format(arguments=arguments, modules=[*MODULES])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("module", MODULES)
def test_the_catalogue_names_the_commands_of_each_module(module: str) -> None:
    """What a module has in ``COMMANDS`` is what the catalogue says it has, and every one has help of its own."""
    commands = import_module(f"cfgcore.cli.{module}").COMMANDS
    assert sorted(MODULES[module]) == sorted(command.name for command in commands)
    assert [] == [command.name for command in commands if not command.help]


def test_every_command_can_be_called(run: Run) -> None:
    """Each name leads to the command of that name; no other name leads to any."""
    context = click.Context(main)
    found = [main.get_command(context, name) for name in main.list_commands(context)]
    assert sorted(CATALOGUE) == [command.name for command in found if command is not None]
    assert None is main.get_command(context, "shwo")
    assert 2 == run("shwo").exit_code


def test_the_list_shows_each_sentence_whole(run: Run) -> None:
    """In a narrow terminal too, each command has one line, and nothing is cut off."""
    lines = run("--help", COLUMNS="80").stdout.partition("Commands:\n")[2].splitlines()
    shown = {name: sentence.strip() for name, _, sentence in (line.strip().partition(" ") for line in lines)}
    assert {name: CATALOGUE[name][1] for name in sorted(CATALOGUE)} == shown


def test_the_list_of_commands_imports_none_of_them() -> None:
    """``cfgcore --help`` knows the commands without importing what they need."""
    assert [] == imported("--help")


def test_a_command_imports_no_other() -> None:
    """The help of one command is shown without the others."""
    assert ["past"] == imported("undo", "--help")


def test_completion_of_a_command_says_what_it_does() -> None:
    """Shells that show help beside a word show that of the list; the options are offered as well."""
    completion = ShellComplete(main, {}, "cfgcore", "_CFGCORE_COMPLETE")
    offered = {item.value: item.help for item in completion.get_completions([], "u")}
    assert {name: CATALOGUE[name][1] for name in ("undo", "unset", "upgrade", "users")} == offered
    assert "--version" in [item.value for item in completion.get_completions([], "--")]
