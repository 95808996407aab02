"""The commands by name. Only the one that is called is imported: ``cfgcore --help`` needs none of them."""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: Each command with what the list of commands says of it, by the module of this package that has it in ``COMMANDS``.
MODULES = {
    "changing": {
        "set": "Store a value, for everyone or for a user.",
        "unset": "Remove stored values, so that the layers below hold.",
        "plan": "Check a change and show what it would do.",
    },
    "declared": {
        "schema": "Print the JSON Schema of the configuration.",
        "plugins": "List the plugins with what each contributes.",
    },
    "demo": {"demo": "Go through everything that cfgcore does."},
    "doctor": {"doctor": "Look at everything that could be the trouble."},
    "flags": {"flags": "Feature flags: what they are, and who gets what."},
    "installing": {
        "create-default": "Write a settings file with every setting as a comment.",
        "migrate": "Take over a settings file, an older file or a store.",
        "validate": "Check the configuration and list every problem.",
    },
    "past": {
        "history": "List stored changes, newest first.",
        "diff": "Show what differs between two revisions or times.",
        "rollback": "Return to what was stored at a revision or a time.",
        "undo": "Take back one commit, or some paths of it.",
    },
    "policies": {
        "policy": "What administrators demand.",
        "profiles": "List the profiles, and what each of them sets.",
        "users": "List the users who have stored something.",
    },
    "reading": {
        "show": "Show every setting with its value and its origin.",
        "get": "Print one value, as a program wants it.",
        "explain": "Say why a setting has its value.",
    },
    "upgrading": {"upgrade": "The end of an upgrade."},
    "upkeep": {
        "backup": "Write a copy of the whole store to a new file.",
        "restore": "Make all stored values those of a backup.",
        "audit": "The chain of all commits and refusals.",
        "forget": "Erase a user: what is stored, and in the history.",
        "compact": "Erase what older commits changed.",
        "store": "The store itself.",
    },
}

#: The module of each command, and the sentence about it.
CATALOGUE = MappingProxyType(
    {name: (module, sentence) for module, names in MODULES.items() for name, sentence in names.items()}
)


class Catalogue(click.Group):
    """A group whose commands are those of the catalogue."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(CATALOGUE)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of that name, if there is one."""
        if cmd_name not in CATALOGUE:
            return None
        commands: tuple[click.Command, ...] = import_module(f"cfgcore.cli.{CATALOGUE[cmd_name][0]}").COMMANDS
        return next(command for command in commands if command.name == cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the catalogue says of each command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, CATALOGUE[name][1]) for name in self.list_commands(ctx)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer commands with what the catalogue says of them, and the options."""
        from click.shell_completion import CompletionItem

        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        offered = [CompletionItem(name, help=CATALOGUE[name][1]) for name in names]
        return [*offered, *click.Command.shell_complete(self, ctx, incomplete)]
