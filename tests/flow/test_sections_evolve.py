"""Every section of the eight plugins, by the check that their authors have: all older versions lead to today's."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from cfgcore.testing import check_section

NAMES = ("analytics", "downloader", "fallback", "health", "models", "notifications", "storage", "updates")

SECTIONS: list[Any] = [
    section for name in NAMES for section in importlib.import_module(f"cfgcore_{name}.plugin").cfgcore_sections()
]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_a_section_of_any_version_becomes_one_of_today(section: Any) -> None:
    """Its examples migrate whole and in part, unknown keys survive, and its defaults read as they are written."""
    check_section(section)


def test_all_plugins_are_looked_at() -> None:
    """Eight sections of settings, and those of policies."""
    assert 8 <= len(SECTIONS)
    assert 8 == len({section.__module__.partition(".")[0] for section in SECTIONS})
