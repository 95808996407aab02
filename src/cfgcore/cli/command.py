"""The commands, and the one place where an error becomes output."""

from __future__ import annotations

import io
import logging
import os
import sys
from typing import Any

import click

from cfgcore.cli import changing, installing, past, policies, upgrading, upkeep
from cfgcore.cli.options import JSON, application_of, application_options, complete_path, json_option
from cfgcore.cli.progress import LEAVES
from cfgcore.errors import CfgcoreError, InvalidUser, UnknownPath, ValidationFailed

WRONG_CONFIGURATION = 1
WRONG_CALL = 2
INTERRUPTED = 130  # what shells say of a command that ^C ended

_ASKING = frozenset({"set", "unset", "plan", "rollback", "undo", "restore", "flags", "policy"})


class Commands(click.Group):
    """Turns the errors of cfgcore into output: exit 1 where the configuration is wrong, 2 where the call is.

    An interruption is output too, exit 130."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was called."""
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
    logging.getLogger("cfgcore").addHandler(logging.NullHandler())
    if os.environ.get("NO_COLOR"):
        click.get_current_context().color = False
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


_user = click.option("--user", help="What holds for this user; for everyone unless given.")


@main.command()
@click.argument("prefix", required=False, default="", shell_complete=complete_path)
@_user
@json_option
@application_options
def show(prefix: str, user: str | None, as_json: bool, **options: Any) -> None:
    """Show every setting with its value and where it came from; only those of a section or path PREFIX."""
    from cfgcore.cli.reading import show_settings

    with application_of(options).open() as config:
        show_settings(config, prefix, as_json, user)


@main.command()
@click.argument("path", shell_complete=complete_path)
@_user
@json_option
@application_options
def get(path: str, user: str | None, as_json: bool, **options: Any) -> None:
    """Print the value at PATH, as a program wants it. Secrets print as dots."""
    from cfgcore.cli.reading import show_value

    with application_of(options).open() as config:
        show_value(config, path, as_json, user)


@main.command()
@click.argument("path", shell_complete=complete_path)
@_user
@json_option
@application_options
def explain(path: str, user: str | None, as_json: bool, **options: Any) -> None:
    """Say why the setting at PATH has its value: what every layer said, weakest first."""
    from cfgcore.cli.reading import show_explanation

    with application_of(options).open() as config:
        show_explanation(config.explain(path, user=user), as_json)


@main.command()
@click.argument("section", required=False)
@click.option("--markdown", is_flag=True, help="Print a reference of all settings for people instead.")
@application_options
def schema(section: str | None, markdown: bool, **options: Any) -> None:
    """Print the JSON Schema of the configuration, or of one SECTION, for editors and other tools."""
    from cfgcore.cli.declared import show_reference, show_schema

    if markdown:
        show_reference(application_of(options))
    else:
        show_schema(application_of(options), section)


@main.command()
@json_option
@application_options
def plugins(as_json: bool, **options: Any) -> None:
    """List the plugins with what each contributes, and those that could not be loaded."""
    from cfgcore.cli.declared import show_plugins

    show_plugins(application_of(options), as_json)


@main.command()
@json_option
@application_options
def doctor(as_json: bool, **options: Any) -> None:
    """Look at everything that could be the trouble: plugins, files, variables, values."""
    from cfgcore.cli.doctor import examine

    healthy = examine(application_of(options), as_json)
    click.get_current_context().exit(0 if healthy else WRONG_CONFIGURATION)


@main.command()
@click.option("--keep", is_flag=True, help="Keep the folder of the demonstration.")
def demo(keep: bool) -> None:
    """Go through everything that cfgcore does, on real files in a temporary folder."""
    from cfgcore.cli.demo import run

    run(keep)


for _command in (
    *installing.COMMANDS,
    *changing.COMMANDS,
    *policies.COMMANDS,
    *past.COMMANDS,
    *upkeep.COMMANDS,
    *upgrading.COMMANDS,
):
    main.add_command(_command)
