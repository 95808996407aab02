"""A flag's state in an older file, as the definition that is stored today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cfgcore.flag.definition import key_fault
from cfgcore.flag.shorthand import expanded, percent_in, switch


def definition(key: str, value: Any) -> dict[str, Any]:
    """Return the definition of a flag that is true, false, or true for a share of users, such as ``25%``.

    A definition is returned as it is; the core checks it as it checks every one.

    Raises ``ValueError`` for anything else.
    """
    fault = key_fault(key)
    if fault is not None:
        raise ValueError(fault)
    is_share = isinstance(value, str) and percent_in(value) is not None
    if not is_share and not isinstance(value, (bool, Mapping)):
        raise ValueError(f"{value!r} is neither true, false nor a percentage from 0 to 100")
    return dict(expanded(value, switch(key, False)))
