"""The feature flags of an enhanced file: on or off, for a share of the users, and for single users."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cfgcore import ABSENT
from cfgcore_models.legacy.collector import Collector, Keys, type_of
from cfgcore_models.legacy.defaults import FLAGS

_SHARES = "rollout_percentage"
_DRAWN_ANEW = "users are drawn for it anew, in a way that is the same in every process"


def take_flags(found: Collector, keys: Keys) -> None:
    """Take over the flags in the table at `keys`."""
    table = found.table(keys)
    states = found.table((*keys, "flags"))
    shares = _shares(found, keys, table, states)
    for name in dict.fromkeys((*states, *shares)):
        _take_flag(found, keys, name, states.get(name, ABSENT), shares.get(name, ABSENT))
    for user in found.table((*keys, "user_overrides")):
        _take_overrides(found, (*keys, "user_overrides", user), user)
    for name, value in table.items():
        if name not in ("flags", _SHARES, "user_overrides"):
            found.drop((*keys, name), value, "it says nothing of a flag")


def _shares(found: Collector, keys: Keys, table: Mapping[str, Any], states: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the share of each flag; a single number is that of all of them."""
    whole = table.get(_SHARES)
    if isinstance(whole, (int, float)) and not isinstance(whole, bool):
        found.drop((*keys, _SHARES), whole, "it is taken over with every flag that is on")
        return dict.fromkeys(states, whole)
    return found.table((*keys, _SHARES))


def _take_flag(found: Collector, keys: Keys, name: str, state: Any, share: Any) -> None:
    of_state, of_share = (*keys, "flags", name), (*keys, _SHARES, name)
    stands_alone = not isinstance(found.at((*keys, _SHARES)), Mapping)
    given = share is not ABSENT and not stands_alone
    is_on = FLAGS.get(name, False) if state is ABSENT else state
    if "." in name or not name:
        _refuse(found, of_state, state, of_share, share if given else ABSENT, f"{name!r} cannot be the name of a flag")
    elif not isinstance(is_on, bool):
        why = f"a flag is true or false, not {type_of(is_on)}"
        _refuse(found, of_state, state, of_share, share if given else ABSENT, why, FLAGS.get(name, False))
    elif share is not ABSENT and not _is_share(share):
        why = "a share of users is a number from 0 to 100; for whom the flag is on is not known"
        _refuse(found, of_state, state, of_share, share if given else ABSENT, why)
    else:
        _take_state(found, name, is_on, share, of_state if state is not ABSENT else None, of_share if given else None)


def _take_state(
    found: Collector, name: str, is_on: bool, share: Any, of_state: Keys | None, of_share: Keys | None
) -> None:
    path, then = f"flags.{name}", FLAGS.get(name, ABSENT)
    if is_on and share is not ABSENT and share < 100:
        value, why = f"{share:g}%", f"on for {share:g} % of users; {_DRAWN_ANEW}"
        if of_state is not None:
            found.take(of_state, path, value, then, given=True, why=why)
        if of_share is not None:
            found.take(of_share, path, value, then, given=share, why=why)
        return
    if of_state is not None:
        found.take(of_state, path, is_on, then)
    if of_share is not None:
        why = "everyone has what is on" if is_on else "the flag is off, so that nobody had it"
        found.drop(of_share, share, why)


def _refuse(
    found: Collector, of_state: Keys, state: Any, of_share: Keys, share: Any, why: str, suggested: Any = ABSENT
) -> None:
    if state is not ABSENT:
        found.wrong(of_state, state, why, suggested)
    if share is not ABSENT:
        found.wrong(of_share, share, why, suggested)


def _take_overrides(found: Collector, keys: Keys, user: str) -> None:
    for name, value in found.table(keys, user).items():
        if not isinstance(value, bool) or "." in name or not name:
            why = f"what a user has of a flag is true or false, not {type_of(value)}"
            found.wrong((*keys, name), value, why if name and "." not in name else f"{name!r} is no flag", whose=user)
        else:
            found.take((*keys, name), f"flags.{name}", value, ABSENT, user)


def _is_share(value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and 0 <= value <= 100
