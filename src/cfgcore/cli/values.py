"""Commands whose arguments are values: a negative number is one, and no option."""

from __future__ import annotations

import re
from typing import Any

import click

_NEGATIVE = re.compile(r"-\.?[0-9].*", re.DOTALL)

#: What stands before a negative number while options are looked for; no argument of a process can hold it.
_MARK = "\0"


class ValuesCommand(click.Command):
    """A command like ``set PATH VALUE``, which takes ``-5`` for a value. What follows an option is that option's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, with negative numbers hidden from the search for options."""
        end = args.index("--") if "--" in args else len(args)
        marked = [_marked(arg, args[at - 1] if at else "") if at < end else arg for at, arg in enumerate(args)]
        rest = super().parse_args(ctx, marked)
        ctx.params = {name: _bare(value) for name, value in ctx.params.items()}
        return rest


def _marked(arg: str, before: str) -> str:
    return f"{_MARK}{arg}" if _NEGATIVE.fullmatch(arg) and not before.startswith("--") else arg


def _bare(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_bare, value))
    return value.removeprefix(_MARK) if isinstance(value, str) else value
