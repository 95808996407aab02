"""Values that look like options."""

from __future__ import annotations

from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner, Result

from cfgcore.cli.values import ValuesCommand

Run = Callable[..., Result]


@click.command(cls=ValuesCommand)
@click.argument("values", nargs=-1)
@click.option("--expect", type=int)
@click.option("--dry-run", is_flag=True)
def show(values: tuple[str, ...], expect: int | None, dry_run: bool) -> None:
    """Print what was given."""
    click.echo(f"{values} {expect} {dry_run}")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["a.b", "-1"], "('a.b', '-1') None False"),
        (["a.b", "-.5", "c.d", "-1e5", "--dry-run"], "('a.b', '-.5', 'c.d', '-1e5') None True"),
        (["a.b", "-1", "--expect", "-7"], "('a.b', '-1') -7 False"),
        (["--expect", "-7", "--", "a.b", "-1", "--dry-run", "-x"], "('a.b', '-1', '--dry-run', '-x') -7 False"),
        (["a.b", "5", "-1\n"], "('a.b', '5', '-1\\n') None False"),
        ([], "() None False"),
    ],
)
def test_negative_numbers_are_values(arguments: list[str], told: str) -> None:
    """Wherever they stand but behind an option; behind ``--`` everything is a value."""
    assert f"{told}\n" == CliRunner().invoke(show, arguments).stdout


@pytest.mark.parametrize("argument", ["-x", "--expct", "-"])
def test_options_are_still_checked(argument: str) -> None:
    """What begins with a dash and is no number is an option, known or not; a dash alone is a value."""
    assert (0 if argument == "-" else 2) == CliRunner().invoke(show, ["a.b", argument]).exit_code
