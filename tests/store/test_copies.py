"""What is told of copies beside a store that may hold what was erased."""

from __future__ import annotations

from pathlib import Path

import pytest

from cfgcore.store import copies
from cfgcore.store.copies import tell_of_copies


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A store's file, with copies of other things beside it."""
    file = tmp_path / "config.json"
    for name in ("config.json", "config.json.journal", "other.json.backup-1", "config.json.backup-1"):
        (tmp_path / name).write_text('{"users": {"bob": {}}}' if "backup" in name else '"alice"')
    (tmp_path / "config.json.before-2").mkdir()
    return file


def test_a_copy_that_holds_the_user_is_told(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each of them by name; the store's own files, copies of others and folders are none."""
    for name in ("edited-1", "before-1", "backup-monday"):
        file.with_name(f"config.json.{name}").write_text('{"users": {"alice": {}}}')
    tell_of_copies(file, "user/alice")
    assert ["backup-monday", "before-1", "edited-1"] == [
        record.getMessage().partition(":")[0].rpartition(".")[2] for record in caplog.records
    ]


def test_a_copy_that_is_too_large_may_hold_it(
    file: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not read, and told."""
    monkeypatch.setattr(copies, "_SIZE_LIMIT", 10)
    tell_of_copies(file, "user/alice")
    assert [f"{file}.backup-1"] == [record.getMessage().partition(": ")[0] for record in caplog.records]


def test_what_cannot_be_looked_at_is_told(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An erasure that is done does not fail for its copies."""
    tell_of_copies(file / "nowhere" / "config.json", "user/alice")
    (record,) = caplog.records
    assert "copies beside it may still hold what was erased of 'alice'" in record.getMessage()
