"""A rule: a pure function over settings that must hold together."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cfgcore.errors import DeclarationError
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.frozen import FrozenDict
from cfgcore.values.problem import Severity


@dataclass(frozen=True, slots=True)
class Violation:
    """What a rule returns when it wants to say more than a sentence: which path yields, and what to write there."""

    message: str
    path: str | None = None
    suggested: Any | Absent = ABSENT
    parameters: Mapping[str, Any] = field(default_factory=FrozenDict)


Check = Callable[..., "str | Violation | None"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A function over the values of `paths`. Made by :func:`rule`."""

    paths: tuple[str, ...]
    check: Check
    code: str
    severity: Severity
    yields: str


def rule(
    paths: Sequence[str],
    check: Check,
    *,
    code: str | None = None,
    severity: Severity = "error",
    yields: str | None = None,
) -> Rule:
    """Declare that `check`, called with the values of `paths` in their order, must return None.

    It returns a sentence or a :class:`Violation` where the values do not go together. It must be pure: it is run again
    only when one of its paths changed. `code` names the problem, for translations; it is the function's name unless
    given. `yields` is the path that a problem is reported at, the first one unless given. A rule whose paths belong to
    a plugin that is not installed does not run.

    Raises :class:`DeclarationError` for paths or a function that cannot be.
    """
    given = tuple(paths) if isinstance(paths, Sequence) and not isinstance(paths, str) else (paths,)
    subject = code or str(getattr(check, "__name__", "rule"))
    if not given or not all(isinstance(path, str) and "." in path for path in given):
        raise DeclarationError(f"rule {subject!r}: paths are of the form 'section.setting', not {given!r}")
    if yields is not None and yields not in given:
        raise DeclarationError(f"rule {subject!r}: yields={yields!r} is none of its paths {given!r}")
    if severity not in ("error", "warning"):
        raise DeclarationError(f"rule {subject!r}: severity={severity!r} is neither 'error' nor 'warning'")
    try:
        inspect.signature(check).bind(*given)
    except (TypeError, ValueError) as error:
        raise DeclarationError(f"rule {subject!r}: the function must take {len(given)} value(s): {error}") from error
    return Rule(given, check, subject, severity, yields or given[0])
