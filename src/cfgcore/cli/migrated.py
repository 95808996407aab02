"""What ``migrate`` and ``validate`` print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from cfgcore.cli.outcome import change_data, show_changes
from cfgcore.cli.output import problem_data, show_json, show_problems, show_table, written
from cfgcore.installing.examination import Examined
from cfgcore.installing.recognition import STORE
from cfgcore.installing.report import FATES, Entry, Migration
from cfgcore.values.absent import ABSENT
from cfgcore.values.problem import Problem


def show_migration(migration: Migration, as_json: bool, *, dry_run: bool) -> None:
    """Print what became of every value; of a dry run also what would change."""
    if as_json:
        show_json(migration_data(migration))
        return
    click.echo(f"{migration.source}: {migration.format}, because {migration.why}.")
    if migration.entries:
        show_table(("what", "source", "value", "becomes", "why"), map(_row, _sorted(migration.entries)))
    if dry_run:
        show_changes(migration.changes)
        if migration.unlisted:
            click.echo(f"... and {migration.unlisted:,} more.")
    show_problems(migration.warnings, err=True)
    _show_end(migration, dry_run=dry_run)


def _show_end(migration: Migration, *, dry_run: bool) -> None:
    counts = {fate: len(migration.of(fate)) for fate in FATES}
    told = ", ".join(f"{count} {fate}" for fate, count in counts.items() if count)
    if migration.format == STORE and migration.entries:
        found = len(migration.entries)
        more = f", and {migration.omitted:,} more," if migration.omitted else ""
        are = f"value{'s' if found > 1 else ''} of users{more} {'are' if found > 1 else 'is'}"
        click.echo(f"{found} {are} invalid today: copied, and ignored until valid.")
    elif told:
        click.echo(f"{len(migration.entries)} values: {told}.")
    if migration.backup is not None:
        click.echo(f"What was there is kept as {migration.backup.name}.")
    if migration.committed:
        count = migration.records
        records = f", {count} record{'s' if count != 1 else ''}" if count else ""
        click.echo(f"{migration.target} holds revision {migration.revision}{records}.")
    elif dry_run:
        count = migration.records
        copies = f"{count:,} record{'s' if count != 1 else ''} would be copied. " if count else ""
        click.echo(f"{copies}Nothing was changed.")
    elif migration.of("mapped") or migration.of("changed"):
        click.echo(f"{migration.target} holds all of that already.")
    else:
        click.echo("There is nothing to take over.")


def migration_data(migration: Migration) -> dict[str, Any]:
    """Return a migration as plain data."""
    said = ("source", "target", "format", "why", "is_valid", "committed", "revision", "backup")
    return {name: getattr(migration, name) for name in (*said, "records", "omitted", "unlisted")} | {
        "entries": [entry_data(entry) for entry in migration.entries],
        "changes": [change_data(change) for change in migration.changes],
        "warnings": [problem_data(warning) for warning in migration.warnings],
    }


def entry_data(entry: Entry) -> dict[str, Any]:
    """Return an entry as plain data; what there is not has no key."""
    names = ("fate", "source", "line", "value", "path", "user", "why")
    data = {name: getattr(entry, name) for name in names}
    more = {"new": entry.new, "suggested": entry.suggested}
    return data | {name: value for name, value in more.items() if value is not ABSENT}


def _sorted(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: FATES.index(entry.fate))


def _row(entry: Entry) -> tuple[Any, ...]:
    whose = f" of {entry.user}" if entry.user is not None and entry.path else ""
    becomes = f"{entry.path}{whose}"
    if entry.new is not ABSENT and entry.fate == "changed" and entry.new != entry.value:
        becomes = f"{becomes} = {written(entry.new)}"
    hint = f" Try {written(entry.suggested)}." if entry.suggested not in (ABSENT, None) else ""
    place = f"{entry.source} (line {entry.line})" if entry.line is not None else entry.source
    why = f"{entry.why}{'.' if hint and not entry.why.endswith(('.', '?')) else ''}{hint}"
    return entry.fate, place, entry.value, becomes, why


def show_valid(warnings: Sequence[Problem], as_json: bool) -> None:
    """Print that the configuration is valid, and its warnings."""
    if as_json:
        show_json({"is_valid": True, "problems": [problem_data(warning) for warning in warnings]})
        return
    show_problems(warnings)
    click.echo(f"The configuration is valid{_with_warnings(len(warnings))}.")


def show_examined(found: Sequence[Examined], as_json: bool) -> None:
    """Print of each file what it was recognised as, and its problems."""
    if as_json:
        files = [
            {
                "file": one.name,
                "format": one.format,
                "why": one.why,
                "is_valid": one.is_valid,
                "problems": [problem_data(problem) for problem in one.problems],
            }
            for one in found
        ]
        show_json({"is_valid": all(one.is_valid for one in found), "files": files})
        return
    for one in found:
        if one.format:
            click.echo(f"{one.name}: {one.format}, because {one.why}.")
        show_problems(one.problems)
        errors = len(one.errors)
        state = f"wrong: {errors} error{'s' if errors > 1 else ''}" if errors else "valid"
        click.echo(f"{one.name} is {state}{'' if errors else _with_warnings(len(one.warnings))}.")


def _with_warnings(count: int) -> str:
    return f", with {count} warning{'s' if count > 1 else ''}" if count else ""
