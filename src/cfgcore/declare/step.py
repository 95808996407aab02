"""Steps: how the values of a section are brought from one of its versions to the next, and back."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cfgcore.errors import DeclarationError
from cfgcore.values.frozen import FrozenDict, freeze

#: A function from the values of one version to those of another; it may take a second argument, ``report``.
Function = Callable[..., Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a section, from `version` to the next: `up`, perhaps `down`, and an example of the older version.

    `up_reports` and `down_reports` say whether the functions take ``report`` as their second argument.
    """

    version: int
    up: Function
    down: Function | None
    example: Mapping[str, Any]
    up_reports: bool
    down_reports: bool


def step(version: int, up: Function, *, down: Function | None = None, example: Mapping[str, Any] | None = None) -> Step:
    """Declare how the values of a section at `version` become those of the next version.

    `up` is a pure function from the older mapping to the newer one. Both are plain data, and sparse: they hold only
    what somebody set, and perhaps keys that nobody knows, which it hands on. It may take a second argument,
    ``report(path, message, suggested=...)``, for values that it cannot bring forward. `down` is the way back; where
    every step of a section has one, older and newer processes can share a store. `example` is a mapping of the older
    version, for the checks of :mod:`cfgcore.testing`.

    Raises :class:`DeclarationError` for what is no version and no such function.
    """
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise DeclarationError(f"step({version!r}): a step begins at a version, a whole number of at least 1")
    if example is not None and not isinstance(example, Mapping):
        raise DeclarationError(f"step({version}): example={example!r} is no mapping of settings")
    up_reports = _takes_report(version, "up", up)
    down_reports = down is not None and _takes_report(version, "down", down)
    return Step(version, up, down, freeze(example) if example is not None else FrozenDict(), up_reports, down_reports)


def _takes_report(version: int, name: str, function: object) -> bool:
    if not callable(function):
        raise DeclarationError(f"step({version}): {name}={function!r} is no function")
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):
        return False
    for count in (2, 1):
        try:
            signature.bind(*range(count))
        except TypeError:
            continue
        return count == 2
    raise DeclarationError(f"step({version}): {name} takes the values, and perhaps report; not {signature}")


def complaint(version: int, steps: Sequence[Step]) -> str | None:
    """Return why `steps` do not lead from version 1 to `version`, or None where they do."""
    known = [found.version for found in steps]
    twice = next((number for number in known if known.count(number) > 1), None)
    if twice is not None:
        return f"two steps lead from version {twice}; give one"
    beyond = next((number for number in known if number >= version), None)
    if beyond is not None:
        return f"a step leads from version {beyond}, but the section is at version {version}"
    missing = next((number for number in range(1, version) if number not in known), None)
    if missing is not None:
        return f"no step leads from version {missing} to {missing + 1}; add step({missing}, ...) to steps="
    return None
