"""What an evaluation gives, in the words of OpenFeature."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from cfgcore.values.absent import ABSENT

Reason: TypeAlias = Literal["STATIC", "DEFAULT", "TARGETING_MATCH", "SPLIT", "DISABLED", "ERROR"]
ErrorCode: TypeAlias = Literal["FLAG_NOT_FOUND", "PARSE_ERROR", "TYPE_MISMATCH", "INVALID_CONTEXT", "GENERAL"]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The value of a flag for one user: its variant, and why.

    `reason` is STATIC without a targeting rule, TARGETING_MATCH where the rule or the user's override chose, SPLIT
    where a bucket did, DEFAULT where the rule chose nothing, DISABLED or ERROR where the value is the caller's default.
    `error` says which error; `message` tells it. `revision` is the commit that last changed what was evaluated: the
    stored flags, or the user's overrides; 0 where nothing is stored.
    """

    flag: str
    value: Any
    variant: str | None
    reason: Reason
    revision: int = 0
    error: ErrorCode | None = None
    message: str = ""

    def otherwise(self, default: Any) -> Evaluation:
        """Return this, with the caller's `default` where the flag itself has no value to give."""
        return replace(self, value=default) if self.value is ABSENT else self


def failure(flag: str, error: ErrorCode, message: str, revision: int = 0) -> Evaluation:
    """Return the outcome of a flag that cannot be evaluated: the caller's default will be its value."""
    return Evaluation(flag, ABSENT, None, "ERROR", revision, error, message)
