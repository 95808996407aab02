"""What ``policy``, ``profiles`` and ``users`` print."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from cfgcore.change.commit import Plan
from cfgcore.change.comparison import Touch
from cfgcore.change.survey import Touched
from cfgcore.cli.outcome import change_data, show_changes
from cfgcore.cli.output import problem_data, show_json, show_problems, show_table, written
from cfgcore.config import Config
from cfgcore.declare.registry import Registry
from cfgcore.errors import ValidationFailed
from cfgcore.values.frozen import plain
from cfgcore.values.problem import REDACTED, Problem
from cfgcore.view.cover import cover


def show_touched(plan: Plan, examples: int, as_json: bool) -> None:
    """Print what a plan would change, whose effective values that would touch, and some examples."""
    with _progress(as_json) as progress:
        touched = plan.users(examples=examples, progress=progress) if plan else Touched(0, 0, (), ())
    if as_json:
        show_json(
            {
                "changes": [change_data(change) for change in plan.changes],
                "warnings": [problem_data(warning) for warning in plan.warnings],
                **_touched_data(touched),
                "reported": None if touched.reported is None else _touched_data(touched.reported),
            }
        )
        return
    show_changes(plan.changes)
    show_problems(plan.warnings, err=True)
    _show_touched("It would touch", touched)
    if touched.reported is not None:
        _show_touched("Rules that only report, if they were enforced, would touch", touched.reported)


def _show_touched(said: str, touched: Touched) -> None:
    whom = "user who has" if touched.total == 1 else "users who have"
    click.echo(f"{said} {touched.count:,} of {touched.total:,} {whom} stored something.")
    if touched.everyone or touched.examples:
        both = (*touched.everyone, *touched.examples)
        rows = [(touch.user or "everyone else", touch.path, touch.old, touch.new) for touch in both]
        show_table(("user", "setting", "now", "then"), rows)


def _touched_data(touched: Touched) -> dict[str, Any]:
    return {
        "count": touched.count,
        "total": touched.total,
        "everyone": [_touch_data(touch) for touch in touched.everyone],
        "examples": [_touch_data(touch) for touch in touched.examples],
    }


def _touch_data(touch: Touch) -> dict[str, Any]:
    return {"user": touch.user, "path": touch.path, "old": touch.old, "new": touch.new}


@contextmanager
def _progress(as_json: bool) -> Iterator[Callable[[int], None] | None]:
    """Show how many users are done, on a terminal."""
    if as_json or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("{task.completed:,.0f} users"), TimeElapsedColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        task = bar.add_task("users", total=None)
        yield lambda done: bar.update(task, completed=done)


def changed_rules(config: Config, added: Sequence[str], removed: Sequence[int]) -> list[Any]:
    """Return the stored rules without some, and with others. Raises :class:`ValidationFailed` for what is none."""
    stored = config.explain("policies.rules", user=None).said
    kept = next((list(said.value) for said in reversed(stored) if said.layer == "stored"), [])
    for number in removed:
        if number > len(kept):
            message = f"there is no stored rule {number}; there are {len(kept)}"
            raise ValidationFailed([Problem("unknown", "policies.rules", message)])
    rest = [rule for number, rule in enumerate(kept, start=1) if number not in removed]
    return [*rest, *map(_rule, added)]


def _rule(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValidationFailed([Problem("type", "policies.rules", f"{text!r} is no JSON: {error}")]) from None


def show_rules(config: Config, as_json: bool) -> None:
    """Print the rules that hold, sparse as they were written."""
    rules = [_sparse(rule) for rule in plain(config.get("policies.rules", ()))]
    if as_json:
        show_json(rules)
        return
    if not rules:
        click.echo("No rules.")
        return
    rows = []
    for number, rule in enumerate(rules, start=1):
        path, reason = rule.pop("path"), rule.pop("reason", "")
        demand = ", ".join(f"{name} {written(value)}" for name, value in rule.items())
        rows.append((number, path, demand, reason))
    show_table(("rule", "setting", "demands", "why"), rows)


def _sparse(rule: dict[str, Any]) -> dict[str, Any]:
    usual = {"none_means_unlimited": True, "no_value": False, "mode": "enforce", "level": "mandatory", "reason": ""}
    return {name: value for name, value in rule.items() if value not in (None, []) and usual.get(name) != value}


def show_profiles(registry: Registry, as_json: bool) -> None:
    """Print what selects profiles, what each sets, and who says so."""
    found = [
        {
            "selector": profile.selector,
            "value": plain(profile.value),
            "path": path,
            "sets": _shown(registry, path, plain(value)),
            "plugin": plugin,
        }
        for plugin, profile in registry.profiles
        for path, value in profile.values.items()
    ]
    if as_json:
        show_json(found)
    elif not found:
        click.echo("No profiles.")
    else:
        rows = [(f"{one['selector']} = {one['value']}", one["path"], one["sets"], one["plugin"]) for one in found]
        show_table(("profile", "setting", "value", "plugin"), sorted(rows, key=lambda row: row[0]))


def _shown(registry: Registry, path: str, value: Any) -> Any:
    place = registry.place(tuple(path.split(".")))
    if place is None or value is None:
        return value
    return REDACTED if place.secret else cover(place.kind, value)


def show_users(config: Config, after: str, limit: int, as_json: bool) -> None:
    """Print users with the revision that wrote them last and how many values they set."""
    found = config.users(after=after, limit=limit)
    if as_json:
        show_json([{"user": one.user, "revision": one.revision, "settings": list(one.paths)} for one in found])
    elif not found:
        click.echo("No users.")
    else:
        rows = [(one.user, one.revision, ", ".join(one.paths)) for one in found]
        show_table(("user", "revision", "settings"), rows)
