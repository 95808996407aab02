"""Versions and how they compare: semver.org 2.0.0, with a leading ``v`` and missing parts forgiven."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

_VERSION = re.compile(
    r"[vV]?(0|[1-9][0-9]{0,17})(?:\.(0|[1-9][0-9]{0,17}))?(?:\.(0|[1-9][0-9]{0,17}))?"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)

_LENGTH = 256

_Part: TypeAlias = "tuple[int, int, str]"


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version, in the order of semver.org: a release is above its prereleases; what was built with is ignored."""

    core: tuple[int, int, int]
    is_release: bool
    prerelease: tuple[_Part, ...]


def version(value: Any) -> Version | None:
    """Return the version that a value spells, or None; ``1`` and ``v1.2`` stand for 1.0.0 and 1.2.0."""
    spelt = value if isinstance(value, str) else str(value) if type(value) in (int, float) else ""
    found = _VERSION.fullmatch(spelt) if len(spelt) <= _LENGTH else None
    if found is None:
        return None
    major, minor, patch, prerelease = found.groups()
    parts = prerelease.split(".") if prerelease else []
    if any(part.isdigit() and part != "0" and part.startswith("0") for part in parts):
        return None
    return Version((int(major), int(minor or 0), int(patch or 0)), not parts, tuple(map(_part, parts)))


def _part(identifier: str) -> _Part:
    """Return an identifier in its order: numbers by their value, below all names."""
    return (0, int(identifier), "") if identifier.isdigit() else (1, 0, identifier)


COMPARISONS: Mapping[str, Callable[[Version, Version], bool]] = {
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "^": lambda one, other: one.core[0] == other.core[0],
    "~": lambda one, other: one.core[:2] == other.core[:2],
}


def compare(one: Any, sign: Any, other: Any) -> bool | None:
    """Return whether a version stands to another as `sign` says; None where one of the three is no such thing."""
    comparison = COMPARISONS.get(sign) if isinstance(sign, str) else None
    first, second = version(one), version(other)
    return None if comparison is None or first is None or second is None else comparison(first, second)
