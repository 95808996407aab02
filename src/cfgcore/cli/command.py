"""The command itself, and the one place where an error becomes output."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from cfgcore.cli.catalogue import Catalogue

if TYPE_CHECKING:
    from cfgcore.errors import ValidationFailed

WRONG_CONFIGURATION = 1
WRONG_CALL = 2
INTERRUPTED = 130  # what shells say of a command that ^C ended

_ASKING = frozenset({"set", "unset", "plan", "rollback", "undo", "restore", "flags", "policy"})


class Commands(Catalogue):
    """Turns the errors of cfgcore into output: exit 1 where the configuration is wrong, 2 where the call is.

    An interruption is output too, exit 130."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was called."""
        from cfgcore.cli.options import JSON
        from cfgcore.cli.progress import LEAVES
        from cfgcore.errors import CfgcoreError, InvalidUser, UnknownPath, ValidationFailed

        try:
            return super().invoke(ctx)
        except ValidationFailed as error:
            self._refused(error, as_json=ctx.meta.get(JSON, False), asked=ctx.invoked_subcommand in _ASKING)
            ctx.exit(WRONG_CONFIGURATION)
        except CfgcoreError as error:
            from cfgcore.cli.project import ProjectError

            click.echo(f"{click.style('error', fg='red', bold=True)}: {error}", err=True)
            of_call = isinstance(error, (InvalidUser, UnknownPath, ProjectError)) or type(error) is CfgcoreError
            ctx.exit(WRONG_CALL if of_call else WRONG_CONFIGURATION)
        except KeyboardInterrupt:
            leaves = ctx.meta.get(LEAVES)
            click.echo(f"Interrupted.{f' {leaves}' if leaves else ''}", err=True)
            ctx.exit(INTERRUPTED)

    def _refused(self, error: ValidationFailed, *, as_json: bool, asked: bool) -> None:
        from cfgcore.cli.output import problem_data, show_json, show_problems

        if as_json:
            show_json({"is_valid": False, "problems": [problem_data(problem) for problem in error.problems]})
        else:
            show_problems(error.problems, err=True)
            count = f"{len(error.errors)} error{'s' if len(error.errors) != 1 else ''}"
            told = "The change is refused, and nothing was changed" if asked else "The configuration is wrong"
            click.echo(f"{told}: {count}.", err=True)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cfgcore", message="%(prog)s %(version)s")
def main() -> None:
    """One configuration that all plugins of an application share.

    In a folder with a cfgcore.toml, or a [tool.cfgcore] in its pyproject.toml, the commands know the application's
    settings files, prefix and plugins. Exit status: 0 fine, 1 the configuration is wrong, 2 the call is wrong, 130 it
    was interrupted.
    """
    import logging

    from cfgcore.cli.telling import tell_of_stores

    logging.getLogger("cfgcore").addHandler(logging.NullHandler())
    tell_of_stores(click.get_current_context())
    if os.environ.get("NO_COLOR"):
        click.get_current_context().color = False
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
