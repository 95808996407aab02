"""A flag's definition, in the format of flagd, and what may be wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cfgcore.flag.bucket import RECIPE, RECIPE_KEY
from cfgcore.flag.limits import excess
from cfgcore.values.frozen import FrozenDict, plain
from cfgcore.values.origin import Path
from cfgcore.values.problem import Problem
from cfgcore.values.suggest import did_you_mean

ENABLED, DISABLED = "ENABLED", "DISABLED"

#: The keys of a definition. `evaluators` are the shared rules that its own rule refers to, which a file of flagd keeps
#: once for all flags; with it, a definition means the same wherever it stands.
KEYS = ("state", "variants", "defaultVariant", "targeting", "metadata", "evaluators")

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")

_KINDS: Mapping[str, tuple[type, ...]] = {
    "true or false": (bool,),
    "text": (str,),
    "numbers": (int, float),
    "tables": (dict, FrozenDict),
}


@dataclass(frozen=True, slots=True)
class Definition:
    """One flag: whether it is enabled, its variants, the one it has by default, and the rule that chooses another."""

    key: str
    state: str
    variants: Mapping[str, Any]
    default_variant: str | None = None
    targeting: Mapping[str, Any] = field(default_factory=FrozenDict)
    metadata: Mapping[str, Any] = field(default_factory=FrozenDict)
    evaluators: Mapping[str, Any] = field(default_factory=FrozenDict)

    def data(self) -> dict[str, Any]:
        """Return the definition as plain data, in the form in which it is stored."""
        found: dict[str, Any] = {"state": self.state, "variants": dict(self.variants)}
        if self.default_variant is not None:
            found["defaultVariant"] = self.default_variant
        for name in ("targeting", "metadata", "evaluators"):
            if value := getattr(self, name):
                found[name] = dict(value)
        return found

    @property
    def is_switch(self) -> bool:
        """Whether its variants are true and false, so that it can be on or off."""
        return all(isinstance(value, bool) for value in self.variants.values())


def problem(key: str, place: Path, message: str) -> Problem:
    """Return what is wrong at `place` of the definition of flag `key`."""
    return Problem("flag", ".".join(("flags", key, *place)), message)


def read_definition(key: str, data: Any) -> tuple[Definition | None, tuple[Problem, ...]]:
    """Return the definition that plain `data` spells, or None, and all that is wrong with it, its rule left aside."""
    fault = key_fault(key) or excess(data)
    if fault:
        return None, (problem(key if isinstance(key, str) else repr(key), (), fault),)
    if not isinstance(data, Mapping):
        return None, (problem(key, (), f"{data!r} is no definition: a table with state and variants"),)
    found = [problem(key, place, message) for place, message in _faults(data)]
    if found:
        return None, tuple(found)
    data, empty = plain(data), FrozenDict[str, Any]()
    made = Definition(
        key,
        data["state"],
        data["variants"],
        data.get("defaultVariant"),
        data.get("targeting") or empty,
        data.get("metadata") or empty,
        data.get("evaluators") or empty,
    )
    return made, ()


def key_fault(key: Any) -> str | None:
    """Return why `key` cannot be the key of a flag, or None."""
    if not isinstance(key, str) or not key or len(key) > 256:
        return "the key of a flag is text of 1 to 256 characters"
    if key.startswith(("@", "$", "dynaconf_")) or _CONTROL.search(key):
        return f"the key {key!r} is reserved, or holds control characters"
    return None


def _faults(data: Mapping[str, Any]) -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = [
        ((name,), f"a definition has no {name!r}.{did_you_mean(name, KEYS)}") for name in data if name not in KEYS
    ]
    if data.get("state") not in (ENABLED, DISABLED):
        found.append((("state",), f"the state is ENABLED or DISABLED, not {data.get('state')!r}"))
    found += _variant_faults(data)
    for name in ("targeting", "metadata", "evaluators"):
        if not isinstance(data.get(name, {}), Mapping):
            found.append(((name,), f"it is a table, not {data[name]!r}"))
    if isinstance(data.get("metadata"), Mapping):
        found += _metadata_faults(data["metadata"])
    return found


def _variant_faults(data: Mapping[str, Any]) -> list[tuple[Path, str]]:
    variants = data.get("variants")
    if not isinstance(variants, Mapping) or not variants:
        return [(("variants",), "a flag has at least one variant: a table of values by name")]
    kinds = {next((kind for kind, types in _KINDS.items() if type(value) in types), "") for value in variants.values()}
    if len(kinds) > 1 or "" in kinds:
        return [(("variants",), f"the values of variants are of one type: {', '.join(_KINDS)}; none is null or a list")]
    default = data.get("defaultVariant")
    if default is not None and (not isinstance(default, str) or default not in variants):
        hint = did_you_mean(default, variants) if isinstance(default, str) else ""
        return [(("defaultVariant",), f"there is no variant {default!r}.{hint}")]
    return []


def _metadata_faults(metadata: Mapping[str, Any]) -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = [
        (("metadata", name), f"metadata are text, numbers, true or false, not {value!r}")
        for name, value in metadata.items()
        if not isinstance(value, (str, int, float))
    ]
    recipe = metadata.get(RECIPE_KEY, RECIPE)
    if recipe != RECIPE:
        message = f"buckets are computed by {RECIPE!r}; {recipe!r} is not known here: is it of a newer release?"
        found.append((("metadata", RECIPE_KEY), message))
    return found
