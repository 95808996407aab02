"""Being told of flags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import cfgcore
from cfgcore import Config, Flag, hookimpl

PATIENCE = 60


class Flagged:
    """A plugin with two flags."""

    name = "flagged"

    @hookimpl
    def cfgcore_flags(self) -> list[Flag]:
        return [Flag("fast", default=False), Flag("safe", default=True)]


@pytest.fixture
def flagged(clock: Any, reopen: Callable[..., Config]) -> Config:
    return reopen(Flagged())


def told(config: Config, recorder: Any) -> list[list[str]]:
    assert config.listeners.settled(PATIENCE)
    found: list[list[str]] = recorder.paths
    return found


@pytest.mark.parametrize(
    ("path", "paths"),
    [
        ("flags", [["flags.fast"], ["flags.safe"]]),
        ("flags.fast", [["flags.fast"]]),
        ("*", [["flags.fast"], ["flags.safe"]]),
        ("download", []),
    ],
)
def test_flags_are_told(path: str, paths: list[list[str]], flagged: Config, recorder: Any) -> None:
    """A flag that is set is told to who listens to it, to all flags, or to everything."""
    flagged.subscribe(path, recorder)
    flagged.update({"flags.fast": True})
    flagged.update({"flags.safe": False})
    assert paths == told(flagged, recorder)
    assert flagged.flags.is_enabled("fast")


def test_flags_and_settings_of_one_commit_are_one_event(flagged: Config, recorder: Any) -> None:
    """What one commit changed is told together."""
    flagged.subscribe("*", recorder)
    flagged.update({"flags.fast": True, "other.count": 1})
    assert [["other.count", "flags.fast"]] == told(flagged, recorder)


def test_a_users_own_variant_is_told_to_who_listens_to_the_user(flagged: Config, recorder: Any) -> None:
    """What a user is given changes that user's flags, and nobody else's; it hides what everyone gets."""
    everyone = type(recorder)()
    flagged.subscribe("flags", recorder, user="alice")
    flagged.subscribe("flags", everyone)
    flagged.update({"flags.fast": True}, user="alice")
    flagged.update({"flags.fast": True})
    flagged.update({"flags.safe": False})
    flagged.unset("flags.fast", user="alice")
    assert [["flags.fast"], ["flags.safe"], ["flags.fast"]] == told(flagged, recorder)
    assert [["flags.fast"], ["flags.safe"]] == everyone.paths
    assert recorder.events[0].effective[0].new is True


def test_a_critical_listener_decides_on_flags(flagged: Config) -> None:
    """A flag that a critical listener fails on is taken back."""
    flagged.subscribe("flags.fast", lambda event: 1 / 0, critical=True)
    with pytest.raises(cfgcore.Reverted):
        flagged.update({"flags.fast": True})
    assert not flagged.flags.is_enabled("fast")
