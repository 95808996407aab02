"""Values as they may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cfgcore import section, setting, subsection
from cfgcore.declare.resolved import resolve
from cfgcore.view.cover import cover, cover_section, holds_secret


@subsection
class Login:
    user: str = setting("root")
    password: str | None = setting(None, secret=True)


@section("server")
class Server:
    port: int = setting(1)
    token: str | None = setting(None, secret=True)
    login: Login | None = None
    logins: tuple[Login, ...] = ()
    by_name: Mapping[str, Login] = setting({})
    names: tuple[str, ...] = ()


SETTINGS = resolve(Server, "acme").settings
ADA = Login(user="ada", password="c4nary")
DOTS = {"user": "ada", "password": "••••"}


def test_a_section_is_covered_through_and_through() -> None:
    """Secrets are dots in groups, lists of groups and tables of groups; everything else is plain data."""
    server = Server(token="c4nary", login=ADA, logins=(ADA,), by_name={"a": ADA}, names=("x",))
    assert {
        "port": 1,
        "token": "••••",
        "login": DOTS,
        "logins": [DOTS],
        "by_name": {"a": DOTS},
        "names": ["x"],
    } == cover_section(SETTINGS, server)


def test_a_secret_that_is_not_set_is_none() -> None:
    """None shows as None, so that one sees what is missing."""
    covered = cover_section(SETTINGS, Server(login=Login()))
    assert (None, None) == (covered["token"], covered["login"]["password"])


@pytest.mark.parametrize("name", ["login", "logins", "by_name"])
@pytest.mark.parametrize(
    "value", ["c4nary", ["c4nary"], {"pasword": "c4nary"}, {"a": "c4nary"}, [["c4nary"]], ("c4nary",)]
)
def test_what_is_not_of_its_shape_is_dots(name: str, value: Any) -> None:
    """A source may have written anything where a secret is expected: nothing of it is shown."""
    assert "c4nary" not in str(cover(SETTINGS[name].kind, value))


def test_which_kinds_hold_secrets() -> None:
    """A kind holds a secret where a group in it does."""
    assert {"login", "logins", "by_name"} == {name for name, one in SETTINGS.items() if holds_secret(one.kind)}
