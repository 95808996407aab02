"""The view: frozen in every way, and read by name."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import UnknownPath, hookimpl, section, setting, subsection


@subsection
class Login:
    user: str = setting("root")
    groups: tuple[str, ...] = setting(("wheel",))


class Mode(Enum):
    FAST = "fast"


@section("server", title="Server")
class Server:
    port: int = setting(8000)
    names: list[str] = setting(("a", "b"))
    limits: dict[str, int] = setting({"cpu": 1})
    login: Login = Login()
    logins: list[Login] = setting(())
    by_name: Mapping[str, Login] = setting({})
    anything: Any = setting({"a": [{"b": {"c"}}]})
    mode: Mode = Mode.FAST
    since: datetime | None = None
    wait: timedelta = timedelta(seconds=1)
    home: Path = Path("/srv")


@section("update")
class Update:
    port: int = setting(1)


class Plugin:
    @hookimpl
    def cfgcore_sections(self) -> list[Any]:
        return [Server, Update]


@pytest.fixture
def config(tmp_path: Path) -> Iterator[cfgcore.Config]:
    file = tmp_path / "settings.toml"
    file.write_text(
        """
        [server]
        names = ["x", "y"]
        limits = {mem = 2}
        logins = [{user = "ada", groups = ["g"]}]
        anything = {a = [1, [2, {b = [3]}]]}
        since = 2024-01-01T00:00:00Z
        [server.by_name.bob]
        groups = ["h"]
        """
    )
    with cfgcore.open(
        settings_files=[file], plugins=[Plugin()], plugin_group=None, environ={}, env_prefix="APP"
    ) as config:
        yield config


def reachable(value: Any) -> Iterator[Any]:
    """Every object that a reader reaches from `value` by attributes, items and keys."""
    yield value
    if isinstance(value, cfgcore.View):
        for name in value:
            yield from reachable(getattr(value, name))
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from reachable(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, below in value.items():
            yield key
            yield from reachable(below)
    elif isinstance(value, (tuple, frozenset)):
        for below in value:
            yield from reachable(below)


FROZEN = (str, int, float, bool, type(None), tuple, frozenset, Enum, datetime, timedelta, Path)


def test_everything_reachable_is_immutable(config: cfgcore.Config) -> None:
    """Whatever a reader reaches from a view is a frozen section, a tuple, a read-only mapping or a plain value."""
    found = list(reachable(config.view))
    assert 40 < len(found)
    for value in found:
        hash(value)
        if dataclasses.is_dataclass(value):
            assert value.__dataclass_params__.frozen  # type: ignore[union-attr]
            assert not hasattr(value, "__dict__")
        elif isinstance(value, Mapping):
            with pytest.raises(TypeError):
                value["new"] = 1  # type: ignore[index]
        else:
            assert isinstance(value, (cfgcore.View, *FROZEN)), value


def test_assigning_is_impossible(config: cfgcore.Config) -> None:
    """Neither a view, nor a section, nor a group in one lets an attribute be set, added or deleted."""
    for target, name in (
        (config.view, "server"),
        (config.view, "digest"),
        (config.view, "new"),
        (config.view.server, "port"),
        (config.view.server, "new"),
        (config.view.server.login, "user"),
        (config.view.server.logins[0], "user"),
    ):
        before = getattr(target, name, None)
        with pytest.raises((AttributeError, TypeError)):
            setattr(target, name, 1)
        with pytest.raises((AttributeError, TypeError)):
            delattr(target, name)
        assert before is getattr(target, name, None)


def test_there_is_no_dict_to_write_to(config: cfgcore.Config) -> None:
    """Views and sections have slots, so that there is no ``__dict__`` behind their back."""
    for target in (config.view, config.view.server, config.view.server.login):
        with pytest.raises((AttributeError, TypeError)):
            vars(target)
        with pytest.raises((AttributeError, TypeError)):
            target.__dict__ = {}


@pytest.mark.parametrize("name", ["clear", "pop", "popitem", "setdefault", "update", "__setitem__", "__delitem__"])
def test_a_mapping_in_a_view_refuses_to_change(config: cfgcore.Config, name: str) -> None:
    """Every method of a dict that would change it raises, and says why."""
    with pytest.raises(TypeError, match="cannot be changed in place"):
        getattr(config.view.server.limits, name)("cpu", 5)
    with pytest.raises(TypeError):
        config.view.server.limits |= {"cpu": 5}
    assert {"cpu": 1, "mem": 2} == config.view.server.limits


def test_lists_are_tuples(config: cfgcore.Config) -> None:
    """A list in a file is read as a tuple, however deep."""
    assert ("x", "y") == config.view.server.names
    assert (1, (2, {"b": (3,)})) == config.view.server.anything["a"]
    with pytest.raises(AttributeError):
        config.view.server.names.append("z")


def test_copies_are_the_view_itself(config: cfgcore.Config) -> None:
    """Copying a view, which never changes, gives the view."""
    assert config.view is copy.copy(config.view)
    assert config.view is copy.deepcopy(config.view)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("server.port", 8000),
        ("server.login.user", "root"),
        ("server.limits.mem", 2),
        ("server.names.1", "y"),
        ("server.logins.0.user", "ada"),
        ("server.by_name.bob.groups.0", "h"),
        ("server.anything.a.1.1.b", (3,)),
        ("update.port", 1),
    ],
)
def test_get(config: cfgcore.Config, path: str, value: Any) -> None:
    """A dotted path leads through sections, groups, tables and lists."""
    assert value == config.view.get(path)
    assert value == config.get(path)


def test_get_a_section(config: cfgcore.Config) -> None:
    """The path of a section gives the section."""
    assert config.view.server is config.get("server")


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("server.prot", "'port'"),
        ("sever.port", "'server'"),
        ("server.login.usr", "'user'"),
        ("server.limits.me", "'mem'"),
        ("server.names.7", ""),
        ("server.names.-1", ""),
        ("server.names.²", ""),
        ("server.port.real", ""),
        ("server.__class__", ""),
        ("server..port", ""),
        ("", ""),
        ("digest", ""),
        ("get", ""),
    ],
)
def test_unknown_paths(config: cfgcore.Config, path: str, meant: str) -> None:
    """A path that names nothing raises with what was probably meant, or gives the default."""
    with pytest.raises(UnknownPath, match=f"Did you mean {meant}" if meant else "names no setting") as failure:
        config.view.get(path)
    assert isinstance(failure.value, KeyError)
    assert isinstance(failure.value, cfgcore.CfgcoreError)
    assert None is config.view.get(path, None)
    assert 7 == config.get(path, 7)


def test_a_view_iterates_over_its_sections(config: cfgcore.Config) -> None:
    """Iterating gives the names of the sections, in order of registration."""
    assert ["server", "update", "policies"] == list(config.view)


def test_a_view_names_its_revision_and_digest(config: cfgcore.Config) -> None:
    """Without stored changes the revision is 0; the digest is 32 hexadecimal digits."""
    assert 0 == config.view.revision
    assert 32 == len(config.view.digest)
    assert int(config.view.digest, 16)
