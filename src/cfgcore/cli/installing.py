"""The commands on whole files: make a settings file to begin with."""

from __future__ import annotations

from pathlib import Path as File
from typing import Any

import click

from cfgcore.cli.asking import dry_run
from cfgcore.cli.options import application_of, application_options, json_option


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


COMMANDS = (create_default,)
