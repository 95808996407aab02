"""What it costs to ask for a flag, against its compiled closure, and against those who do the same."""

from __future__ import annotations

import importlib.util
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from measure import reads
from table import Row

import cfgcore
from cfgcore import Config, Flag, hookimpl

REPETITIONS = 25

SPLIT, RULE, GIVEN = "flag, 50 % rollout, for a user", "flag, one targeting rule", "flag, a user's own variant"

#: Where each peer comes from: what is imported, and what is installed.
PEERS = {
    "openfeature": "openfeature-sdk",
    "openfeature.contrib.tools.flagd.core": "openfeature-flagd-core",
    "growthbook": "growthbook",
    "UnleashClient": "UnleashClient",
    "ldclient": "launchdarkly-server-sdk",
}

_RULE = {"if": [{"==": [{"var": "plan"}, "pro"]}, "on"]}
_SWITCH: dict[str, Any] = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}
_HALF = {**_SWITCH, "targeting": {"fractional": [["on", 50], ["off", 50]]}}

Asked = tuple[str, object]


class Plugin:
    """Declares the flags that are asked for."""

    name = "flags"

    @hookimpl
    def cfgcore_flags(self) -> list[Flag]:
        return [Flag("half"), Flag("ruled"), Flag("given")]


@contextmanager
def opened(folder: Path) -> Iterator[Config]:
    """Open an application with three flags and a store: a rollout, a rule, and a variant that alice was given."""
    how: dict[str, Any] = {"plugins": [Plugin()], "plugin_group": None, "settings_files": [], "environ": {}}
    with cfgcore.open(folder=folder, store="flags.json", **how) as config:
        config.flags.rollout("half", percent=50)
        config.flags.set("ruled", {**_SWITCH, "targeting": _RULE})
        config.flags.set("given", _HALF)
        config.flags.override("given", "alice", True)
        config.flags.is_enabled("half", user="alice")
        yield config


def rows(folder: Path, *, peers: bool) -> list[Row]:
    """Return the rows about flags; each peer that is installed is measured in the same run."""
    with opened(folder) as config, ExitStack() as stack:
        closures = config.flags._state.evaluators
        context = {"plan": "pro"}
        asked: dict[str, Asked] = {
            "closure of the split": ("it('alice', {})", closures["half"]),
            "closure of the rule": (f"it('alice', {context})", closures["ruled"]),
            SPLIT: ("it('half', user='alice')", config.flags.is_enabled),
            RULE: (f"it('ruled', user='alice', context={context})", config.flags.is_enabled),
            GIVEN: ("it('given', user='alice')", config.flags.is_enabled),
        }
        others = _peers(stack, folder) if peers else {}
        found = reads({**asked, **others}, REPETITIONS)
    split, rule = found["closure of the split"], found["closure of the rule"]
    table = [
        Row(SPLIT, found[SPLIT], split, "compiled closure", 2.0),
        Row(RULE, found[RULE], rule, "compiled closure", 2.0),
        Row(GIVEN, found[GIVEN], split, "compiled closure", 2.0),
    ]
    if others:
        best = min(others, key=lambda name: found[name])
        table.append(Row("  the same rollout", found[SPLIT], found[best], f"best peer: {best.strip()}", 0.1))
        table += [Row(name, found[name], split, "compiled closure") for name in others]
    return table


def _peers(stack: ExitStack, folder: Path) -> dict[str, Asked]:
    makers: dict[str, Callable[[ExitStack, Path], dict[str, Asked]]] = {
        "openfeature": _in_memory,
        "openfeature.contrib.tools.flagd.core": _flagd,
        "growthbook": _growthbook,
        "UnleashClient": _unleash,
        "ldclient": _launchdarkly,
    }
    logging.disable(logging.WARNING)
    found: dict[str, Asked] = {}
    for module, make in makers.items():
        if is_installed(module):
            found |= make(stack, folder)
    return found


def is_installed(module: str) -> bool:
    """Return whether a peer can be imported."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _in_memory(stack: ExitStack, _folder: Path) -> dict[str, Asked]:
    """The SDK's own provider splits nobody: it answers the default variant, and is the cheaper for it."""
    from openfeature import api
    from openfeature.evaluation_context import EvaluationContext
    from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

    api.set_provider(InMemoryProvider({"half": InMemoryFlag("on", {"on": True, "off": False})}))
    stack.callback(api.shutdown)
    client, user = api.get_client(), EvaluationContext("alice")
    return {"  OpenFeature in-memory, no split": ("it()", lambda: client.get_boolean_value("half", False, user))}


def _flagd(_stack: ExitStack, _folder: Path) -> dict[str, Asked]:
    from openfeature.contrib.tools.flagd.core import FlagdCore
    from openfeature.evaluation_context import EvaluationContext

    core = FlagdCore()
    core.set_flags({"flags": {"half": _HALF}})
    user = EvaluationContext("alice")
    return {"  flagd in-process": ("it()", lambda: core.resolve_boolean_value("half", False, user))}


def _growthbook(_stack: ExitStack, _folder: Path) -> dict[str, Asked]:
    import growthbook

    rule = {"force": True, "coverage": 0.5, "hashAttribute": "id"}
    features = {"half": {"defaultValue": False, "rules": [rule]}}
    client = growthbook.GrowthBook(attributes={"id": "alice"}, features=features)
    return {"  GrowthBook": ("it('half')", client.is_on)}


def _unleash(stack: ExitStack, folder: Path) -> dict[str, Asked]:
    from UnleashClient import UnleashClient
    from UnleashClient.cache import FileCache

    parameters = {"rollout": "50", "stickiness": "userId", "groupId": "half"}
    strategy = {"name": "flexibleRollout", "parameters": parameters}
    cache = FileCache("benchmark", directory=str(folder / "unleash"))
    cache.bootstrap_from_dict({"version": 1, "features": [{"name": "half", "enabled": True, "strategies": [strategy]}]})
    how: dict[str, Any] = {"disable_metrics": True, "disable_registration": True, "refresh_interval": 100_000}
    client = UnleashClient("http://127.0.0.1:9/api", "benchmark", cache=cache, **how)
    client.initialize_client(fetch_toggles=False)
    stack.callback(client.destroy)
    return {"  Unleash": ("it('half', {'userId': 'alice'})", client.is_enabled)}


def _launchdarkly(stack: ExitStack, folder: Path) -> dict[str, Asked]:
    import ldclient
    from ldclient.integrations import Files

    weights = [{"variation": index, "weight": 50_000} for index in (0, 1)]
    flag = {"key": "half", "on": True, "version": 1, "salt": "x", "variations": [True, False], "offVariation": 1}
    file = folder / "launchdarkly.json"
    file.write_text(json.dumps({"flags": {"half": {**flag, "fallthrough": {"rollout": {"variations": weights}}}}}))
    source = Files.new_data_source(paths=[str(file)])
    how: dict[str, Any] = {"send_events": False, "diagnostic_opt_out": True}
    client = ldclient.LDClient(ldclient.Config("none", update_processor_class=source, **how))
    stack.callback(client.close)
    user = ldclient.Context.create("alice")
    return {"  LaunchDarkly": ("it()", lambda: client.variation("half", user, False))}
