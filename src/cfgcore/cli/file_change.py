"""`set --file`: settings written into a settings file, and told where that has no effect."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

import click

from cfgcore.cli.options import Application
from cfgcore.cli.output import problem_data, show_json, show_problems
from cfgcore.cli.settings_edit import Editor
from cfgcore.cli.text_file import read_text_file
from cfgcore.declare.registry import Registry
from cfgcore.errors import CfgcoreError, UnknownPath
from cfgcore.layer.order import LAYERS
from cfgcore.values.origin import Origin, Path
from cfgcore.values.problem import Problem
from cfgcore.view.cover import holds_secret

if TYPE_CHECKING:
    from cfgcore.config import Config


def write_settings(
    application: Application, config: Config, file: File, changes: Mapping[str, Any], *, dry_run: bool, as_json: bool
) -> None:
    """Write `changes` into the TOML file `file`, or show what it would hold, and tell what hides them.

    Raises :class:`SourceError` for a file that cannot be changed, ``CfgcoreError`` for a secret in one of settings.
    """
    keyed = {config.registry.require(path): value for path, value in changes.items()}
    private = _is_private(application, file)
    if not private:
        _refuse_secrets(application, config.registry, file, keyed)
    editor = Editor(config.registry, application.environments)
    found = read_text_file(file)
    text = found.text
    for path, value in keyed.items():
        text = editor.changed(text, path, value)
    warnings = _hidden(application, config, file, keyed)
    if not dry_run:
        found.write(text.content, private=private)
    shown = editor.covered(text, private=private) if dry_run else ""
    if as_json:
        data = {"file": str(file), "written": not dry_run, "paths": [".".join(path) for path in keyed]}
        data |= {"text": shown} if dry_run else {}
        show_json(data | {"warnings": [problem_data(warning) for warning in warnings]})
        return
    click.echo(shown, nl=False) if dry_run else click.echo(f"{file} is written.")
    show_problems(warnings, err=True)


def _is_private(application: Application, file: File) -> bool:
    """Return whether `file` is for secrets: by its name, or because the application reads its secrets there."""
    named = application.arguments.get("secrets_files") or ()
    folder = File(application.arguments.get("folder") or "")
    secrets = [named] if isinstance(named, (str, File)) else named
    return file.name.startswith(".secrets.") or any(_same(folder / one, file) for one in secrets)


def _refuse_secrets(application: Application, registry: Registry, file: File, changes: Mapping[Path, Any]) -> None:
    for path, value in changes.items():
        place = registry.place(path)
        if value is not None and place is not None and (place.secret or holds_secret(place.kind)):
            dotted, prefix = ".".join(path), application.sources(registry).prefix
            raise CfgcoreError(
                f"{dotted} is a secret, and {file} is no file of secrets, which others must not read; write it with "
                f"--file .secrets.toml, into the folder of secrets, or give it in {prefix}_{'__'.join(path).upper()}"
            )


def _hidden(application: Application, config: Config, file: File, changes: Mapping[Path, Any]) -> list[Problem]:
    """Return warnings of what lies above `file`, so that what is written there does not hold."""
    files = application.sources(config.registry).files
    at = next((at for at, one in enumerate(files) if _same(one, file)), None)
    if at is None:
        message = f"the application does not read {file}; name it among its settings files, or with --settings"
        return [Problem("unread", "", message, "warning")]
    later = {one.resolve() for one in files[at + 1 :]}
    found = []
    for path in changes:
        dotted = ".".join(path)
        try:
            origin = config.explain(dotted).origin
        except UnknownPath:  # a part of a table that is not there yet: nothing hides it
            continue
        if _is_above(origin, later):
            found.append(Problem("hidden", dotted, f"it has no effect while this holds: {origin}", "warning"))
    return found


def _is_above(origin: Origin, later: set[File]) -> bool:
    if origin.layer != "file":
        return origin.layer not in LAYERS or LAYERS.index(origin.layer) > LAYERS.index("file")
    return origin.kind in ("secret", "source") or (origin.kind == "file" and File(origin.name).resolve() in later)


def _same(one: File, other: File) -> bool:
    return one.resolve() == other.resolve()
