"""The OpenFeature provider, by the real SDK."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import EventDetails, ProviderEvent
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason

import cfgcore
from cfgcore import Config, Flag, hookimpl
from cfgcore.openfeature import CfgcoreProvider

PRO = {"if": [{"==": [{"var": "plan"}, "pro"]}, "b"]}


class FlagPlugin:
    name = "flags"

    @hookimpl
    def cfgcore_flags(self) -> list[Flag]:
        return [
            Flag("auto_updates", owner="updates"),
            Flag("ranking", "a", variants={"a": "A", "b": "B"}),
            Flag("size", "a", variants={"a": 5, "b": 2.0}),
            Flag("ratio", "a", variants={"a": 1, "b": 0.5}),
            Flag("theme", "a", variants={"a": {"dark": True, "colors": ["red"]}, "b": {}}),
        ]


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Config]:
    with cfgcore.open(
        plugins=[FlagPlugin()], plugin_group=None, environ={}, folder=tmp_path, store="config.json"
    ) as opened:
        yield opened


@pytest.fixture
def client(config: Config) -> Iterator[OpenFeatureClient]:
    api.set_provider(CfgcoreProvider(config))
    yield api.get_client()
    api.shutdown()
    api.clear_providers()


def details(client: OpenFeatureClient, kind: str, flag: str, default: Any, *context: Any) -> Any:
    """Return what the SDK says of a flag."""
    return getattr(client, f"get_{kind}_details")(flag, default, EvaluationContext(*context))


def test_values_of_every_type(client: OpenFeatureClient) -> None:
    """True and false, text, whole numbers, numbers, tables."""
    assert client.get_boolean_value("auto_updates", True) is False
    assert "A" == client.get_string_value("ranking", "x")
    assert 5 == client.get_integer_value("size", 0)
    assert 1.0 == client.get_float_value("ratio", 0.0)
    assert {"dark": True, "colors": ["red"]} == client.get_object_value("theme", {})
    assert "updates" == details(client, "boolean", "auto_updates", True).flag_metadata["owner"]


def test_reasons(client: OpenFeatureClient, config: Config) -> None:
    """Those of the evaluation, by the names that the SDK has for them."""
    assert Reason.STATIC == details(client, "string", "ranking", "x").reason
    definition = {"state": "ENABLED", "variants": {"a": "A", "b": "B"}, "defaultVariant": "a", "targeting": PRO}
    config.flags.set("ranking", definition)
    found = details(client, "string", "ranking", "x", "alice", {"plan": "pro"})
    assert ("B", "b", Reason.TARGETING_MATCH) == (found.value, found.variant, found.reason)
    assert Reason.DEFAULT == details(client, "string", "ranking", "x", "alice").reason
    config.flags.set("ranking", {**definition, "defaultVariant": None})
    found = details(client, "string", "ranking", "x", "alice")
    assert ("x", None, Reason.DEFAULT) == (found.value, found.variant, found.reason)
    config.flags.rollout("auto_updates", 50)
    assert Reason.SPLIT == details(client, "boolean", "auto_updates", False, "alice").reason
    config.flags.set("auto_updates", {"state": "DISABLED", "variants": {"on": True}})
    found = details(client, "boolean", "auto_updates", True)
    assert (True, Reason.DISABLED, None) == (found.value, found.reason, found.error_code)


@pytest.mark.parametrize(
    ("kind", "flag", "default"),
    [
        ("boolean", "ranking", True),
        ("string", "auto_updates", "x"),
        ("integer", "ranking", 7),
        ("integer", "auto_updates", 7),
        ("float", "auto_updates", 0.5),
        ("object", "ranking", {"x": 1}),
    ],
)
def test_a_value_of_another_type_is_an_error(client: OpenFeatureClient, kind: str, flag: str, default: Any) -> None:
    """The default counts."""
    found = details(client, kind, flag, default, "alice")
    assert (default, Reason.ERROR, ErrorCode.TYPE_MISMATCH) == (found.value, found.reason, found.error_code)


def test_whole_numbers_written_with_a_point(client: OpenFeatureClient, config: Config) -> None:
    """They are whole numbers; half a one is none."""
    config.flags.set("size", "b")
    assert 2 == client.get_integer_value("size", 0)
    config.flags.set("ratio", "b")
    found = details(client, "integer", "ratio", 7)
    assert (7, ErrorCode.TYPE_MISMATCH) == (found.value, found.error_code)


def test_errors(client: OpenFeatureClient, config: Config) -> None:
    """An unknown flag, a user id that is none, a rule that names no variant."""
    assert ErrorCode.FLAG_NOT_FOUND == details(client, "boolean", "nope", True).error_code
    assert ErrorCode.INVALID_CONTEXT == details(client, "boolean", "auto_updates", True, "a\nb").error_code
    assert details(client, "boolean", "auto_updates", True, "").error_code is None
    rule = {"cat": [{"var": "x"}, ""]}
    config.flags.set("auto_updates", {"state": "ENABLED", "variants": {"on": True}, "targeting": rule})
    found = details(client, "boolean", "auto_updates", True, "alice", {"x": "blue"})
    assert (True, Reason.ERROR, ErrorCode.GENERAL) == (found.value, found.reason, found.error_code)


def test_a_configuration_that_was_closed(
    client: OpenFeatureClient, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    """Its default for whoever is not known, with a code and without a traceback."""
    config.close()
    found = details(client, "boolean", "auto_updates", True, "alice")
    assert (True, Reason.ERROR, ErrorCode.GENERAL) == (found.value, found.reason, found.error_code)
    assert all(record.exc_info is None for record in caplog.records)


def test_changes_are_events(client: OpenFeatureClient, config: Config) -> None:
    """With the names of the flags that changed; a change of a setting or of a user's variant is none."""
    told: list[list[str] | None] = []
    arrived = threading.Event()

    def changed(event: EventDetails) -> None:
        told.append(event.flags_changed)
        arrived.set()

    client.add_handler(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, changed)
    config.flags.override("auto_updates", "alice", True)
    config.flags.set("auto_updates", True)
    assert arrived.wait(30)
    assert [["auto_updates"]] == told


def test_after_a_shutdown_nothing_is_told(config: Config) -> None:
    """The configuration stays open."""
    provider = CfgcoreProvider(config)
    provider.initialize(EvaluationContext())
    provider.initialize(EvaluationContext())
    provider.shutdown()
    provider.shutdown()
    config.flags.set("auto_updates", True)
    assert provider.resolve_boolean_details("auto_updates", False).value is True
