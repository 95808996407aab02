"""Completion of setting paths in a shell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def complete(process: Callable[..., Any]) -> Callable[[str], list[str]]:
    """What bash is offered for the last word of a line."""

    def offered(line: str) -> list[str]:
        count = len(line.split()) - (0 if line.endswith(" ") else 1)
        environ = {"_CFGCORE_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(count)}
        found = process(environ=environ)
        assert (0, "") == (found.returncode, found.stderr)
        return [text.partition(",")[2] for text in found.stdout.splitlines() if text]

    return offered


@pytest.mark.parametrize("command", ["get", "explain", "show"])
def test_paths(complete: Callable[[str], list[str]], command: str) -> None:
    """Sections and settings are offered, by what is typed so far."""
    assert ["shop", "policies", "shop.name"] == complete(f"cfgcore {command} ")[:3]
    assert ["shop.shelves", "shop.size"] == complete(f"cfgcore {command} shop.s")
    assert [] == complete(f"cfgcore {command} nothing")


def test_options_count(complete: Callable[[str], list[str]]) -> None:
    """Options that stand on the line already are heeded: a plugin that is left out offers nothing."""
    assert [] == complete("cfgcore get --disable shop shop.s")


def test_commands_and_options(complete: Callable[[str], list[str]]) -> None:
    """Commands and options are offered as well."""
    assert ["doctor"] == complete("cfgcore doc")
    assert "--settings" in complete("cfgcore show --se")


def test_nothing_is_said_where_nothing_can_be_loaded(complete: Callable[[str], list[str]], project: Path) -> None:
    """Wrong files and plugins do not print into the line that one types."""
    (project / "plugins" / "broken.py").write_text("raise SystemExit(3)\n")
    assert ["shop.shelves", "shop.size"] == complete("cfgcore get shop.s")
    (project / "settings.toml").write_text("[")
    assert ["shop.shelves", "shop.size"] == complete("cfgcore get shop.s")
    (project / "cfgcore.toml").write_text("[")
    assert [] == complete("cfgcore get shop.s")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell(process: Callable[..., Any], shell: str) -> None:
    """Each shell has its forms of words, with the setting's help where the shell shows it."""
    environ = {
        "_CFGCORE_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "cfgcore get shop.s",
        "COMP_CWORD": "2" if shell != "fish" else "shop.s",
    }
    found = process(environ=environ)
    assert 0 == found.returncode
    assert "shop.shelves" in found.stdout
    assert ("How many there are." in found.stdout) is (shell != "bash")
