"""The commands that say what the values are, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cfgcore.cli.options import application_of, application_options, complete_path, json_option
from cfgcore.cli.output import on_one_line, show_json, show_table, written
from cfgcore.errors import UnknownPath
from cfgcore.view.cover import cover, cover_section

if TYPE_CHECKING:
    from cfgcore.config import Config
    from cfgcore.view.explanation import Explanation
    from cfgcore.view.view import View

_user = click.option("--user", help="What holds for this user; for everyone unless given.")


@click.command()
@click.argument("prefix", required=False, default="", shell_complete=complete_path)
@_user
@json_option
@application_options
def show(prefix: str, user: str | None, as_json: bool, **options: Any) -> None:
    """Show every setting with its value and where it came from; only those of a section or path PREFIX."""
    with application_of(options).looked_at() as config:
        show_settings(config, prefix, as_json, user)


@click.command()
@click.argument("path", shell_complete=complete_path)
@_user
@json_option
@application_options
def get(path: str, user: str | None, as_json: bool, **options: Any) -> None:
    """Print the value at PATH, as a program wants it. Secrets print as dots."""
    with application_of(options).looked_at() as config:
        show_value(config, path, as_json, user)


@click.command()
@click.argument("path", shell_complete=complete_path)
@_user
@json_option
@application_options
def explain(path: str, user: str | None, as_json: bool, **options: Any) -> None:
    """Say why the setting at PATH has its value: what every layer said, weakest first."""
    with application_of(options).looked_at() as config:
        show_explanation(config.explain(path, user=user), as_json)


COMMANDS = (show, get, explain)


def show_settings(config: Config, prefix: str, as_json: bool, user: str | None = None) -> None:
    """Print the settings at or below `prefix`, of a user or everyone. Raises ``UnknownPath`` where there are none."""
    start = ".".join(config.registry.require(prefix)) if prefix else ""
    paths = [path for path in config.registry.setting_paths() if not start or f"{path}.".startswith(f"{start}.")]
    wanted = paths or [start] if start else [path for path in paths if path.split(".")[0] in config.view]
    found = [config.explain(path, user=user) for path in wanted]
    if not prefix and not as_json and not config.plugins.names:
        click.echo("No plugin declares a setting. Install plugins, or name one with --plugin.")
        return
    if as_json:
        show_json({one.path: {"value": one.value, "unit": one.unit, "origin": str(one.origin)} for one in found})
        return
    rows = [(one.path, one.value, one.unit or "", one.origin) for one in found]
    show_table(
        ("setting", "value", "unit", "origin"), [(path, value, unit, str(origin)) for path, value, unit, origin in rows]
    )


def show_value(config: Config, path: str, as_json: bool, user: str | None = None) -> None:
    """Print one value, or the values of a whole section, of a user or everyone."""
    value = _covered(config, path, config.view if user is None else config.for_user(user))
    if as_json:
        show_json(value)
    elif isinstance(value, dict):
        for name, below in value.items():
            click.echo(f"{name} = {written(below)}")
    else:
        click.echo(written(value))


def _covered(config: Config, path: str, view: View) -> Any:
    keys = config.registry.require(path)
    if len(keys) == 1:
        return cover_section(config.registry.sections[keys[0]].settings, getattr(view, keys[0]))
    place = config.registry.place(keys)
    value = view.get(".".join(keys))
    if place is None:
        raise UnknownPath(f"{path!r} names no setting")
    return "••••" if place.secret and value is not None else cover(place.kind, value)


def show_explanation(explanation: Explanation, as_json: bool) -> None:
    """Print what every layer said of a setting, and which of them holds."""
    if as_json:
        show_json(_data(explanation))
        return
    unit = f" {explanation.unit}" if explanation.unit else ""
    click.echo(f"{click.style(explanation.path, bold=True)} = {on_one_line(written(explanation.value))}{unit}")
    click.echo(f"  {explanation.help}" if explanation.help else "", nl=bool(explanation.help))
    click.echo(f"  expects {explanation.expects}\n")
    rows = [(said.layer, said.value, f"{said.origin}{_operation(said.operation)}") for said in explanation.said]
    show_table(("layer", "said", "where"), rows)
    click.echo(f"\nThe last one holds: {explanation.origin}." if rows else "\nNothing sets it.")
    for policy in explanation.policies:
        click.echo(f"Bound by {on_one_line(policy)}.")
    for report in explanation.reports:
        click.echo(f"Not bound, only reported: {on_one_line(report)}.")
    for reason in explanation.unread:
        click.echo(f"Not read: {on_one_line(reason)}.")


def _operation(operation: str) -> str:
    return "" if operation == "set" else f" ({operation.replace('_', ' ')})"


def _data(explanation: Explanation) -> dict[str, Any]:
    said = [
        {"layer": said.layer, "value": said.value, "origin": str(said.origin), "operation": said.operation}
        for said in explanation.said
    ]
    shown = {name: getattr(explanation, name) for name in ("path", "value", "help", "unit", "expects")}
    return shown | {
        "origin": str(explanation.origin),
        "said": said,
        "policies": list(explanation.policies),
        "reports": list(explanation.reports),
        "unread": list(explanation.unread),
    }
