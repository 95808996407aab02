"""The digest by which a view's values are named."""

from __future__ import annotations

from typing import Any

import cfgcore
from cfgcore import Source, hookimpl, section, setting, step


@section("server", version=1)
class Server:
    port: int = setting(1)
    token: str | None = setting(None, secret=True)
    anything: Any = None


@section("server", version=2, steps=(step(1, dict),))
class Newer:
    port: int = setting(1)
    token: str | None = setting(None, secret=True)
    anything: Any = None


class Plugin:
    def __init__(self, cls: type, data: Any) -> None:
        self.cls, self.data = cls, data

    @hookimpl
    def cfgcore_sections(self) -> list[Any]:
        return [self.cls]

    @hookimpl
    def cfgcore_sources(self) -> list[Source]:
        return [Source("data", lambda: {"server": self.data})]


def digest(cls: type = Server, **data: Any) -> str:
    with cfgcore.open(settings_files=[], plugins=[Plugin(cls, data)], plugin_group=None, environ={}) as config:
        return config.view.digest


def test_equal_values_have_equal_digests() -> None:
    """Two processes that agree in every value agree in the digest, wherever the values come from."""
    assert digest() == digest(port=1)
    assert digest(port=2) == digest(port=2)


def test_other_values_have_other_digests() -> None:
    """A value or a version of a section that differs shows in the digest."""
    assert 4 == len({digest(), digest(port=2), digest(anything=1), digest(Newer)})


def test_secrets_are_left_out() -> None:
    """A secret counts as set or not set, so that nobody can try guesses against a digest."""
    assert digest(token="one") == digest(token="two")
    assert digest() != digest(token="one")


def test_any_data_has_a_digest() -> None:
    """Tables in lists, whatever their keys, do not break it."""
    assert digest(anything=[{"a": 1}, {"b": [None, 0.5]}]) != digest(anything=[{1: 2, "a": 3}])
