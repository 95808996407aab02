"""Putting something else in the place of a part of the running process, which is a child that goes soon."""

from __future__ import annotations


def put(owner: object, name: str, value: object) -> None:
    """Put `value` in the place of a part that must be there: a mutant of something that is gone breaks nothing."""
    assert hasattr(owner, name), f"{owner} has no {name} any more"
    setattr(owner, name, value)
