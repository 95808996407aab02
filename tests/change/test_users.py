"""The cache of users' views: bounded, and never older than the last change."""

from __future__ import annotations

import pytest

from cfgcore.change import users
from cfgcore.change.users import UserViews
from cfgcore.view.view import View, make_view, view_class


def a_view() -> View:
    return make_view(view_class((), lambda _sections: ""), {}, 0)


def test_a_view_is_made_once_for_each_publication() -> None:
    """The same publication gives the same view; a new one, and a drop, make it again."""
    made: list[tuple[str, str]] = []

    def make(user: str, published: str, previous: View | None) -> View:
        made.append((user, published))
        return a_view()

    views: UserViews[str] = UserViews(make)
    first = views.get("ada", "one")
    assert views.get("ada", "one") is first
    views.get("ada", "two")
    views.drop(["ada", "nobody"])
    views.get("ada", "two")
    assert [("ada", "one"), ("ada", "two"), ("ada", "two")] == made


def test_a_view_made_while_it_was_dropped_is_not_kept() -> None:
    """A change that comes while a view is being made is not hidden by that view afterwards."""
    made = 0

    def make(user: str, published: str, previous: View | None) -> View:
        nonlocal made
        made += 1
        if made == 1:
            views.drop([user])
        return a_view()

    views: UserViews[str] = UserViews(make)
    first = views.get("ada", "one")
    assert views.get("ada", "one") is not first
    assert 2 == made


def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many users there are, only so many views are kept; the one not used for longest goes."""
    monkeypatch.setattr(users, "LIMIT", 3)
    views: UserViews[str] = UserViews(lambda user, published, previous: a_view())
    kept = {user: views.get(user, "one") for user in ("ada", "bea", "cleo", "dora")}
    assert [False, True, True, True] == [views.get(user, "one") is view for user, view in reversed(kept.items())][::-1]
