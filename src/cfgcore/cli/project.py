"""An application's own arguments, in the ``cfgcore.toml`` or the ``[tool.cfgcore]`` of its folder."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path as File
from typing import Any, TypeAlias

from cfgcore.errors import CfgcoreError, SourceError
from cfgcore.values.origin import Origin, Path

OriginOf: TypeAlias = Callable[[Path], Origin]


class ProjectError(CfgcoreError):
    """The application's own arguments are wrong."""


def project_arguments(start: File) -> dict[str, Any]:
    """Return the arguments that the nearest ``cfgcore.toml`` or ``[tool.cfgcore]`` gives, looking upwards from `start`.

    The search ends at the first file that says something, or at the top of a version-controlled folder. Relative paths
    count from the file's folder. Raises :class:`ProjectError` for keys and values that cannot be.
    """
    for folder in (start, *start.parents):
        for name, keys in (("cfgcore.toml", ()), ("pyproject.toml", ("tool", "cfgcore"))):
            file = folder / name
            arguments = _arguments(file, keys) if os.path.isfile(file) else None
            if arguments is not None:
                return arguments | {"folder": folder}
        if os.path.exists(folder / ".git"):
            break
    return {}


def _arguments(file: File, keys: Path) -> dict[str, Any] | None:
    from cfgcore.layer.dynaconf_reader import parse
    from cfgcore.layer.text import read_text
    from cfgcore.layer.unreadable import Unreadable

    try:
        text = read_text(file, str(file))
        data, text.lines = parse(text.content, ".toml")
    except (SourceError, FileNotFoundError) as error:
        raise ProjectError(str(error)) from None
    except Unreadable as error:
        raise ProjectError(f"{file}:{error.line}: {error.cause}" if error.line else f"{file}: {error.cause}") from None
    for depth, key in enumerate(keys, start=1):
        if isinstance(data, Mapping) and key not in data:
            return None
        data = data[key] if isinstance(data, Mapping) else None
        if not isinstance(data, Mapping):
            raise ProjectError(f"{file}:{text.line_of(keys[:depth])}: {'.'.join(keys[:depth])}: it is not a table")
    return _checked(data, lambda key: Origin("file", "file", text.name, (*keys, *key), text))


def _checked(data: Any, origin_of: OriginOf) -> dict[str, Any]:
    from cfgcore.check.judgement import Judge
    from cfgcore.cli.arguments import ApplicationConfig
    from cfgcore.declare.registry import Owned, Registry
    from cfgcore.layer.plant import Planter
    from cfgcore.layer.reading import Sources
    from cfgcore.layer.report import Report
    from cfgcore.layer.tree import Contribution, Table

    registry = Registry([Owned("cfgcore", sections=[ApplicationConfig])])
    report, tree = Report("error"), Table()
    Planter(registry, report, inert=True).plant(tree, ("application",), data, origin_of, ())
    judgement = Judge(registry, Sources(environ={})).judge([Contribution("file", "", tree)], report.problems)
    problems = (*report.problems, *judgement.problems)
    if problems:
        raise ProjectError("\n".join(str(problem).replace("application.", "") for problem in problems))
    given = judgement.sections["application"]
    arguments = {
        name: value for name in registry.sections["application"].settings if (value := getattr(given, name)) is not None
    }
    if arguments.get("plugin_group") == "":
        arguments["plugin_group"] = None
    return arguments


def load_objects(names: Sequence[str], folder: File) -> list[object]:
    """Import plugins named ``package.module`` or ``module:object``; modules in `folder` are found as well.

    Raises :class:`ProjectError` naming the one that cannot be imported.
    """
    if names and str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return [_load_object(name) for name in names]


def _load_object(name: str) -> object:
    module, _, attribute = name.partition(":")
    try:
        found: object = importlib.import_module(module)
        for part in filter(None, attribute.split(".")):
            found = getattr(found, part)
    except (Exception, SystemExit) as error:
        raise ProjectError(f"plugin {name!r} cannot be imported: {type(error).__name__}: {error}") from error
    return found
