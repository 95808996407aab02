"""The commands of feature flags: ``cfgcore flags list``, ``set``, ``rollout``, ``override``, ``explain`` and more."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from cfgcore.cli.asking import actor_options, dry_run, expect, who
from cfgcore.cli.options import application_of, application_options, json_option
from cfgcore.cli.values import ValuesCommand

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from cfgcore.change.commit import Outcome, Plan
    from cfgcore.values.problem import Problem


@click.group()
def flags() -> None:
    """Feature flags: what they are, who gets what, and changes of both."""


def complete_flag(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the flags that plugins declare; none where the plugins cannot be loaded."""
    from click.shell_completion import CompletionItem

    from cfgcore.errors import CfgcoreError

    try:
        _, registry = application_of(dict(context.params)).load(on_plugin_error="skip")
    except CfgcoreError:
        return []
    named = {name: flag.description for name, (_, flag) in registry.flags.items()}
    return [CompletionItem(name, help=text) for name, text in named.items() if name.startswith(incomplete)]


_flag = click.argument("flag", shell_complete=complete_flag)


@flags.command("list")
@json_option
@application_options
def list_flags(as_json: bool, **options: Any) -> None:
    """List all flags: what each gives, where its definition comes from, who owns it and when it should be gone."""
    from cfgcore.cli.flag_output import show_flags

    with application_of(options).looked_at(repair=True) as config:
        show_flags(config.flags.list(), as_json)


@flags.command("set", cls=ValuesCommand)
@_flag
@click.argument("value")
@expect
@dry_run
@actor_options
@json_option
@application_options
def set_flag(flag: str, value: str, expect: int | None, dry_run: bool, as_json: bool, **options: Any) -> None:
    """Set FLAG for everyone: true, false, a percentage such as 25%, a variant, or a definition as JSON."""
    from cfgcore.cli.flag_output import flag_value

    how = {**who(options), "expected_revision": expect}
    with application_of(options).open(repair=True) as config:
        _show(config.flags.set(flag, flag_value(value), dry_run=dry_run, **_given(how)), as_json)


@flags.command()
@_flag
@expect
@dry_run
@actor_options
@json_option
@application_options
def unset(flag: str, expect: int | None, dry_run: bool, as_json: bool, **options: Any) -> None:
    """Remove what is stored of FLAG, so that variables, files and the plugin say what it is."""
    how = {**who(options), "expected_revision": expect}
    with application_of(options).open(repair=True) as config:
        _show(config.flags.unset(flag, dry_run=dry_run, **_given(how)), as_json)


@flags.command(cls=ValuesCommand)
@_flag
@click.argument("shares", nargs=-1, required=True, metavar="PERCENT | VARIANT=PERCENT...")
@expect
@dry_run
@actor_options
@json_option
@application_options
def rollout(flag: str, shares: Sequence[str], expect: int | None, dry_run: bool, as_json: bool, **options: Any) -> None:
    """Give FLAG, or its VARIANTs, to a share of the users, who keep it as long as the share does not shrink."""
    from cfgcore.cli.flag_output import percentages

    how = {**who(options), "expected_revision": expect}
    with application_of(options).open(repair=True) as config:
        _show(config.flags.rollout(flag, percentages(shares), dry_run=dry_run, **_given(how)), as_json)


@flags.command()
@_flag
@click.argument("user")
@click.argument("value", required=False)
@click.option("--remove", is_flag=True, help="Take back what the user was given.")
@dry_run
@actor_options
@json_option
@application_options
def override(
    flag: str, user: str, value: str | None, remove: bool, dry_run: bool, as_json: bool, **options: Any
) -> None:
    """Give USER a VALUE of FLAG, true, false or a variant, whatever its definition says; or take it back."""
    from cfgcore.cli.flag_output import flag_value

    if remove is (value is not None):
        raise click.UsageError("give a VALUE, or --remove")
    how = who(options)
    with application_of(options).open(repair=True) as config:
        if value is None:
            _show(config.flags.remove_override(flag, user, dry_run=dry_run, **how), as_json)
        else:
            _show(config.flags.override(flag, user, flag_value(value), dry_run=dry_run, **how), as_json)


@flags.command()
@_flag
@click.option("--user", help="For this user; for nobody in particular unless given.")
@click.option("--context", metavar="JSON", help='What rules may ask for: \'{"plan": "pro"}\'.')
@json_option
@application_options
def explain(flag: str, user: str | None, context: str | None, as_json: bool, **options: Any) -> None:
    """Say which value FLAG has and why: layers, rules, the user's own variant and bucket."""
    from cfgcore.cli.flag_output import read_context, show_flag_explanation
    from cfgcore.errors import UnknownPath

    found = read_context(context)
    with application_of(options).looked_at(repair=True) as config:
        explained = config.flags.explain(flag, user, found)
        if explained.evaluation.error == "FLAG_NOT_FOUND":
            raise UnknownPath(explained.evaluation.message)
        show_flag_explanation(explained, as_json)


@flags.command("export")
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=True), default="-")
@application_options
def export_flags(file: Any, **options: Any) -> None:
    """Write all flags as a FILE of flagd; to standard output unless one is given."""
    with application_of(options).looked_at(repair=True) as config:
        text = config.flags.export()
    file.write(text)


@flags.command("schema")
def flags_schema() -> None:
    """Print the JSON Schema of such a file, for editors and checks elsewhere."""
    from cfgcore.cli.output import show_json
    from cfgcore.flag.file_schema import file_schema

    show_json(file_schema())


@flags.command("import")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@expect
@dry_run
@actor_options
@json_option
@application_options
def import_flags(file: str, expect: int | None, dry_run: bool, as_json: bool, **options: Any) -> None:
    """Store every flag of a FILE of flagd, in one change; other flags stay as they are."""
    from cfgcore.errors import ValidationFailed

    text = _read(file)
    how = {**who(options), "expected_revision": expect}
    with application_of(options).open(repair=True) as config:
        try:
            _show(config.flags.import_(text, dry_run=dry_run, **_given(how)), as_json)
        except ValidationFailed as error:
            raise ValidationFailed([_within(file, problem) for problem in error.problems]) from error


COMMANDS = (flags,)


def _given(how: dict[str, Any]) -> Any:
    return {name: value for name, value in how.items() if value is not None}


def _within(file: str, problem: Problem) -> Problem:
    """Return a problem of a file as a whole with the name of the file; those of flags have the flag's."""
    if problem.path:
        return problem
    return replace(problem, message=f"{'standard input' if file == '-' else file}: {problem.message}")


def _read(file: str) -> str:
    from cfgcore.errors import SourceError

    try:
        if file == "-":
            return sys.stdin.read()
        with open(file, encoding="utf-8-sig") as stream:
            return stream.read()
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise SourceError(file, f"the file cannot be read: {cause}") from error


def _show(done: Outcome | Plan, as_json: bool) -> None:
    from cfgcore.change.commit import Outcome
    from cfgcore.cli.outcome import show_outcome, show_plan

    if isinstance(done, Outcome):
        show_outcome(done, as_json)
    else:
        show_plan(done, as_json)
