"""The commands that end an upgrade: what is stored for an older release, and its last rewriting."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from cfgcore.cli.asking import actor_options, dry_run, who
from cfgcore.cli.options import application_of, application_options, json_option
from cfgcore.cli.progress import if_interrupted, progress

if TYPE_CHECKING:
    from cfgcore.change.upgrade import Progress, Standing, Upgrade, Upgraded


@click.group()
def upgrade() -> None:
    """The end of an upgrade, when no process of an older release reads the store any more."""


@upgrade.command()
@json_option
@application_options
def plan(as_json: bool, **options: Any) -> None:
    """Show what is stored for an older release, and what would be rewritten; change nothing."""
    with application_of(options).open(repair=True, show_warnings=False) as config:
        _show(config.upgrade, lambda told: config.upgrade.plan(told), as_json, done=False)


@upgrade.command()
@dry_run
@click.option("--yes", is_flag=True, help="Do not ask whether all older processes have ended.")
@actor_options
@json_option
@application_options
def finish(dry_run: bool, yes: bool, as_json: bool, **options: Any) -> None:
    """Write everything for this release, when no process of an older one runs any more.

    Nothing knows which processes run: on a terminal you are asked. Interrupted, it goes on where it was when it is
    called again.
    """
    by = who(options)
    with application_of(options).open(repair=True, show_warnings=False) as config:
        if dry_run:
            _show(config.upgrade, lambda told: config.upgrade.plan(told), as_json, done=False)
        else:
            if not yes and sys.stdin.isatty():
                _ask(config.upgrade.standings())
            _show(config.upgrade, lambda told: config.upgrade.finish(progress=told, **by), as_json, done=True)


def _show(upgrade: Upgrade, work: Callable[[Progress], Upgraded], as_json: bool, *, done: bool) -> None:
    if done:
        if_interrupted("What was rewritten stays so; the same command goes on from there.")
    with progress("documents", upgrade.count) as told:
        found = work(told)
    if as_json:
        _print_json(found)
    else:
        _print(found, done=done)
    click.get_current_context().exit(1 if found.failed else 0)


def _ask(standings: Sequence[Standing]) -> None:
    """Ask about the sections that older processes can still read; no is an ``Abort``."""
    rising = [f"{one.section} {one.stored or 1} -> {one.code}" for one in standings if (one.stored or 1) < one.code]
    if rising:
        click.echo(f"Processes of an older release will no longer read or change: {', '.join(rising)}.", err=True)
        click.confirm("Have all of them ended?", abort=True, err=True)


def _print_json(found: Upgraded) -> None:
    from cfgcore.cli.output import show_json

    sections = [{"section": one.section, "stored": one.stored, "code": one.code} for one in found.sections]
    failures = [{"document": one.document, "section": one.section, "reason": one.reason} for one in found.failures]
    counts = {"documents": found.documents, "outdated": found.outdated, "failed": found.failed}
    show_json({"sections": sections, **counts, "failures": failures})


def _print(found: Upgraded, *, done: bool) -> None:
    from cfgcore.cli.output import on_one_line, show_table

    rows = [(one.section, one.stored if one.stored is not None else "-", one.code) for one in found.sections]
    if rows:
        show_table(("section", "stored", "code"), rows)
    of = f"{found.outdated:,} of {found.documents:,} document{'s' if found.documents != 1 else ''}"
    click.echo(f"{of} {'rewritten' if done else 'to rewrite'}.")
    for one in found.failures:
        click.echo(f"{one.document}: {on_one_line(one.reason)}", err=True)
    if found.failed:
        left = found.failed - len(found.failures)
        more = f"; {left:,} are not shown" if left else ""
        click.echo(f"{found.failed:,} section{'s' if found.failed != 1 else ''} cannot be read{more}.", err=True)


COMMANDS = (upgrade,)
