"""The commands that look back on stored changes, and that return to what was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from cfgcore.cli.asking import actor_options, dry_run, moment, who
from cfgcore.cli.options import application_of, application_options, complete_path, json_option


@click.command()
@click.argument("path", required=False, shell_complete=complete_path)
@click.option("--user", help="Only changes of this user's values.")
@click.option("--by", "actor", help="Only changes by this actor.")
@click.option("--since", help="Only changes after this revision or time.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many.")
@json_option
@application_options
def history(
    path: str | None, user: str | None, actor: str | None, since: str | None, limit: int, as_json: bool, **options: Any
) -> None:
    """List stored changes, newest first; of PATH and what lies below it, if given."""
    from cfgcore.cli.outcome import show_commits

    with application_of(options).looked_at(repair=True) as config:
        commits = config.history(path, user=user, actor=actor, since=moment(since), limit=limit)
    show_commits(commits, as_json)


@click.command()
@click.argument("old")
@click.argument("new")
@json_option
@application_options
def diff(old: str, new: str, as_json: bool, **options: Any) -> None:
    """Show what stored values differ between two revisions or times."""
    from cfgcore.cli.outcome import change_data, show_changes
    from cfgcore.cli.output import show_json

    with application_of(options).looked_at(repair=True) as config:
        changes = config.diff(moment(old), moment(new))
    if as_json:
        show_json([change_data(change) for change in changes])
        return
    show_changes(changes)


@click.command()
@click.argument("to", metavar="REVISION|TIME")
@click.option("--scope", help="system, policies, flags, user:<id>, or everything.")
@click.option("--path", "paths", multiple=True, help="Only this setting; again for more.")
@dry_run
@actor_options
@json_option
@application_options
def rollback(to: str, scope: str | None, paths: Sequence[str], dry_run: bool, as_json: bool, **options: Any) -> None:
    """Return stored values to what they were at a revision or a time, in a new commit."""
    from cfgcore.cli.outcome import show_outcome, show_plan

    by = who(options)
    with application_of(options).open(repair=True) as config:
        if dry_run:
            show_plan(config.plan_rollback(moment(to), scope=scope, paths=paths, **by), as_json)
        else:
            show_outcome(config.rollback(moment(to), scope=scope, paths=paths, **by), as_json)


@click.command()
@click.argument("revision", type=int, required=False)
@click.option("--path", "paths", multiple=True, help="Only this setting; again for more.")
@click.option("--of", metavar="ACTOR", help="With --since: all that this actor did.")
@click.option("--since", help="With --of: all that the actor did after this revision or time.")
@click.option("--force", is_flag=True, help="Even where a later change of the same setting stands in the way.")
@actor_options
@json_option
@application_options
def undo(
    revision: int | None,
    paths: Sequence[str],
    of: str | None,
    since: str | None,
    force: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Take back one commit, or some paths of it, in a new commit."""
    from cfgcore.cli.outcome import show_outcome

    if revision is not None and (of is not None or since is not None):
        raise click.UsageError("name a REVISION, or --of and --since; not both")
    by = who(options)
    with application_of(options).open(repair=True) as config:
        outcome = config.undo(
            revision, paths=paths, actor=of, since=moment(since), by=by["actor"], reason=by["reason"], force=force
        )
        show_outcome(outcome, as_json)


COMMANDS = (history, diff, rollback, undo)
