"""Whether a model may be used: what a user blocks, and what administrators demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from cfgcore import View
from cfgcore.values.pattern import Pattern, first_match, patterns


@dataclass(frozen=True, slots=True)
class Allowance:
    """Whether a model may be used; true when it may. `reason` says why not."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


class Models:
    """The models of one view: ``Models(config.for_user("alice")).is_allowed("acme/x", "huggingface")``."""

    def __init__(self, view: View) -> None:
        self._view = view

    def is_allowed(self, name: str, source: str | None = None) -> Allowance:
        """Return whether the model `name` may be downloaded, suggested and used; from `source`, where one is given."""
        policies = self._view.policies.models
        if name in self._view.models.blocked_models:
            return Allowance(False, f"{name} is blocked by models.blocked_models")
        found = first_match(_compiled(policies.blocked_model_patterns), name)
        if found is not None:
            return Allowance(False, f"policy blocked_model_patterns blocks {name}: it matches {found}")
        if source is not None and source not in policies.allowed_model_sources:
            allowed = ", ".join(policies.allowed_model_sources) or "none"
            return Allowance(False, f"policy allowed_model_sources does not allow {source} (allowed: {allowed})")
        return Allowance(True)


@lru_cache(maxsize=16)
def _compiled(texts: Sequence[str]) -> tuple[Pattern, ...]:
    return patterns(texts)
