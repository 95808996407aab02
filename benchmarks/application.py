"""The application that is measured: 84 settings in twelve sections, two settings files and thirty variables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from cfgcore import hookimpl, section, setting

PREFIX = "APP"

SECTIONS = (
    "download",
    "health",
    "fallback",
    "analytics",
    "updates",
    "notification",
    "storage",
    "models",
    "server",
    "database",
    "cache",
    "logs",
)


def _section(name: str) -> type[Any]:
    @section(name)
    class Part:
        """One of the twelve sections."""

        enabled: bool = setting(True, help="Whether it works at all.")
        max_retries: int = setting(3, minimum=0, maximum=10, help="Attempts before it gives up.")
        delay: float = setting(2.0, minimum=0.1, maximum=60, unit="s", help="Wait between attempts.")
        limit: float | None = setting(None, minimum=0.1, maximum=10_000, unit="Mbit/s", help="Highest speed.")
        mode: Literal["manual", "assisted", "automatic"] = setting("assisted", help="Who decides.")
        label: str = setting("main", pattern="[a-z][a-z0-9-]*", help="What it is called.")
        names: tuple[str, ...] = setting((), pattern="[a-z/]+", help="What it is for.")

    return Part


PARTS = [_section(name) for name in SECTIONS]


class Plugin:
    """The plugin that brings all twelve sections."""

    name = "benchmark"

    @hookimpl
    def cfgcore_sections(self) -> list[type[Any]]:
        """Return the sections."""
        return PARTS


PLUGIN = Plugin()


def variables() -> dict[str, str]:
    """Return the thirty variables."""
    return dict(list(_variables())[:30])


def _variables() -> Iterator[tuple[str, str]]:
    for number, name in enumerate(SECTIONS):
        start = f"{PREFIX}_{name.upper()}__"
        yield f"{start}MAX_RETRIES", str(number % 10)
        yield f"{start}DELAY", f"{number + 0.5}"
        yield f"{start}ENABLED", "true" if number % 2 else "false"


def write_files(folder: Path) -> list[Path]:
    """Write the two settings files: one that sets every setting, and one above it that sets forty."""
    base = [
        f"[{name}]\nenabled = true\nmax_retries = 5\ndelay = 1.5\nlimit = 100.0\n"
        f'mode = "manual"\nlabel = "part-{number}"\nnames = ["one", "two/three"]\n'
        for number, name in enumerate(SECTIONS)
    ]
    above = [f'[{name}]\ndelay = 3.5\nlimit = 50.0\nmode = "automatic"\nlabel = "other"\n' for name in SECTIONS[:10]]
    files = [folder / "settings.toml", folder / "production.toml"]
    for file, tables in zip(files, (base, above), strict=True):
        file.write_text("\n".join(tables), encoding="utf-8")
    return files
