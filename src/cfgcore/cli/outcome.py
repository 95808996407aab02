"""How changes, plans and commits are printed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from cfgcore.change.commit import Commit, Outcome, Plan, StoredChange
from cfgcore.cli.output import problem_data, show_json, show_problems, show_table, written
from cfgcore.values.absent import ABSENT


def show_outcome(outcome: Outcome, as_json: bool) -> None:
    """Print what an update did."""
    if as_json:
        show_json(
            {
                "revision": outcome.revision,
                "committed": outcome.committed,
                "changes": [change_data(change) for change in outcome.changes],
                "warnings": [problem_data(warning) for warning in outcome.warnings],
            }
        )
        return
    show_changes(outcome.changes)
    show_problems(outcome.warnings, err=True)
    click.echo(f"Revision {outcome.revision}." if outcome else "Nothing changed.")


def show_plan(plan: Plan, as_json: bool) -> None:
    """Print what a plan would do."""
    if as_json:
        changes = [change_data(change) for change in plan.changes]
        show_json({"changes": changes, "warnings": [problem_data(warning) for warning in plan.warnings]})
        return
    show_changes(plan.changes)
    show_problems(plan.warnings, err=True)
    click.echo("It is valid; nothing was changed." if plan else "It would change nothing.")


def show_commits(commits: Iterable[Commit], as_json: bool) -> None:
    """Print commits, a row for each change."""
    if as_json:
        show_json([_commit_data(commit) for commit in commits])
        return
    rows = [
        (
            commit.revision,
            f"{commit.time[:19]}Z",
            commit.actor or "(erased)",
            commit.action,
            _line(change) if change else "",
            commit.reason or "",
        )
        for commit in commits
        for change in commit.changes or (None,)
    ]
    show_table(("revision", "time", "by", "what", "change", "why"), rows)


def show_changes(changes: Iterable[StoredChange]) -> None:
    """Print changes, one a line."""
    for change in changes:
        click.echo(_line(change))


def change_data(change: StoredChange) -> dict[str, Any]:
    """Return a change as plain data; a value that is not set has no key."""
    data: dict[str, Any] = {"path": change.path, "user": change.user}
    if change.old is not ABSENT:
        data["old"] = change.old
    if change.new is not ABSENT:
        data["new"] = change.new
    return data


def _line(change: StoredChange) -> str:
    old, new = ("not set" if value is ABSENT else written(value) for value in (change.old, change.new))
    whose = f" of {change.user}" if change.user is not None else ""
    return f"{change.path}{whose}: {old} -> {new}"


def _commit_data(commit: Commit) -> dict[str, Any]:
    names = ("revision", "time", "actor", "reason", "action", "reverts")
    return {name: getattr(commit, name) for name in names} | {
        "changes": [change_data(change) for change in commit.changes]
    }
