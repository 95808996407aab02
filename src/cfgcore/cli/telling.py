"""What stores log, such as an edit by hand that was set aside, told on standard error."""

from __future__ import annotations

import logging

import click


class _Standing(logging.Handler):
    """Writes on standard error what is at least a warning."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one message on one line."""
        from cfgcore.cli.output import on_one_line

        severity, colour = ("error", "red") if record.levelno >= logging.ERROR else ("warning", "yellow")
        click.echo(f"{click.style(severity, fg=colour)}: {on_one_line(record.getMessage())}", err=True)


def tell_of_stores(context: click.Context) -> None:
    """Tell what stores log until the command of `context` has ended."""
    logger, handler = logging.getLogger("cfgcore.store"), _Standing()
    logger.addHandler(handler)
    context.call_on_close(lambda: logger.removeHandler(handler))
