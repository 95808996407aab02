"""What differs between two views."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cfgcore import Change, section, setting, subsection
from cfgcore.declare.registry import Owned, Registry
from cfgcore.layer.tree import Table
from cfgcore.values.frozen import freeze
from cfgcore.view.difference import changes, same
from cfgcore.view.view import View, make_view, view_class


@subsection
class Login:
    user: str = setting("root")
    password: str | None = setting(None, secret=True)


@section("server")
class Server:
    port: int = setting(1)
    login: Login | None = Login()
    names: tuple[str, ...] = ()
    anything: Any = None


REGISTRY = Registry([Owned("acme", sections=[Server])])


def view(**values: Any) -> View:
    return make_view(view_class(("server",), lambda _sections: ""), {"server": Server(**values)}, 0)


def test_equal_views_differ_in_nothing() -> None:
    """There are no changes between views whose values are equal."""
    assert () == changes(REGISTRY, view(), view(), Table())


def test_each_setting_is_one_change() -> None:
    """Changes name the innermost settings of groups, and lists as a whole."""
    found = changes(REGISTRY, view(), view(port=2, login=Login(user="ada"), names=("a",)), Table())
    assert {"server.port": (1, 2), "server.login.user": ("root", "ada"), "server.names": ((), ("a",))} == {
        change.path: (change.old, change.new) for change in found
    }


def test_a_group_that_comes_or_goes_is_one_change() -> None:
    """Where a group was None, or is None now, the group itself changed."""
    (change,) = changes(REGISTRY, view(login=None), view(login=Login()), Table())
    assert ("server.login", None, Login()) == (change.path, change.old, change.new)


def test_a_secret_prints_as_dots() -> None:
    """A change of a secret holds both values, and prints neither."""
    (change,) = changes(REGISTRY, view(), view(login=Login(password="c4nary")), Table())
    assert (None, "c4nary") == (change.old, change.new)
    assert "Change(server.login.password: None -> '••••', None)" == repr(change)
    assert "c4nary" not in f"{change!r}{change}{Change('a', 'c4nary', 'c4nary', secret=True)}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *((1, True), (1, 1.0), (0, False), ([1], [True]), ({"a": 1}, {"a": 1.0}), ({"a": 1}, {"b": 1}), ([1], [1, 2])),
        *((None, 0), ("1", 1), ([], {}), (0.5, Decimal("0.5"))),
    ],
)
def test_equal_is_not_the_same(old: Any, new: Any) -> None:
    """Values that Python holds equal, but that are of other types, are a change."""
    assert not same(freeze(old), freeze(new))
    assert same(freeze(old), freeze(old))
    (change,) = changes(REGISTRY, view(anything=freeze(old)), view(anything=freeze(new)), Table())
    assert "server.anything" == change.path
