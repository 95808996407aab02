"""The commands that say what is declared, whatever the values are."""

from __future__ import annotations

from typing import Any

import click

from cfgcore.cli.options import Application, application_of, application_options, json_option
from cfgcore.cli.output import show_json, show_table
from cfgcore.declare.json_schema import configuration_schema, section_schema
from cfgcore.declare.reference import settings_reference
from cfgcore.declare.registry import Registry
from cfgcore.errors import UnknownPath


@click.command()
@click.argument("section", required=False)
@click.option("--markdown", is_flag=True, help="Print a reference of all settings for people instead.")
@application_options
def schema(section: str | None, markdown: bool, **options: Any) -> None:
    """Print the JSON Schema of the configuration, or of one SECTION, for editors and other tools."""
    if markdown:
        show_reference(application_of(options))
    else:
        show_schema(application_of(options), section)


@click.command()
@json_option
@application_options
def plugins(as_json: bool, **options: Any) -> None:
    """List the plugins with what each contributes, and those that could not be loaded."""
    show_plugins(application_of(options), as_json)


COMMANDS = (schema, plugins)


def show_schema(application: Application, section: str | None) -> None:
    """Print the JSON Schema of the configuration, or of one section."""
    _, registry = application.load()
    if section is None:
        show_json(configuration_schema(registry, application.sources(registry).environments))
        return
    found = registry.section_named(section)
    if found is None:
        raise UnknownPath(registry.canonical((section,))[1] or f"unknown section {section!r}")
    show_json(section_schema(found))


def show_reference(application: Application) -> None:
    """Print a reference of all settings in Markdown."""
    _, registry = application.load()
    click.echo(settings_reference(registry, application.sources(registry).prefix), nl=False)


def show_plugins(application: Application, as_json: bool) -> None:
    """Print the plugins and what each contributes; then those that could not be loaded."""
    loaded, registry = application.load(on_plugin_error="skip")
    rows = [
        {"plugin": name, "version": loaded.versions.get(name, ""), **_contributed(registry, name)}
        for name in loaded.names
    ]
    failures = [str(failure) for failure in loaded.failures]
    if as_json:
        show_json({"plugins": rows, "failures": failures})
        return
    if not rows:
        click.echo("No plugins. Install some, or name one with --plugin.")
    else:
        show_table(
            ("plugin", "version", "sections", "rules", "profiles", "flags"),
            [[", ".join(cell) if isinstance(cell, list) else str(cell) for cell in row.values()] for row in rows],
        )
    for failure in failures:
        click.echo(f"{click.style('error', fg='red', bold=True)}: {failure}", err=True)


def _contributed(registry: Registry, plugin: str) -> dict[str, Any]:
    profiles = [f"{profile.value}" for owner, profile in registry.profiles if owner == plugin]
    return {
        "sections": [name for name, section in registry.sections.items() if section.plugin == plugin],
        "rules": [rule.code for owner, rule in registry.rules if owner == plugin],
        "profiles": [getattr(value, "value", value) for value in profiles],
        "flags": [
            f"{name} {flag.default if flag.variants else 'on' if flag.default else 'off'}"
            for name, (owner, flag) in registry.flags.items()
            if owner == plugin
        ],
    }
