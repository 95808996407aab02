"""How flags are read from a command line, and printed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click

from cfgcore.change.flag_report import FlagExplanation, FlagSummary
from cfgcore.cli.output import problem_data, show_json, show_problems, show_table
from cfgcore.values.frozen import plain

_WORDS = {"true": True, "yes": True, "false": False, "no": False}


def flag_value(text: str) -> Any:
    """Return the value of a flag that text spells: true, false, a definition as JSON, or itself."""
    if text.lstrip().startswith("{"):
        return _json(text, "VALUE")
    return _WORDS.get(text.strip().lower(), text.strip())


def percentages(shares: Sequence[str]) -> float | dict[str, float]:
    """Return one percentage, or several by variant: ``25``, ``b=10 c=20``; a per-cent sign may follow."""
    if len(shares) == 1 and "=" not in shares[0]:
        return _percentage(shares[0])
    found: dict[str, float] = {}
    for share in shares:
        variant, sign, percent = share.rpartition("=")
        if not sign or variant in found:
            raise click.UsageError(f"{share!r} is not VARIANT=PERCENT, once for each variant")
        found[variant] = _percentage(percent)
    return found


def read_context(text: str | None) -> dict[str, Any] | None:
    """Return the context that text spells as JSON."""
    context = _json(text, "--context") if text is not None else None
    if context is not None and not isinstance(context, dict):
        raise click.UsageError('--context is a table as JSON, such as \'{"plan": "pro"}\'')
    return context


def show_flags(found: Iterable[FlagSummary], as_json: bool) -> None:
    """Print flags, one a row."""
    if as_json:
        show_json([_summary_data(flag) for flag in found])
        return
    flags = list(found)
    rows = [(flag.flag, flag.told, str(flag.origin), flag.owner, _expiry(flag)) for flag in flags]
    show_table(("flag", "gives", "from", "owner", "expires"), rows)
    show_problems((problem for flag in flags for problem in flag.problems), err=True)


def _expiry(flag: FlagSummary) -> str:
    return f"{flag.expires or ''}{' (expired)' if flag.is_expired else ''}"


def show_flag_explanation(found: FlagExplanation, as_json: bool) -> None:
    """Print why a flag has its value."""
    if not as_json:
        click.echo(str(found))
        return
    evaluation, bucket = found.evaluation, found.bucket
    names = ("flag", "value", "variant", "reason", "revision", "error", "message")
    show_json(
        {
            **{name: plain(getattr(evaluation, name)) for name in names},
            "user": found.user,
            "override": found.override,
            "ignored": found.ignored,
            "layers": [{"origin": str(layered.origin), "value": layered.value} for layered in found.layers],
            "steps": [{"place": step.place, "told": step.told} for step in found.steps],
            "bucket": None if bucket is None else plain(bucket),
        }
    )


def _percentage(text: str) -> float:
    try:
        number = float(text.strip().rstrip("%"))
    except ValueError:
        raise click.UsageError(f"{text!r} is not a percentage, a number from 0 to 100") from None
    return int(number) if number.is_integer() else number


def _json(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{what} is not JSON: {error}") from error


def _summary_data(flag: FlagSummary) -> dict[str, Any]:
    names = ("flag", "state", "default", "definition", "description", "owner", "expires")
    return {
        **{name: plain(getattr(flag, name)) for name in names},
        "is_expired": flag.is_expired,
        "gives": flag.told,
        "rollout": dict(flag.rollout),
        "origin": {"layer": flag.origin.layer, "place": flag.origin.place, "line": flag.origin.line},
        "problems": [problem_data(problem) for problem in flag.problems],
    }
