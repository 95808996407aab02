"""One section's values, and the secrets in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from cfgcore import section, setting, subsection
from cfgcore.check.sections import given, redact, secret_texts, value_at
from cfgcore.declare.resolved import resolve
from cfgcore.layer.tree import Leaf, Table
from cfgcore.values.origin import Origin

DEFAULT = Leaf(1, Origin("default", "default", "plugin 'acme'"))
FILE = Leaf(1, Origin("file", "file", "settings.toml"))


@subsection
class Login:
    user: str = setting("root")
    password: str = setting("", secret=True)


@section("server")
class Server:
    port: int = setting(1)
    token: str = setting("", secret=True)
    tokens: Mapping[str, str] = setting({}, secret=True)
    login: Login = Login()
    logins: tuple[Login, ...] = ()


KIND = resolve(Server, "acme").kind


def test_given_is_what_is_no_default() -> None:
    """A value is given where it, or anything in its table, comes from elsewhere than a default."""
    assert not given(DEFAULT)
    assert not given(Table([("a", DEFAULT)]))
    assert given(FILE)
    assert given(Table([("a", DEFAULT), ("b", FILE)]))
    assert given(Table())


@pytest.mark.parametrize(
    ("data", "secrets"),
    [
        ({"port": 12345, "token": "abc"}, {"abc"}),
        ({"token": 12345, "tokens": {"a": "abc", "b": ["def"]}}, {"12345", "abc", "def"}),
        ({"login": {"user": "ada", "password": "abc"}}, {"abc"}),
        ({"login": "ada:abc"}, {"ada:abc"}),
        ({"login": {"user": "ada", "pasword": "abc"}}, {"abc"}),
        ({"logins": [{"password": "abc"}, "def"]}, {"abc", "def"}),
        ({"logins": "ada:abc"}, {"ada:abc"}),
        ({"token": None, "port": "abc"}, set()),
        ({"token": "ab"}, set()),
    ],
)
def test_secret_texts(data: dict[str, Any], secrets: set[str]) -> None:
    """Every text that is a secret is found; where a value is not of its shape, every text in it counts."""
    assert secrets == secret_texts(KIND, data)


def test_redact_finds_escaped_forms() -> None:
    """A secret is found as it is, as repr and as JSON write it, and the longer one of two is replaced first."""
    assert "•••• ••••" == redact("abcdef abc", {"abc", "abcdef"})
    secret = "a\u00e9\nb"
    assert "'••••' \"••••\"" == redact(f"{secret!r} {json.dumps(secret)}", {secret})


def test_value_at() -> None:
    """A path leads through groups."""
    server = Server(login=Login(user="ada"))
    assert "ada" == value_at(server, ("login", "user"))
    assert server.login is value_at(server, ("login",))
