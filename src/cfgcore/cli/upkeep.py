"""The commands that keep a store: copies of it, its audit, and what is erased for good."""

from __future__ import annotations

from typing import Any

import click

from cfgcore.cli.asking import actor_options, moment, who
from cfgcore.cli.options import application_of, application_options, json_option
from cfgcore.cli.progress import if_interrupted, stages


@click.command()
@click.argument("target", type=click.Path())
@application_options
def backup(target: str, **options: Any) -> None:
    """Write a copy of the whole store, history and secrets included, to the new file TARGET."""
    with application_of(options).open(repair=True) as config:
        click.echo(f"{target} holds revision {config.backup(target)}.")


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False))
@actor_options
@json_option
@application_options
def restore(source: str, as_json: bool, **options: Any) -> None:
    """Make all stored values those of the backup SOURCE, in a new commit; the history goes on."""
    from cfgcore.cli.outcome import show_outcome

    by = who(options)
    with application_of(options).open(repair=True) as config:
        show_outcome(config.restore(source, **by), as_json)


@click.group()
def audit() -> None:
    """The chain of all commits and refusals."""


@audit.command()
@json_option
@application_options
def verify(as_json: bool, **options: Any) -> None:
    """Prove that no record was changed, dropped, moved or cut off."""
    from cfgcore.cli.output import show_json

    with application_of(options).looked_at(repair=True) as config:
        found = config.audit.verify()
    if as_json:
        show_json({"whole": bool(found), "records": found.count, "break_at": found.break_at})
    elif found:
        click.echo(f"The audit is whole: {found.count} record{'s' if found.count != 1 else ''}.")
    else:
        click.echo(f"The audit is broken: {found.break_at}.", err=True)
    click.get_current_context().exit(0 if found else 1)


@click.command()
@click.argument("user")
@actor_options
@click.confirmation_option(prompt="Erase this user's values and their history for good?")
@application_options
def forget(user: str, **options: Any) -> None:
    """Erase a user: the stored values, and what the history says of them."""
    by = who(options)
    with application_of(options).open(repair=True) as config:
        count = config.forget(user, **by)
        click.echo(f"Erased; {count} commit{'s' if count != 1 else ''} lost what they said of the user.")


@click.command()
@click.option("--before", required=True, metavar="REVISION|TIME", help="Erase what commits before this changed.")
@actor_options
@click.confirmation_option(prompt="Erase the older history for good?")
@application_options
def compact(before: str, **options: Any) -> None:
    """Erase what older commits changed; that they happened stays, and the audit still verifies."""
    by = who(options)
    with application_of(options).open(repair=True) as config:
        count = config.compact(before=moment(before), **by)
        click.echo(f"{count} commit{'s' if count != 1 else ''} compacted.")


@click.group()
def store() -> None:
    """The store itself."""


@store.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy(source: str, target: str) -> None:
    """Copy a store into a new one of any kind, history and secrets included: `store copy config.json sqlite:///c.db`."""
    from cfgcore.installing.store_copy import copy_store
    from cfgcore.store.address import shown

    name = shown(target)
    if_interrupted(f"{name} is as it was; the same command goes on from there.")
    with stages() as told:
        head = copy_store(source, target, told)
    click.echo(f"{name} holds revision {head.revision}, {head.sequence} record{'s' if head.sequence != 1 else ''}.")


COMMANDS = (backup, restore, audit, forget, compact, store)
