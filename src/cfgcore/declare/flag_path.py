"""Where flags stand among the paths: ``flags.<key>``, a definition or a user's variant, always a whole."""

from __future__ import annotations

from collections.abc import Iterable

from cfgcore.declare.declaration import Declaration
from cfgcore.declare.kind import Kind, Setting
from cfgcore.declare.resolved import Place
from cfgcore.values.absent import ABSENT
from cfgcore.values.origin import Path

FLAGS = "flags"


def is_flag(path: Path) -> bool:
    """Return whether a path, in any case, is that of flags, or of one."""
    return bool(path) and path[0].casefold() == FLAGS


def no_setting(dotted: str) -> str:
    """Return why nothing that is for settings can be about the flag at a path, or about all of them, and what can."""
    flag = dotted.partition(".")[2]
    what = "is a flag" if flag else "are the flags"
    variable = f"PREFIX_ENFORCE__FLAGS__{flag.upper() or 'NAME'}"
    return (
        f"{dotted.rstrip('.')!r} {what}, no setting; set it or roll it out for everyone, override it for a user, or "
        f"enforce it by the variable {variable}"
    )


def spelt(path: Path, declared: Iterable[str]) -> Path:
    """Return the path of a flag as it is spelt: by its declaration, or as it is. A key may hold dots."""
    if len(path) == 1:
        return (FLAGS,)
    key = ".".join(path[1:])
    known = set(declared)
    if key not in known and (key.casefold() in known or key.isupper()):
        key = key.casefold()
    return (FLAGS, key)


def place(path: Path) -> Place | None:
    """Return what stands at the canonical path of a flag: one value, which is never merged."""
    if len(path) != 2 or path[0] != FLAGS:
        return None
    kind = Kind("flag")
    return Place(Setting(path[1], kind, ABSENT, Declaration()), kind, secret=False)
