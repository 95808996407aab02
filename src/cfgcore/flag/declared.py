"""The definition that a plugin's declaration of a flag amounts to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from cfgcore.declare.flag import Flag
from cfgcore.flag.definition import Definition
from cfgcore.flag.shorthand import choices, switch
from cfgcore.values.frozen import FrozenDict, plain

DESCRIPTION, OWNER, EXPIRES = "description", "owner", "expires"


def declared(flag: Flag) -> Definition:
    """Return the definition of a declared flag; what it does, who owns it and when it should go are its metadata."""
    if flag.variants:
        made = choices(flag.name, plain(flag.variants), str(flag.default))
    else:
        made = switch(flag.name, bool(flag.default))
    said = {
        DESCRIPTION: flag.description,
        OWNER: flag.owner,
        EXPIRES: flag.expires.isoformat() if flag.expires else "",
    }
    told = {name: value for name, value in said.items() if value}
    return replace(made, metadata=FrozenDict({**told, **made.metadata}))


def expiry_of(definition: Definition | None) -> date | None:
    """Return the date from which on a flag should be gone, as its metadata say; None where they do not."""
    if definition is None:
        return None
    try:
        return date.fromisoformat(str(definition.metadata.get(EXPIRES)))
    except ValueError:
        return None
