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
    from cfgcore.change.processes import Process
    from cfgcore.change.upgrade import Progress, Standing, Upgrade, Upgraded


@click.group()
def upgrade() -> None:
    """The end of an upgrade, when no process of an older release reads the store any more."""


@upgrade.command()
@json_option
@application_options
def plan(as_json: bool, **options: Any) -> None:
    """Show what is stored for an older release, and what would be rewritten; change nothing."""
    with application_of(options).looked_at(repair=True, show_warnings=False) as config:
        _show(config.upgrade, lambda told: config.upgrade.plan(told), as_json, done=False)


@upgrade.command()
@dry_run
@click.option("--force", is_flag=True, help="Do it although a process of an older release has the store open.")
@click.option("--yes", is_flag=True, help="Do not ask, where the store cannot tell, whether all older processes ended.")
@actor_options
@json_option
@application_options
def finish(dry_run: bool, force: bool, yes: bool, as_json: bool, **options: Any) -> None:
    """Write everything for this release; afterwards there is no way back to the one before.

    Refused while a process of an older release has the store open. Interrupted, it goes on where it was when it is
    called again.
    """
    by = who(options)
    with application_of(options).open(repair=True, show_warnings=False) as config:
        if dry_run:
            _show(config.upgrade, lambda told: config.upgrade.plan(told), as_json, done=False)
        else:
            if not (yes or force or config.upgrade.sees_processes) and sys.stdin.isatty():
                _ask(config.upgrade.rising())
            _show(
                config.upgrade, lambda told: config.upgrade.finish(force=force, progress=told, **by), as_json, done=True
            )


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


def _ask(rising: Sequence[Standing]) -> None:
    """Ask about the sections that older processes can still read; no is an ``Abort``."""
    if rising:
        named = ", ".join(f"{one.section} {one.stored or 1} -> {one.code}" for one in rising)
        click.echo(f"Processes of an older release will no longer read or change: {named}.", err=True)
        click.confirm("Have all of them ended?", abort=True, err=True)


def _print_json(found: Upgraded) -> None:
    from cfgcore.cli.output import show_json

    sections = [{"section": one.section, "stored": one.stored, "code": one.code} for one in found.sections]
    failures = [{"document": one.document, "section": one.section, "reason": one.reason} for one in found.failures]
    processes = [
        {**{key: getattr(one, key) for key in ("host", "pid", "since", "program")}, "older": dict(one.older)}
        for one in found.processes
    ]
    counts = {"documents": found.documents, "outdated": found.outdated, "failed": found.failed}
    show_json({"sections": sections, **counts, "failures": failures, "processes": processes})


def _print(found: Upgraded, *, done: bool) -> None:
    from cfgcore.cli.output import on_one_line, show_table

    rows = [(one.section, one.stored if one.stored is not None else "-", one.code) for one in found.sections]
    if rows:
        show_table(("section", "stored", "code"), rows)
    if found.processes:
        show_table(("process", "program", "since", "older in"), map(_process, found.processes))
    of = f"{found.outdated:,} of {found.documents:,} document{'s' if found.documents != 1 else ''}"
    click.echo(f"{of} {'rewritten' if done else 'to rewrite'}.")
    for one in found.failures:
        click.echo(f"{one.document}: {on_one_line(one.reason)}", err=True)
    if found.failed:
        left = found.failed - len(found.failures)
        more = f"; {left:,} are not shown" if left else ""
        click.echo(f"{found.failed:,} section{'s' if found.failed != 1 else ''} cannot be read{more}.", err=True)


def _process(one: Process) -> tuple[str, ...]:
    older = ", ".join(f"{section} {version}" for section, version in one.older.items())
    return f"{one.pid} on {one.host}", one.program or "-", one.since, older or "-"


COMMANDS = (upgrade,)
