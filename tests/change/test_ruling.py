"""Rules that do not answer have failed, by name: what they concern stays as it is, and nothing else is held up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import cfgcore.change.deadline as module
from cfgcore import Config, ValidationFailed, hookimpl, rule, section, setting
from cfgcore.change.ruling import Ruling
from cfgcore.check.rules import Failed, Question

LONG = 60.0


@section("pump")
class Pump:
    speed: int = setting(1)
    limit: int = setting(10)


@section("lamp")
class Lamp:
    level: int = setting(1)


class Gate:
    """What a rule waits for while it is shut."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.asked = 0

    def check(self, speed: int, limit: int) -> str | None:
        self.asked += 1
        self.open.wait(LONG)
        return None if speed <= limit else "it is too fast"

    def join(self) -> None:
        """Let the rule answer, and wait until whoever asks it has the answer."""
        self.open.set()
        for thread in threading.enumerate():
            if thread.name == "cfgcore-asks-rules":
                thread.join(LONG)


class Works:
    """A plugin whose rule waits for a gate."""

    name = "works"

    def __init__(self, gate: Gate) -> None:
        self.gate = gate

    @hookimpl
    def cfgcore_sections(self) -> list[Any]:
        return [Pump, Lamp]

    @hookimpl
    def cfgcore_rules(self) -> list[Any]:
        return [rule(("pump.speed", "pump.limit"), self.gate.check, code="not_too_fast")]


@pytest.fixture
def gate() -> Iterator[Gate]:
    """A gate that stands open, and is open at the end, so that no thread is left."""
    gate = Gate()
    yield gate
    gate.join()


@pytest.fixture
def config(reopen: Callable[..., Config], gate: Gate, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A configuration whose rule does not answer any more."""
    config = reopen(plugins=[Works(gate)])
    config.update({"pump.speed": 2}, user="alice")
    assert 2 == config.for_user("alice").pump.speed
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    gate.open.clear()
    return config


@pytest.mark.parametrize("user", [None, "alice", "bob"])
def test_what_the_rule_concerns_is_refused(config: Config, user: str | None) -> None:
    """The refusal names rule and plugin, and nothing is stored, however often it is tried."""
    for _ in range(3):
        with pytest.raises(ValidationFailed, match=r"rule 'not_too_fast' of plugin 'works' failed: it .* answer"):
            config.update({"pump.speed": 3}, user=user)
    assert (1, 2, 1) == (config.pump.speed, config.for_user("alice").pump.speed, len(config.history()))


def test_what_it_does_not_concern_goes_on(config: Config, gate: Gate) -> None:
    """Other settings change, for everyone, and for users whose own values the rule has judged."""
    assert config.update({"lamp.level": 2})
    assert config.update({"lamp.level": 3}, user="bob")
    assert config.update({"lamp.level": 4}, user="alice")
    gate.open.set()
    assert [2, 3, 4] == [view.lamp.level for view in (config, config.for_user("bob"), config.for_user("alice"))]


def test_it_goes_on_when_the_rule_answers(config: Config, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left of the failure; while the rule hangs it is asked once."""
    asked = gate.asked
    for _ in range(3):
        with pytest.raises(ValidationFailed):
            config.update({"pump.speed": 3})
    assert asked + 1 == gate.asked
    gate.join()
    monkeypatch.setattr(module, "PATIENCE", LONG)
    config.update({"pump.speed": 3})
    assert 3 == config.pump.speed
    with pytest.raises(ValidationFailed, match="it is too fast"):
        config.update({"pump.speed": 11})


def test_a_rule_that_hangs_fails_at_the_start(
    reopen: Callable[..., Config], gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows whether the rule holds: nothing is opened, and the reason is told."""
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    gate.open.clear()
    with pytest.raises(ValidationFailed, match="rule 'not_too_fast' of plugin 'works' failed: it did not answer"):
        reopen(plugins=[Works(gate)])


def test_rules_behind_one_that_hangs_are_asked(gate: Gate) -> None:
    """Of many rules the late one fails alone; their answers come in order."""
    gate.open.clear()
    hangs = rule(("pump.speed", "pump.limit"), gate.check, code="hangs")
    holds = rule(("pump.speed",), lambda _: None, code="holds")
    breaks = rule(("pump.speed",), lambda speed: f"not {speed}", code="breaks")
    questions = [
        Question("works", holds, (1,)),
        Question("works", hangs, (1, 2)),
        Question("works", breaks, (1,)),
    ]
    ruling = Ruling(0.05)
    for told in ("it did not answer within 0.05 s", "it has not answered for 0 s"):
        assert [None, Failed(told), "not 1"] == ruling.in_time(questions)
    assert [None, Failed("it has not answered for 0 s"), "not 1"] == ruling.at_once(questions)
    gate.join()
    assert [None, None, "not 1"] == ruling.at_once(questions) == Ruling(LONG).in_time(questions)


def test_nothing_to_ask_takes_no_thread() -> None:
    """Without questions there are no answers."""
    assert [] == Ruling().in_time([])
