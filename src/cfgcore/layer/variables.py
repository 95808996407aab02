"""Environment variables as a tree: ``PREFIX_SECTION__SETTING``, and the names that settings claim for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as File
from typing import TYPE_CHECKING

from cfgcore.declare.ownership import sections
from cfgcore.declare.registry import Registry
from cfgcore.errors import SourceError
from cfgcore.layer.text import read_text
from cfgcore.layer.tree import Contribution, Table
from cfgcore.values.origin import Origin, Path

if TYPE_CHECKING:
    from cfgcore.layer.plant import OriginOf, Planter

SEPARATOR = "__"
ENFORCE = "ENFORCE"
FILE_SUFFIX = "_FILE"


def claimed(registry: Registry) -> dict[str, Path]:
    """Return the variables that settings claim by ``setting(env=...)``, with the paths they set."""
    return {
        variable: (*path, setting.name)
        for path, section in sections(registry)
        for setting in section.settings.values()
        for variable in setting.declared.env
    }


def relevant(environ: Mapping[str, str], prefix: str, names: Mapping[str, Path]) -> dict[str, str]:
    """Return the variables that can be settings: those with the prefix, and those claimed by name."""
    start = f"{prefix}_"
    return {name: text for name, text in environ.items() if name.startswith(start) or name in names}


def variable_path(name: str, prefix: str) -> Path | None:
    """Return the raw path that a variable names, or None for one without ``__``: Kubernetes injects ``APP_PORT``."""
    rest = name[len(prefix) + 1 :]
    keys = tuple(rest.split(SEPARATOR))
    if len(keys) < 2 or not all(keys):
        return None
    return keys


def enforce_start(prefix: str) -> str:
    """Return how the names of variables begin that enforce a value: ``PREFIX_ENFORCE__``."""
    return f"{prefix}_{ENFORCE}{SEPARATOR}"


def is_enforced(name: str, prefix: str) -> bool:
    """Return whether a variable enforces a value."""
    return name.startswith(enforce_start(prefix))


def variable_contributions(
    variables: Mapping[str, tuple[str, Origin]], prefix: str, names: Mapping[str, Path], planter: Planter
) -> list[Contribution]:
    """Return what the variables set, weakest first: by claimed names, by files that ``_FILE`` names, by their names."""
    derived = {name: path for name in sorted(variables) if (path := _derived(name, prefix)) is not None}
    by_claim, by_file, by_name = Table(), Table(), Table()
    for name, path in names.items():
        if name in variables:
            text, origin = variables[name]
            planter.plant(by_claim, path, text, _constant(origin), ())
    for name, path in derived.items():
        text, origin = variables[name]
        if _names_file(path, planter.registry):
            _from_file(by_file, path, text, origin, planter)
        else:
            planter.plant(by_name, path, text, _constant(origin), ())
    return [Contribution("environment", "environment variables", tree) for tree in (by_claim, by_file, by_name) if tree]


def named_files(variables: Mapping[str, tuple[str, Origin]]) -> list[File]:
    """Return the files that ``_FILE`` variables may name."""
    return [File(text) for name, (text, _) in variables.items() if text and name.upper().endswith(FILE_SUFFIX)]


def _derived(name: str, prefix: str) -> Path | None:
    return variable_path(name, prefix) if name.startswith(f"{prefix}_") else None


def _names_file(path: Path, registry: Registry) -> bool:
    """Whether a path ends in ``_FILE`` and names a setting without it, and none with it."""
    last = path[-1]
    if not last.upper().endswith(FILE_SUFFIX) or registry.canonical(path)[1] is None:
        return False
    return registry.canonical((*path[:-1], last[: -len(FILE_SUFFIX)]))[1] is None


def _from_file(tree: Table, path: Path, name: str, origin: Origin, planter: Planter) -> None:
    if not name:
        return
    try:
        content = read_text(File(name), name).content
    except FileNotFoundError:
        missing = f"the file {name!r} does not exist; create it, or unset the variable"
        planter.report.cannot_read(SourceError(origin.name, missing))
        return
    except SourceError as error:
        planter.report.cannot_read(SourceError(origin.name, str(error)))
        return
    secret = Origin("environment", "secret", f"{name} ({origin.name})")
    plain_path = (*path[:-1], path[-1][: -len(FILE_SUFFIX)])
    planter.plant(tree, plain_path, content.rstrip("\r\n"), _constant(secret), ())


def _constant(origin: Origin) -> OriginOf:
    return lambda _key: origin


def ignored(environ: Mapping[str, str], prefix: str, names: Mapping[str, Path]) -> list[str]:
    """Return the names that begin with the prefix and are no settings, because they hold no ``__``."""
    return sorted(
        name
        for name in environ
        if name.startswith(f"{prefix}_") and name not in names and variable_path(name, prefix) is None
    )


def variable_of(path: Path, prefix: str) -> str:
    """Return the name of the variable that sets `path`."""
    return f"{prefix}_" + SEPARATOR.join(path).upper()
