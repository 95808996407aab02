"""Whether the files of a store can be written, while others make and remove them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cfgcore.store.place import unwritable


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that is there."""
    file = tmp_path / "store.db-shm"
    file.touch()
    return file


def looking(monkeypatch: pytest.MonkeyPatch, look: Callable[[Path], bool]) -> None:
    """Let `look` say whether a file may be written."""

    def access(file: Path, _mode: int, **_how: Any) -> bool:
        return look(file)

    monkeypatch.setattr(os, "access", access)


def test_a_file_that_is_there_and_denied_is_named(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """The first one counts."""
    looking(monkeypatch, lambda _file: False)
    assert f"{file} cannot be written by this user" == unwritable(file.with_name("nothing"), file, file.parent)


def test_a_file_that_is_not_there_is_not_denied(file: Path) -> None:
    """It can be made, if its folder may be written."""
    assert unwritable(file.with_name("nothing"), file, file.parent) is None


def test_a_file_that_goes_meanwhile_is_not_denied(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """Who closes a database last removes the index of its log, while others open it."""

    def look(file: Path) -> bool:
        file.unlink(missing_ok=True)
        return file.exists()

    looking(monkeypatch, look)
    assert unwritable(file) is None


def test_a_file_that_comes_meanwhile_is_not_denied(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """It was not there at the first look, and is at the second."""
    file.unlink()

    def look(file: Path) -> bool:
        was_there = file.exists()
        file.touch()
        return was_there

    looking(monkeypatch, look)
    assert unwritable(file) is None
