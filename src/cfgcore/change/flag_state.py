"""The flags of an application as they are now: definitions of all layers, the strongest of each compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from cfgcore.declare.flag_path import FLAGS
from cfgcore.layer.order import LAYERS
from cfgcore.layer.tree import Contribution, Leaf, Table
from cfgcore.values import moment
from cfgcore.values.frozen import FrozenDict
from cfgcore.values.origin import Origin
from cfgcore.values.problem import Problem

if TYPE_CHECKING:
    from cfgcore.declare.registry import Registry
    from cfgcore.flag.choice import Choice
    from cfgcore.flag.compiled import CompiledFlag
    from cfgcore.flag.definition import Definition
    from cfgcore.flag.outcome import Evaluation
    from cfgcore.store.document import Document

#: The targeting key of a user, and by flag the outcomes of what that user was given, and what is stored of it.
User: TypeAlias = "tuple[str | None, Mapping[str, Evaluation], Mapping[str, bool | str]]"
Wrap: TypeAlias = "Callable[[CompiledFlag], Choice]"

_EXPIRED = "it expired on {}: take it out of the code that asks for it, or have its owner give it a later date"


@dataclass(frozen=True, slots=True)
class Layered:
    """What one layer says of a flag."""

    origin: Origin
    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class FlagState:
    """All flags at one moment: `layers` of each, weakest first, and what the strongest amounts to.

    `evaluators` are what is called. `users` are those who were asked about since, and what they were given; whoever
    replaces the state forgets them.
    """

    revision: int
    layers: Mapping[str, tuple[Layered, ...]]
    compiled: Mapping[str, CompiledFlag]
    evaluators: Mapping[str, Choice]
    users: dict[str | None, User] = field(default_factory=dict)

    def is_enforced(self, key: str) -> bool:
        """Return whether a flag has its definition from above users, so that what they were given does not count."""
        layers = self.layers.get(key)
        return layers is not None and layers[-1].origin.layer in LAYERS[LAYERS.index("user") + 1 :]

    def problems(self) -> list[Problem]:
        """Return what is wrong with flags: with those in files and variables as errors, with stored ones as warnings.

        A stored one that is malformed gives its callers' defaults, and keeps nobody from starting. One that has expired
        works as before, and is a warning.
        """
        if not self.compiled:
            return []
        from cfgcore.flag.declared import expiry_of

        wrong = [
            replace(problem, severity="warning" if self._is_stored(key) else "error", origin=self._origin(key))
            for key, flag in self.compiled.items()
            for problem in flag.problems
        ]
        today = moment.now().date()
        expired = [
            Problem("flag_expired", f"{FLAGS}.{key}", _EXPIRED.format(expires), "warning")
            for key, flag in self.compiled.items()
            if (expires := expiry_of(flag.definition)) is not None and expires <= today
        ]
        return wrong + expired

    def _origin(self, key: str) -> Origin:
        return self.layers[key][-1].origin

    def _is_stored(self, key: str) -> bool:
        return self._origin(key).kind == "stored"


def unwrapped(flag: CompiledFlag) -> Choice:
    """Return the evaluation of a flag as it is."""
    return flag.evaluate


def state_of(
    registry: Registry,
    contributions: Iterable[Contribution],
    document: Document,
    wrap: Wrap,
    before: FlagState | None = None,
) -> FlagState:
    """Return the state that layers amount to; definitions never merge, the strongest stands for itself.

    What was compiled `before` is used again where the layers are the same.
    """
    layers = _layers(registry, contributions, document)
    if before is not None and before.revision == document.revision and before.layers == layers:
        return FlagState(document.revision, layers, before.compiled, before.evaluators)
    if not layers:
        return FlagState(document.revision, {}, {}, {})
    from cfgcore.flag.compiled import compiled

    made = {key: compiled(key, _data(registry, key, found), document.revision) for key, found in layers.items()}
    return FlagState(document.revision, layers, made, {key: wrap(flag) for key, flag in made.items()})


def base_of(registry: Registry, key: str) -> Definition:
    """Return what short forms of a flag are based on: its declaration, or a switch that is off."""
    from cfgcore.change.flag_value import declared_definition
    from cfgcore.flag.shorthand import switch

    return declared_definition(registry, key) or switch(key, False)


def _data(registry: Registry, key: str, layers: Sequence[Layered]) -> Any:
    from cfgcore.flag.shorthand import expanded

    value = layers[-1].value
    try:
        return expanded(value, base_of(registry, key))
    except ValueError:
        return value


def _declared(registry: Registry, key: str) -> Mapping[str, Any]:
    from cfgcore.change.flag_value import declared_definition

    definition = declared_definition(registry, key)
    return FrozenDict(definition.data()) if definition else {}


def _layers(
    registry: Registry, contributions: Iterable[Contribution], document: Document
) -> dict[str, tuple[Layered, ...]]:
    found: dict[str, list[tuple[int, Layered]]] = {}
    for key, (plugin, _) in registry.flags.items():
        origin = Origin("default", "default", f"plugin {plugin!r}")
        found[key] = [(0, Layered(origin, _declared(registry, key)))]
    stored = Origin("stored", "stored", f"everyone, revision {document.revision}")
    for key, value in document.values.items():
        found.setdefault(key, []).append((LAYERS.index("stored"), Layered(stored, value)))
    for contribution in contributions:
        flags = contribution.tree.get(FLAGS)
        for key, node in flags.items() if isinstance(flags, Table) else ():
            if isinstance(node, Leaf) and node.operation != "delete":
                rank = LAYERS.index(contribution.layer)
                found.setdefault(key, []).append((rank, Layered(node.origin, node.value)))
    return {
        key: tuple(layered for _, layered in sorted(ranked, key=lambda pair: pair[0])) for key, ranked in found.items()
    }
