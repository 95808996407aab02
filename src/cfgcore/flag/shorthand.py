"""Short ways to say a definition: on or off, a percentage of the users, shares of variants."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from cfgcore.flag.bucket import RECIPE, RECIPE_KEY
from cfgcore.flag.definition import ENABLED, Definition
from cfgcore.flag.layout import PLACES, WHOLE, Layout, arranged, weights
from cfgcore.values.frozen import FrozenDict
from cfgcore.values.suggest import did_you_mean

ON, OFF = "on", "off"

_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3})?) ?%")


def switch(key: str, is_on: bool) -> Definition:
    """Return the definition of a flag that is on or off for everyone."""
    return Definition(
        key, ENABLED, {ON: True, OFF: False}, ON if is_on else OFF, metadata=FrozenDict({RECIPE_KEY: RECIPE})
    )


def choices(key: str, variants: Mapping[str, Any], default: str | None) -> Definition:
    """Return the definition of a flag of several variants that gives everyone the default one."""
    return Definition(key, ENABLED, variants, default, metadata=FrozenDict({RECIPE_KEY: RECIPE}))


def settled(base: Definition, variant: str | bool) -> Definition:
    """Return `base` without its rule: everyone has this variant; true and false stand for those of these values.

    Raises ``ValueError`` for a variant that the flag does not have.
    """
    return replace(base, state=ENABLED, default_variant=variant_of(base, variant), targeting={}, evaluators={})


def variant_of(base: Definition, variant: Any) -> str:
    """Return the name of a variant: itself, or the one whose value is true or false.

    Raises ``ValueError`` where the flag has none.
    """
    if isinstance(variant, bool):
        found = next((name for name, value in base.variants.items() if value is variant), None)
        if found is None:
            raise ValueError(f"the flag is not on or off; its variants are {', '.join(base.variants)}")
        return found
    if not isinstance(variant, str) or variant not in base.variants:
        hint = did_you_mean(variant, base.variants) if isinstance(variant, str) else ""
        raise ValueError(f"there is no variant {variant!r} among {', '.join(base.variants)}.{hint}")
    return variant


def percentage(value: Any) -> Fraction:
    """Return a percentage: a number from 0 to 100 of at most three decimal places. Raises ``ValueError``."""
    is_number = isinstance(value, (int, float, Fraction)) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not 0 <= value <= WHOLE:
        raise ValueError(f"{value!r} is not a percentage, a number from 0 to 100")
    share = value if isinstance(value, Fraction) else Fraction(repr(value))
    if (share * 10**PLACES).denominator != 1:
        raise ValueError(f"{value!r} has more than {PLACES} decimal places")
    return share


def percent_in(text: str) -> Fraction | None:
    """Return the percentage that text such as ``25%`` spells, or None where it spells none."""
    found = _PERCENT.fullmatch(text.strip())
    return percentage(Fraction(found[1])) if found else None


def rolled_out(base: Definition, shares: Mapping[str, Any], *, others: bool = False) -> Definition:
    """Return `base` with its users split: each variant has its percentage, and one of them, the rest, what is left.

    The rest is "off" of a switch, else the default variant; where percentages of all variants are given, nothing may be
    left. With `others`, variants that are not named keep their share. A user stays with a variant whose share grows.

    Raises ``ValueError`` for what is no percentage, for a sum above 100 and for a rule of another form.
    """
    known = {variant_of(base, variant): percentage(share) for variant, share in shares.items()}
    rest = _rest(base)
    layout = layout_of(base)
    if others:
        kept = {name: _sum(layout, name) for name, _ in layout if name != rest}
        known = {**kept, **known}
    total = sum(share for name, share in known.items() if name != rest)
    if total + known.get(rest, 0) > WHOLE:
        raise ValueError(f"the shares sum to {float(total + known.get(rest, 0)):g} %, more than 100 %")
    if rest in known and total + known[rest] != WHOLE:
        raise ValueError(
            f"{rest!r} has what the others leave: {float(WHOLE - total):g} %, not {float(known[rest]):g} %"
        )
    made = arranged(layout, {name: share for name, share in known.items() if name != rest}, rest)
    whole = next((name for name, share in made if share == WHOLE), rest)
    metadata = FrozenDict({**base.metadata, RECIPE_KEY: RECIPE})
    default = whole if base.is_switch else base.default_variant
    return replace(
        base, state=ENABLED, default_variant=default, targeting={"fractional": weights(made)}, metadata=metadata
    )


def layout_of(base: Definition) -> Layout:
    """Return how the users of a flag are split. Raises ``ValueError`` where a rule of another form decides."""
    if not base.targeting:
        return ((base.default_variant or _rest(base), WHOLE),)
    arguments = base.targeting.get("fractional") if len(base.targeting) == 1 else None
    parts: list[Any] = arguments if isinstance(arguments, list) else [None]
    if not all(_is_share(base, part) for part in parts):
        raise ValueError("a targeting rule of its own decides; set the whole definition, or set the flag first")
    total = sum(part[1] for part in parts)
    return tuple((part[0], part[1] * WHOLE / total) for part in parts if part[1])


def _is_share(base: Definition, part: Any) -> bool:
    return isinstance(part, list) and len(part) == 2 and part[0] in base.variants and type(part[1]) is int


def _rest(base: Definition) -> str:
    if base.is_switch:
        return variant_of(base, False)
    return base.default_variant or next(iter(base.variants))


def _sum(layout: Layout, variant: str) -> Fraction:
    return sum((share for name, share in layout if name == variant), Fraction(0))


def expanded(value: Any, base: Definition) -> Any:
    """Return the definition, as plain data, that a short form stands for: true, false, ``25%``, or a variant's name.

    `base` gives the variants. A whole definition is returned as it is. Raises ``ValueError`` for anything else.
    """
    if isinstance(value, Mapping):
        return value
    share = percent_in(value) if isinstance(value, str) and value not in base.variants else None
    if share is not None:
        fresh = settled(base, False)
        return rolled_out(fresh, {variant_of(base, True): share}).data()
    if isinstance(value, (bool, str)):
        return settled(base, value).data()
    raise ValueError(f"{value!r} is neither true, false, a percentage such as '25%', a variant nor a definition")
