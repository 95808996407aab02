"""A configuration that is opened for one user: the desktop case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cfgcore import Config, InvalidUser, ValidationFailed


@pytest.fixture
def local(reopen: Callable[..., Config]) -> Config:
    """The configuration of the one user of a desktop application."""
    return reopen(user="local")


def paths(plugin: Any) -> list[list[str]]:
    return [[change.path for change in event.effective] for event in plugin.events]


def test_everything_that_is_read_is_the_users(local: Config) -> None:
    """Sections, the view, paths and the user's own view are one."""
    outcome = local.update({"download.max_retries": 5})
    assert ["local"] == [change.user for change in outcome.changes]
    assert 5 == local.download.max_retries == local.get("download.max_retries") == local.view.download.max_retries
    assert local.view is local.for_user("local") is local.current.view
    assert local.view.download is local.download
    assert 3 == local.for_user("alice").download.max_retries


def test_what_is_explained_is_the_users(local: Config) -> None:
    """The value and its origin are that user's where nobody is named; None is everyone."""
    local.update({"download.max_retries": 5})
    mine, everyones = local.explain("download.max_retries"), local.explain("download.max_retries", user=None)
    assert (5, "user", 3, "default") == (
        mine.value,
        mine.origin.layer,
        everyones.value,
        everyones.origin.layer,
    )
    assert "local" in str(mine.origin)
    assert mine.said == local.explain("download.max_retries", user="local").said


def test_plugins_are_told_of_the_users_changes(local: Config, plugin: Any) -> None:
    """A change of that user, or one of everyone that this user sees, is an event; others' changes are none."""
    local.update({"download.max_retries": 5})
    local.update({"download.max_retries": 6}, user="alice")
    local.update({"download.max_retries": 7, "download.base": 3.0}, user=None)
    local.unset("download.max_retries")
    assert [["download.max_retries"], ["download.base"], ["download.max_retries"]] == paths(plugin)
    assert 7 == local.download.max_retries


def test_everyone_is_named(local: Config) -> None:
    """A user of None is everyone: for settings of scope system as well, which no user has."""
    with pytest.raises(ValidationFailed, match="system"):
        local.update({"download.node": "there"})
    assert local.update({"download.node": "there"}, user=None)
    assert "there" == local.download.node
    draft = local.draft(None)
    draft.download.node = "elsewhere"
    assert local.update(draft)
    assert "elsewhere" == local.download.node


def test_drafts_plans_and_the_past_are_the_users(local: Config) -> None:
    """Whatever takes a user takes this one where none is named."""
    draft = local.draft()
    draft.download.max_retries = 5
    assert ["local"] == [change.user for change in local.plan(draft).changes]
    first = local.update(draft).revision
    local.update({"download.max_retries": 6})
    assert 5 == local.at(first).download.max_retries
    assert 3 == local.at(first, user=None).download.max_retries
    local.undo(local.history(limit=1)[0].revision)
    assert 5 == local.download.max_retries


def test_it_is_there_at_the_next_start(reopen: Callable[..., Config]) -> None:
    """What the user set counts from the first moment of the next process."""
    with reopen(user="local") as first:
        first.update({"download.max_retries": 5})
    assert 5 == reopen(user="local").download.max_retries
    assert 3 == reopen().download.max_retries


def test_an_override_that_does_not_fit_is_repaired(reopen: Callable[..., Config]) -> None:
    """The user's view is repaired, never fatal: what no longer goes with the rest is ignored, and stays stored."""
    with reopen() as everyone:
        everyone.update({"download.top": 100.0}, user="local")
        everyone.update({"download.base": 50.0, "download.top": 60.0})
        everyone.update({"download.base": 1.0}, user="local")
        everyone.update({"download.base": 60.0})
        everyone.update({"download.top": 59.0, "download.base": 58.0})
    with reopen(user="local") as local:
        assert local.download.base <= local.download.top


def test_forgetting_the_user_is_seen(local: Config, plugin: Any) -> None:
    """Erasing what the user set leaves everyone's values."""
    local.update({"download.max_retries": 5})
    local.forget("local")
    assert 3 == local.download.max_retries
    assert 2 == len(plugin.events)


def test_a_reload_sees_what_another_process_set(reopen: Callable[..., Config]) -> None:
    """The user's values that another process stored are seen from the next reload on."""
    local, other = reopen(user="local"), reopen()
    other.update({"download.max_retries": 5}, user="local")
    assert ["download.max_retries"] == [change.path for change in local.reload().effective]
    assert 5 == local.download.max_retries


def test_without_a_store_it_is_everyones(reopen: Callable[..., Config]) -> None:
    """Where nothing is stored, the user has what everyone has."""
    local = reopen(user="local", store=None)
    assert 3 == local.download.max_retries
    assert local.view is local.for_user("local")


@pytest.mark.parametrize("user", ["", 5, "a\nb"])
def test_no_user_ids(user: Any, reopen: Callable[..., Config]) -> None:
    """What can be no user id cannot be opened for."""
    with pytest.raises(InvalidUser):
        reopen(user=user)
