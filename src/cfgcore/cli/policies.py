"""The commands of an administrator: policies and their rules, profiles, and users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from cfgcore.cli.asking import actor_options, dry_run, expect, who
from cfgcore.cli.options import application_of, application_options, json_option
from cfgcore.cli.values import ValuesCommand

if TYPE_CHECKING:
    from cfgcore.config import Config

_PREFIX = "policies."


@click.group()
def policy() -> None:
    """What administrators demand: PATH is section.name, as in storage.max_user_storage_gb."""


@policy.command("show")
@click.argument("prefix", required=False, default="")
@json_option
@application_options
def show_policies(prefix: str, as_json: bool, **options: Any) -> None:
    """Show every policy with its value and where it came from; only those of PREFIX."""
    from cfgcore.cli.reading import show_settings

    with application_of(options).looked_at(repair=True) as config:
        show_settings(config, _full(prefix) if prefix else "policies", as_json)


@policy.command("set", cls=ValuesCommand)
@click.argument("pairs", nargs=-1, required=True, metavar="PATH VALUE [PATH VALUE]...")
@expect
@dry_run
@actor_options
@json_option
@application_options
def set_policies(pairs: Sequence[str], dry_run: bool, expect: int | None, as_json: bool, **options: Any) -> None:
    """Set policies; several pairs are one change. VALUE is read as a variable is."""
    by = who(options)
    with application_of(options).open(repair=True) as config:
        _change(config, _pairs(config, pairs), by, expect, dry_run=dry_run, as_json=as_json)


@policy.command("plan", cls=ValuesCommand)
@click.argument("pairs", nargs=-1, required=True, metavar="PATH VALUE [PATH VALUE]...")
@click.option("--examples", type=click.IntRange(0), default=20, show_default=True, help="How many are shown.")
@actor_options
@json_option
@application_options
def plan_policies(pairs: Sequence[str], examples: int, as_json: bool, **options: Any) -> None:
    """Say whose effective values a change of policies would change, and how; nothing is changed."""
    from cfgcore.cli.surveying import show_touched

    by = who(options)
    with application_of(options).looked_at(repair=True) as config:
        show_touched(config.plan(_pairs(config, pairs), user=None, **by), examples, as_json)


@policy.command("rules")
@click.option("--add", "added", multiple=True, metavar="JSON", help='A rule: {"path": "a.b", "maximum": 5, ...}.')
@click.option("--remove", "removed", multiple=True, type=click.IntRange(1), metavar="NUMBER", help="Take a rule away.")
@expect
@dry_run
@actor_options
@json_option
@application_options
def rules(
    added: Sequence[str],
    removed: Sequence[int],
    dry_run: bool,
    expect: int | None,
    as_json: bool,
    **options: Any,
) -> None:
    """List the rules that administrators made of single settings; add some, take some away."""
    from cfgcore.cli.surveying import changed_rules, show_rules

    by = who(options)
    with application_of(options).open(repair=True) as config:
        if added or removed:
            changes = {f"{_PREFIX}rules": changed_rules(config, added, removed)}
            _change(config, changes, by, expect, dry_run=dry_run, as_json=as_json)
        else:
            show_rules(config, as_json)


@click.command()
@json_option
@application_options
def profiles(as_json: bool, **options: Any) -> None:
    """List the profiles: what selects them, what each of them sets, and the plugin that says so."""
    from cfgcore.cli.surveying import show_profiles

    _, registry = application_of(options).load()
    show_profiles(registry, as_json)


@click.command()
@click.option("--after", default="", metavar="USER", help="Begin behind this one, as the last page ended.")
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="How many.")
@json_option
@application_options
def users(after: str, limit: int, as_json: bool, **options: Any) -> None:
    """List the users who have stored something, in the order of their ids, with what they set."""
    from cfgcore.cli.surveying import show_users

    with application_of(options).looked_at(repair=True) as config:
        show_users(config, after, limit, as_json)


COMMANDS = (policy, profiles, users)


def _full(path: str) -> str:
    return path if path.startswith(_PREFIX) or path == "policies" else f"{_PREFIX}{path}"


def _pairs(config: Config, pairs: Sequence[str]) -> dict[str, Any]:
    from cfgcore.cli.changing import typed_pairs

    return typed_pairs(config, [_full(text) if index % 2 == 0 else text for index, text in enumerate(pairs)])


def _change(
    config: Config, changes: dict[str, Any], by: dict[str, Any], expect: int | None, *, dry_run: bool, as_json: bool
) -> None:
    from cfgcore.cli.outcome import show_outcome, show_plan

    if dry_run:
        show_plan(config.plan(changes, user=None, expected_revision=expect, **by), as_json)
    else:
        show_outcome(config.update(changes, user=None, expected_revision=expect, **by), as_json)
