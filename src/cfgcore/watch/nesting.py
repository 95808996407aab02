"""How deep a change lies in listeners: a change that a listener makes is told to listeners, which may make changes."""

from __future__ import annotations

from contextvars import ContextVar

from cfgcore.errors import CfgcoreError

#: How deep changes may nest; the change of the application itself is at depth 0.
LIMIT = 8

#: The names of the listeners that led to what is running now, the first one first.
_path: ContextVar[tuple[str, ...]] = ContextVar("cfgcore_listeners", default=())


def path() -> tuple[str, ...]:
    """Return the names of the listeners within whose calls this code runs."""
    return _path.get()


def enter(names: tuple[str, ...]) -> None:
    """Let the code of this context run within the calls of these listeners."""
    _path.set(names)


def refuse_too_deep() -> None:
    """Raise :class:`CfgcoreError` for a change that lies deeper than listeners may nest."""
    names = _path.get()
    if len(names) > LIMIT:
        chain = ", ".join(dict.fromkeys(names))
        raise CfgcoreError(
            f"changes made by listeners nest at most {LIMIT} deep ({chain}); let a listener change only what differs"
        )
