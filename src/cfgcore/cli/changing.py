"""The commands that change stored values, or a settings file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

import click

from cfgcore.cli.asking import change_options, clamp, dry_run, expect, whom
from cfgcore.cli.options import application_of, application_options, complete_path, json_option
from cfgcore.cli.values import ValuesCommand

if TYPE_CHECKING:
    from cfgcore.config import Config


@click.command("set", cls=ValuesCommand)
@click.argument("pairs", nargs=-1, required=True, metavar="PATH VALUE [PATH VALUE]...", shell_complete=complete_path)
@click.option(
    "--file", "file", type=click.Path(dir_okay=False), help="Write a TOML settings file instead of the store."
)
@clamp
@expect
@dry_run
@change_options
@json_option
@application_options
def set_values(
    pairs: Sequence[str],
    file: str | None,
    clamp: bool,
    dry_run: bool,
    expect: int | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Store VALUE at PATH, for everyone or for --user; several pairs are one change. VALUE is read as a variable is."""
    from cfgcore.cli.file_change import write_settings
    from cfgcore.cli.outcome import show_outcome, show_plan

    if file is not None:
        _refuse_ignored({**options, "clamp": clamp, "expect": expect})
    whose = whom(options)
    application = application_of(options)
    with application.open(repair=True) as config:
        changes = typed_pairs(config, pairs)
        if file is not None:
            write_settings(application, config, File(file), changes, dry_run=dry_run, as_json=as_json)
        elif dry_run:
            show_plan(config.plan(changes, expected_revision=expect, clamp=clamp, **whose), as_json)
        else:
            show_outcome(config.update(changes, expected_revision=expect, clamp=clamp, **whose), as_json)


@click.command()
@click.argument("paths", nargs=-1, required=True, shell_complete=complete_path)
@expect
@dry_run
@change_options
@json_option
@application_options
def unset(paths: Sequence[str], dry_run: bool, expect: int | None, as_json: bool, **options: Any) -> None:
    """Remove the stored values at PATHS, so that the layers below hold again."""
    from cfgcore.cli.outcome import show_outcome, show_plan
    from cfgcore.values.absent import ABSENT

    whose = whom(options)
    with application_of(options).open(repair=True) as config:
        if dry_run:
            show_plan(config.plan(dict.fromkeys(paths, ABSENT), expected_revision=expect, **whose), as_json)
        else:
            show_outcome(config.unset(paths, expected_revision=expect, **whose), as_json)


@click.command(cls=ValuesCommand)
@click.argument("pairs", nargs=-1, required=True, metavar="PATH VALUE [PATH VALUE]...", shell_complete=complete_path)
@clamp
@expect
@change_options
@json_option
@application_options
def plan(pairs: Sequence[str], clamp: bool, expect: int | None, as_json: bool, **options: Any) -> None:
    """Check a change and show what it would do; nothing is changed."""
    from cfgcore.cli.outcome import show_plan

    whose = whom(options)
    with application_of(options).looked_at(repair=True) as config:
        changes = typed_pairs(config, pairs)
        show_plan(config.plan(changes, expected_revision=expect, clamp=clamp, **whose), as_json)


COMMANDS = (set_values, unset, plan)


def typed_pairs(config: Config, pairs: Sequence[str]) -> dict[str, Any]:
    """Return the values of PATH VALUE pairs, each read as a variable of its setting is."""
    if len(pairs) % 2:
        raise click.UsageError("each PATH needs its VALUE")
    paths = [config.registry.require(path) for path in pairs[::2]]
    twice = next((dotted for dotted, path in zip(pairs[::2], paths, strict=True) if paths.count(path) > 1), None)
    if twice is not None:
        raise click.UsageError(f"{twice} is given twice; which value is meant?")
    return {path: _typed(config, path, text) for path, text in zip(pairs[::2], pairs[1::2], strict=True)}


def _refuse_ignored(given: dict[str, Any]) -> None:
    """Refuse options that say something of a change in the store, where a file is changed."""
    ignored = [
        f"--{name}" for name in ("user", "actor", "reason", "expect", "clamp") if given[name] not in (None, "", False)
    ]
    if ignored:
        raise click.UsageError(
            f"{' and '.join(ignored)} belongs to a change in the store: a settings file holds what is everyone's, "
            f"without revision and history; leave it out, or --file"
        )


def _typed(config: Config, path: str, text: str) -> Any:
    from cfgcore.errors import ValidationFailed
    from cfgcore.layer.literal import read_literal
    from cfgcore.values.absent import ABSENT
    from cfgcore.values.problem import Problem

    keys = config.registry.require(path)
    place = config.registry.place(keys)
    if place is None:
        section = config.registry.section_at(keys)
        settings = ", ".join(f"{path}.{name}" for name in section.settings) if section is not None else ""
        what = f"is a section; name its settings: {settings}" if settings else "names no value"
        raise click.UsageError(f"{path!r} {what}")
    try:
        cast = read_literal(text, place.kind)
    except ValueError as error:
        raise ValidationFailed([Problem("type", path, str(error))]) from error
    if cast.operation != "set":
        raise ValidationFailed(
            [Problem("type", path, "a stored value replaces; tokens that merge are for files and variables")]
        )
    return "" if cast.value is ABSENT else cast.value
