"""Flags as people look at them: what each is, and what its value for a user follows from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from cfgcore.change.flag_state import FlagState, Layered, User
from cfgcore.flag.choice import Bucket, Step
from cfgcore.flag.compiled import traced
from cfgcore.flag.declared import DESCRIPTION, OWNER, expiry_of
from cfgcore.flag.definition import DISABLED
from cfgcore.flag.outcome import Evaluation
from cfgcore.flag.shorthand import layout_of
from cfgcore.values import moment
from cfgcore.values.absent import ABSENT
from cfgcore.values.origin import Origin
from cfgcore.values.problem import Problem


@dataclass(frozen=True, slots=True)
class FlagSummary:
    """One flag: its definition as plain data, where that came from, and what people should know of it.

    `definition` is None and `problems` say why where it cannot be used. `rollout` is the percentage of users by variant
    where nothing but buckets decides; from the date `expires` on, it should be gone.
    """

    flag: str
    state: str
    default: str | None
    definition: Mapping[str, Any] | None
    rollout: Mapping[str, float]
    origin: Origin
    description: str = ""
    owner: str = ""
    expires: date | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def is_expired(self) -> bool:
        """Whether it should be gone by today."""
        return self.expires is not None and self.expires <= moment.now().date()

    @property
    def told(self) -> str:
        """What it gives, in a few words: ``on``, ``25 % on, 75 % off``, ``by rule, otherwise off``."""
        if self.definition is None:
            return "cannot be used"
        if self.state == DISABLED:
            return "disabled"
        if self.rollout:
            return ", ".join(f"{share:g} % {variant}" for variant, share in self.rollout.items())
        default = self.default or "the caller's default"
        return f"by rule, otherwise {default}" if "targeting" in self.definition else default


@dataclass(frozen=True, slots=True)
class FlagExplanation:
    """Why a flag has its value for a user.

    `layers` are what each layer says of it, weakest first: the last one holds. `override` is the user's own variant,
    None where there is none; `ignored` says why it does not count, where it does not. `steps` are the decisions of the
    rule, and `bucket` is that of the split among them.
    """

    evaluation: Evaluation
    user: str | None
    layers: tuple[Layered, ...]
    override: bool | str | None = None
    steps: tuple[Step, ...] = ()
    bucket: Bucket | None = None
    ignored: str = ""

    def __str__(self) -> str:
        found = self.evaluation
        whom = "nobody in particular" if self.user is None else f"user {self.user!r}"
        value = "the caller's default" if found.value is ABSENT else repr(found.value)
        variant = "no variant" if found.variant is None else f"variant {found.variant}"
        lines = [f"{found.flag} is {value} for {whom} ({variant}, {found.reason})"]
        if found.message:
            lines.append(f"  {found.message}")
        lines += [f"  {'→' if layered is self.layers[-1] else ' '} {layered.origin}" for layered in self.layers]
        if self.override is not None:
            ignored = f", which does not count: {self.ignored}" if self.ignored else ""
            lines.append(f"  the user's own variant: {self.override!r}{ignored}")
        lines += [f"  {step.place}: {step.told}" for step in self.steps]
        if self.bucket is not None:
            lines.append(f"  bucket key {self.bucket.key!r}")
        return "\n".join(lines)


def summary_of(state: FlagState, key: str) -> FlagSummary:
    """Return what people should know of one flag."""
    flag, origin = state.compiled[key], state.layers[key][-1].origin
    definition = flag.definition
    if definition is None:
        return FlagSummary(key, "ERROR", None, None, {}, origin, problems=flag.problems)
    metadata = definition.metadata
    return FlagSummary(
        key,
        definition.state,
        definition.default_variant,
        definition.data(),
        _rollout(state, key),
        origin,
        str(metadata.get(DESCRIPTION, "")),
        str(metadata.get(OWNER, "")),
        expiry_of(definition),
    )


def explained(
    state: FlagState, evaluation: Evaluation, user: str | None, given: User | None, context: Mapping[str, Any]
) -> FlagExplanation:
    """Return what an evaluation follows from; of a user of whom nothing is known, None is `given`."""
    found = FlagExplanation(evaluation, user, state.layers.get(evaluation.flag, ()))
    if given is None:
        return found
    key, outcomes, overrides = given
    override, ignored = overrides.get(evaluation.flag), _ignored(state, evaluation.flag, given)
    found = replace(found, override=override, ignored=ignored)
    flag = state.compiled.get(evaluation.flag)
    if evaluation.flag in outcomes or flag is None or flag.definition is None or flag.problems:
        return found
    steps: Sequence[Step] = ()
    if flag.definition.state != DISABLED:
        with suppress(Exception):  # the evaluation says so, and why
            _, steps = traced(flag.definition, key, context)
    bucket = next((step.bucket for step in reversed(steps) if step.bucket is not None), None)
    return replace(found, steps=tuple(steps), bucket=bucket)


def _ignored(state: FlagState, key: str, given: User) -> str:
    """Return why what a user was given of a flag does not count; nothing where it does, or there is nothing."""
    _, outcomes, overrides = given
    if key in outcomes or key not in overrides or key not in state.layers:
        return ""
    if state.is_enforced(key):
        return f"{state.layers[key][-1].origin} is stronger"
    if state.compiled[key].definition is None:
        return "the definition cannot be used"
    return "it is no variant of the flag any more"


def _rollout(state: FlagState, key: str) -> dict[str, float]:
    definition = state.compiled[key].definition
    if definition is None or not definition.targeting:
        return {}
    try:
        layout = layout_of(definition)
    except ValueError:
        return {}
    found: dict[str, float] = {}
    for variant, share in layout:
        found[variant] = found.get(variant, 0.0) + float(share)
    return found
