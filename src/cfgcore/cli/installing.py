"""The commands on whole files: make a settings file to begin with, examine files, migrate older ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path as File
from typing import Any

import click

from cfgcore.cli.asking import actor_options, dry_run, who
from cfgcore.cli.options import application_of, application_options, json_option
from cfgcore.cli.progress import if_interrupted, stages


@click.command("create-default")
@click.argument("path", type=click.Path())
@click.option("--force", is_flag=True, help="Replace the file that is there; it is kept as a backup.")
@click.option("--schema", metavar="ADDRESS", help="Name this JSON Schema to editors; `cfgcore schema` prints it.")
@dry_run
@json_option
@application_options
def create_default(path: str, force: bool, schema: str | None, dry_run: bool, as_json: bool, **options: Any) -> None:
    """Write a settings file with every setting as a comment: its meaning, bounds, unit and default.

    PATH ends in .toml, .yaml or .json, which holds only what is required, because JSON knows no comments.
    """
    from cfgcore.cli.output import show_json
    from cfgcore.installing.default_file import sample_for, write_sample

    application, file = application_of(options), File(path)
    _, registry = application.load()
    prefix = application.arguments.get("env_prefix", "CFGCORE")
    if dry_run:
        click.echo(sample_for(file, registry, prefix, schema), nl=False)
        return
    written = write_sample(file, registry, force=force, env_prefix=prefix, schema=schema)
    count = len(registry.setting_paths())
    if as_json:
        show_json({"file": path, "backup": written.backup, "settings": count})
        return
    click.echo(f"{path} is written, with {count} setting{'s' if count != 1 else ''}.")
    if written.backup is not None:
        click.echo(f"What was there is kept as {written.backup.name}.")


from_format = click.option("--from", "format_", metavar="FORMAT", help="The format, where several recognise it.")


@click.command()
@click.argument("source")
@click.argument("target")
@click.option("--user", default="local", show_default=True, help="Whose preferences a file holds that names nobody.")
@from_format
@click.option("--explicit", is_flag=True, help="Keep values that are equal to the defaults of then.")
@click.option("--keep-unmapped", is_flag=True, help="Store what has no place under 'unmapped'.")
@click.option("--force", is_flag=True, help="Replace a target that is something else, or holds other values.")
@click.option("--no-backup", is_flag=True, help="Do not keep what the target holds.")
@dry_run
@actor_options
@json_option
@application_options
def migrate(
    source: str,
    target: str,
    user: str,
    format_: str | None,
    explicit: bool,
    keep_unmapped: bool,
    force: bool,
    no_backup: bool,
    dry_run: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Take over a settings file, an older file or a store into the store TARGET; SOURCE is never modified.

    What was mapped, changed and dropped is listed, with the reasons. Exit status 1 if a value was invalid; the others
    are taken over nevertheless.
    """
    from dataclasses import replace

    from cfgcore.cli.migrated import show_migration
    from cfgcore.installing.migration import migrated
    from cfgcore.installing.order import Order
    from cfgcore.store.address import shown

    by = who(options)
    application = application_of(options)
    if_interrupted(f"{shown(target)} is as it was; the same command starts again, or goes on where it copies a store.")
    order = Order(
        user=user,
        format=format_,
        explicit=explicit,
        keep_unmapped=keep_unmapped,
        force=force,
        backup=not no_backup,
        dry_run=dry_run,
        environment=application.environments,
        actor=by["actor"] or "migrate",
        reason=by["reason"],
    )
    plugins, registry = application.load()
    with stages() as told:
        migration = migrated(source, target, plugins, registry, replace(order, progress=told))
    show_migration(migration, as_json, dry_run=dry_run)
    click.get_current_context().exit(0 if migration.is_valid else 1)


@click.command()
@click.argument("files", nargs=-1)
@from_format
@json_option
@application_options
def validate(files: Sequence[str], format_: str | None, as_json: bool, **options: Any) -> None:
    """Check the whole configuration and list every problem; warnings do not fail.

    With FILES, examine these by themselves: settings files, documents and stores, files of older formats.
    """
    from cfgcore.cli.migrated import show_examined, show_valid
    from cfgcore.installing.examination import examine

    application = application_of(options)
    if not files:
        with application.open(show_warnings=False) as config:
            show_valid(config.warnings, as_json)
        return
    plugins, registry = application.load()
    found = [examine(file, plugins, registry, format_, application.environments) for file in files]
    show_examined(found, as_json)
    click.get_current_context().exit(0 if all(one.is_valid for one in found) else 1)


COMMANDS = (create_default, migrate, validate)
