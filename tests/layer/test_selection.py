"""Profiles: selected by a setting, ranking just below the explicit values of the layer that selected them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cfgcore import Profile, Source, hookimpl, section


@section("mode")
class Mode:
    """How much happens by itself."""

    level: str = "plain"


@section("work")
class Work:
    """What is done."""

    speed: int = 1
    size: int = 1
    names: list[str] = ()  # type: ignore[assignment]


class Modes:
    """Two profiles and a source of the plugin's own."""

    name = "modes"

    def __init__(self, sourced: Mapping[str, Any] | None = None) -> None:
        self._sourced = sourced

    @hookimpl
    def cfgcore_sections(self) -> list[Any]:
        return [Mode, Work]

    @hookimpl
    def cfgcore_profiles(self) -> list[Profile]:
        return [
            Profile("mode.level", "plain", {"work.size": 2, "absent.setting": 1}),
            Profile("mode.level", "fast", {"work.speed": 9, "work.names": ["profile"]}),
            Profile("mode.level", "slow", {"work.speed": 3}),
        ]

    @hookimpl
    def cfgcore_sources(self) -> list[Source]:
        return [] if self._sourced is None else [Source("own", lambda: self._sourced or {}, layer="environment")]


def work(opened: Any, files: Mapping[str, str], environ: Mapping[str, str], **options: Any) -> tuple[int, int]:
    found = opened(files, environ, plugins=[Modes()], **options).work
    return found.speed, found.size


def test_the_default_selects_just_above_all_defaults(opened: Any) -> None:
    """Any explicit value is stronger; settings of plugins that are not installed are left out."""
    assert (1, 2) == work(opened, {}, {})
    assert (1, 5) == work(opened, {"a.toml": "[work]\nsize = 5\n"}, {})


def test_a_file_selects_below_what_files_say(opened: Any) -> None:
    """Any file, an earlier one too, is more explicit than the profile."""
    fast = "[mode]\nlevel = 'fast'\n"
    assert (9, 1) == work(opened, {"a.toml": fast}, {})
    assert (4, 1) == work(opened, {"a.toml": fast + "[work]\nspeed = 4\n"}, {})
    assert (4, 1) == work(opened, {"a.toml": "[work]\nspeed = 4\n", "b.toml": fast}, {})


def test_a_variable_selects_above_what_files_say(opened: Any) -> None:
    """And below what variables say; only the winning selection applies."""
    file = {"a.toml": "[mode]\nlevel = 'fast'\n[work]\nspeed = 4\n"}
    slow = {"APP_MODE__LEVEL": "slow"}
    assert (3, 1) == work(opened, file, slow)
    assert (7, 1) == work(opened, file, {**slow, "APP_WORK__SPEED": "7"})


def test_an_environment_of_a_file_selects_as_the_file_does(opened: Any) -> None:
    """The strongest of them decides."""
    content = "[default.mode]\nlevel = 'slow'\n[production.mode]\nlevel = 'fast'\n"
    assert (9, 1) == work(opened, {"a.toml": content}, {}, environment="production")
    assert (3, 1) == work(opened, {"a.toml": content}, {}, environment="staging")


def test_the_origin_of_a_profiles_value_is_the_profile(opened: Any) -> None:
    """It names selector and value, and the layer that selected it."""
    config = opened({"a.toml": "[mode]\nlevel = 'fast'\n"}, plugins=[Modes()])
    found = config.explain("work.speed")
    assert ("profile mode.level = fast", "file") == (str(found.origin), found.origin.layer)
    assert [1, 9] == [said.value for said in found.said]


def test_a_selector_that_is_refused_selects_nothing(refused: Any) -> None:
    """The error is told, and no consequence of it."""
    errors = refused({"a.toml": "[mode]\nlevel = 3\n[work]\nspeed = 1\n"}, plugins=[Modes()])
    assert 1 == len(errors.splitlines())
    assert errors.startswith("a.toml:2: mode.level: 3 is not text")


def test_lists_of_variables_merge_with_those_of_the_profile(opened: Any) -> None:
    """The profile lies just below the variables, and above the file."""
    environ = {"APP_MODE__LEVEL": "fast", "APP_WORK__NAMES": "@merge variable"}
    config = opened({"a.toml": "[work]\nnames = ['file']\n"}, environ, plugins=[Modes()])
    assert ("profile", "variable") == config.work.names


@pytest.mark.parametrize(("sourced", "speed"), [({"mode": {"level": "slow"}}, 3), ({}, 9)])
def test_a_source_of_a_plugin_selects_as_its_layer_does(opened: Any, sourced: Mapping[str, Any], speed: int) -> None:
    """A source in the layer of the environment is stronger than a file."""
    config = opened({"a.toml": "[mode]\nlevel = 'fast'\n"}, plugins=[Modes(sourced)])
    assert speed == config.work.speed
