"""The options of commands that change something or look back: for whom, by whom, why, since when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

dry_run = click.option("--dry-run", is_flag=True, help="Check and show what would change; change nothing.")
clamp = click.option(
    "--clamp", is_flag=True, help="Bring what policies do not allow within what they do, with a warning."
)
expect = click.option(
    "--expect", type=int, metavar="REVISION", help="Refuse if the values were changed after REVISION."
)


def actor_options(command: F) -> F:
    """Give a command the options that say by whom and why."""
    command = click.option("--reason", default="", help="Why; kept in the history.")(command)
    return click.option("--actor", help="Who; the name of the login unless given.")(command)


def change_options(command: F) -> F:
    """Give a command the options that say for whom, by whom and why."""
    user = click.option("--user", help="The user whose values these are; everyone's unless given.")
    return user(actor_options(command))


def whom(options: dict[str, Any]) -> dict[str, Any]:
    """Take user, actor and reason out of `options` and return them."""
    return {"user": options.pop("user"), **who(options)}


def who(options: dict[str, Any]) -> dict[str, Any]:
    """Take actor and reason out of `options` and return them."""
    return {"actor": options.pop("actor") or _login(), "reason": options.pop("reason")}


def moment(text: str | None) -> Any:
    """Return a revision as a number, and a time as the text it is."""
    return int(text) if text is not None and text.isdecimal() else text


def _login() -> str | None:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return None
