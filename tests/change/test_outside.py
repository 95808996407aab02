"""A JSON store's file edited by hand: taken in like any change, or set aside; never overwritten unseen."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cfgcore import Config


@pytest.fixture
def url() -> str:
    """Only the JSON store has a file that people edit."""
    return "store.json"


@pytest.fixture
def edit(tmp_path: Path) -> Callable[[Callable[[dict[str, Any]], None]], None]:
    """A function that edits the store's file as a person with an editor would."""

    def by_hand(change: Callable[[dict[str, Any]], None]) -> None:
        file = tmp_path / "store.json"
        data = json.loads(file.read_text(encoding="utf-8"))
        change(data)
        file.write_text(json.dumps(data, indent=4), encoding="utf-8")

    return by_hand


def test_a_valid_edit_becomes_a_commit(config: Config, edit: Any) -> None:
    """It is checked, published, and in the history with its own actor."""
    config.update({"download.max_retries": 5, "download.base": 3.0})
    edit(lambda data: data["system"]["values"]["download"].update(max_retries=7))
    assert config.reload().effective == ()
    assert 7 == config.download.max_retries
    commit = config.history()[0]
    assert ("edited outside", "edited outside") == (commit.action, commit.actor)
    assert [("download.max_retries", 5, 7)] == [(c.path, c.old, c.new) for c in commit.changes]
    assert config.audit.verify()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: data["system"].update(foo=1), "system: 'foo' is none of"),
        (lambda data: data["system"]["versions"].update(download=9), "the store's own"),
        (lambda data: data["cfgcore"].update(foo=1), "cfgcore: 'foo' is none of"),
        (lambda data: data["cfgcore"].update(horizon=1), "'cfgcore' is the store's own"),
        (lambda data: data["cfgcore"].update(format=2), "a newer cfgcore"),
    ],
)
def test_an_edit_beside_the_values_is_set_aside(
    config: Config, edit: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, change: Any, reason: str
) -> None:
    """What says nothing, or is the store's own, is not lost in silence: the file is kept, and the reason is logged."""
    config.update({"download.max_retries": 5})
    edit(change)
    config.reload()
    assert 1 == config.history()[0].revision
    assert (tmp_path / "store.json.edited-1").exists()
    assert [reason] == [reason for record in caplog.records if reason in record.getMessage()]


def test_a_secret_that_is_missing_is_told(reopen: Callable[..., Config], config: Config, tmp_path: Path) -> None:
    """The value below counts; a warning, explain and the audit say that a secret is missing."""
    config.update({"download.token": "c4nary"})
    config.close()
    (tmp_path / "store.json.secrets").unlink()
    config = reopen()
    assert ["missing_secret"] == [warning.code for warning in config.warnings]
    assert "its secret is missing" in config.explain("download.token").unread[0]
    assert "download.token: its secret is missing" in str(config.audit.verify().break_at)
    config.update({"download.token": "again"})
    assert ((), True) == (config.warnings, bool(config.audit.verify()))


def test_an_edit_while_nobody_looked_is_taken_in_at_open(
    config: Config, edit: Any, reopen: Callable[..., Config]
) -> None:
    """An edit made while the application was down counts when it starts."""
    config.update({"download.max_retries": 5})
    config.close()
    edit(lambda data: data["system"]["values"]["download"].update(max_retries=6))
    assert 6 == reopen().download.max_retries


def test_an_edit_is_made_on_what_was_committed_since(config: Config, edit: Any, tmp_path: Path) -> None:
    """An editor that was opened before another change does not take that change back."""
    config.update({"download.max_retries": 5})
    opened = (tmp_path / "store.json").read_text(encoding="utf-8")
    config.update({"download.base": 9.0})
    (tmp_path / "store.json").write_text(opened.replace('"max_retries": 5', '"max_retries": 8'), encoding="utf-8")
    config.update({"download.top": 99.0})
    assert (8, 9.0, 99.0) == (config.download.max_retries, config.download.base, config.download.top)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('"max_retries": 50', "50 is more than 10"),
        ('"max_retries": "x"', "'x' is not a whole number"),
        ('"max_retries": 5,,', "not taken in"),
    ],
)
def test_an_invalid_edit_is_set_aside(
    config: Config, tmp_path: Path, text: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The application goes on with the last good state, says so, and keeps the edit beside it."""
    config.update({"download.max_retries": 5})
    file = tmp_path / "store.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"max_retries": 5', text), encoding="utf-8")
    with caplog.at_level(logging.ERROR, "cfgcore"):
        config.reload()
    assert told in caplog.text
    assert 5 == config.download.max_retries
    assert [text] == [text for kept in tmp_path.glob("store.json.edited-*") if text in kept.read_text(encoding="utf-8")]
    assert config.update({"download.max_retries": 6})


def test_an_edit_that_comes_to_nothing_stands_in_nobody_s_way(config: Config, tmp_path: Path) -> None:
    """Reformatting the file changes nothing, and the next change is stored."""
    config.update({"download.max_retries": 5})
    file = tmp_path / "store.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8"))), encoding="utf-8")
    assert config.update({"download.max_retries": 6})
    assert 2 == len(config.history())


def test_a_secret_typed_into_the_file_is_set_apart(config: Config, edit: Any, tmp_path: Path) -> None:
    """It counts from then on, and is taken out of the document."""
    config.update({"download.max_retries": 5})
    edit(lambda data: data["system"]["values"]["download"].update(token="typed-canary"))
    config.reload()
    assert "typed-canary" == config.download.token
    assert "typed-canary" not in (tmp_path / "store.json").read_text(encoding="utf-8")
    assert "typed-canary" not in (tmp_path / "store.json.journal").read_text(encoding="utf-8")


def test_an_edit_of_many_users_is_judged_user_by_user(config: Config, edit: Any) -> None:
    """Whatever one user's document is judged with, those of the others are not: their number would count twice."""
    seen: list[set[str]] = []
    engine = config._engine()
    judge = engine._checking._judge

    def spy(documents: Any, user: str | None, bare: bool) -> Any:
        seen.append({name for name in documents if name.startswith("user/")})
        return judge(documents, user, bare)

    engine._checking._judge = spy
    config.update({"download.max_retries": 5})
    users = {f"u{number}": {"values": {"download": {"max_retries": number}}} for number in range(9)}
    edit(lambda data: data.update(users=users))
    config.reload()
    assert [{f"user/u{number}"} for number in range(9)] == [names for names in seen if names]
    assert 7 == config.for_user("u7").download.max_retries
