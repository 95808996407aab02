"""``cfgcore.validate``: files examined by themselves, whatever they are, and every problem with its line."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path as File
from typing import TYPE_CHECKING

from cfgcore.check.constraining import Constraining
from cfgcore.check.judgement import Judge, Judgement
from cfgcore.check.result import ValidationResult
from cfgcore.declare.registry import Registry
from cfgcore.errors import CfgcoreError, SourceError
from cfgcore.installing.inspection import Inspection
from cfgcore.installing.migration import converted, fit
from cfgcore.installing.order import Order
from cfgcore.installing.recognition import JSON_LIMIT, SETTINGS, STORE, Recognised, recognise
from cfgcore.installing.report import Entry
from cfgcore.installing.settings_source import read_settings
from cfgcore.installing.store_source import opened_copy
from cfgcore.installing.trial import Trial
from cfgcore.layer.reading import Sources
from cfgcore.layer.text import FixedLine, Text, read_text
from cfgcore.layer.tree import origin_at
from cfgcore.opening import load_plugins
from cfgcore.plugins import Plugins
from cfgcore.store import address
from cfgcore.store.document import SHARED
from cfgcore.store.json_file import JsonFileStore
from cfgcore.values.origin import Origin, Path
from cfgcore.values.problem import Problem

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from cfgcore.opening import PluginArguments


@dataclass(frozen=True, slots=True)
class Examined(ValidationResult):
    """What one file was recognised as, why, and all its problems; the format is empty where it cannot be read."""

    name: str = ""
    format: str = ""
    why: str = ""


def validate(
    *files: str | File,
    format: str | None = None,
    environment: str | Iterable[str] = (),
    **plugins: Unpack[PluginArguments],
) -> tuple[Examined, ...]:
    """Examine settings files, documents and stores, and files of older formats, each by itself.

    Every value is checked against the plugins' schemas and rules; problems have the line they are on. A required
    setting may come from elsewhere, so that missing it is no problem of a file. `format` says what the files are where
    several formats recognise them, `environment` is that of settings files; the plugins are named as for
    :func:`cfgcore.open`. Nothing is written.
    """
    found, registry = load_plugins(**plugins)
    environments = environment.split(",") if isinstance(environment, str) else environment
    names = tuple(name.strip() for name in environments if name.strip())
    return tuple(examine(str(file), found, registry, format, names) for file in files)


def examine(
    name: str, plugins: Plugins, registry: Registry, format_: str | None, environments: Sequence[str]
) -> Examined:
    """Examine one file with plugins that are loaded; see :func:`validate`."""
    found: Recognised | None = None
    try:
        found = recognise(name, registry, format_)
        problems = tuple(_problems(found, plugins, registry, environments))
    except CfgcoreError as error:
        problems = (_unreadable(address.shown(name), error),)
    format_, why = (found.format, found.why) if found is not None else ("", "")
    return Examined(problems, address.shown(name), format_, why)


def _problems(
    found: Recognised, plugins: Plugins, registry: Registry, environments: Sequence[str]
) -> Iterator[Problem]:
    if found.format == STORE:
        yield from _of_store(found, plugins, registry)
    elif found.format == SETTINGS:
        yield from _of_settings(found, plugins, registry, environments)
    else:
        yield from _of_legacy(found, plugins, registry)


def _unreadable(name: str, error: CfgcoreError) -> Problem:
    place, cause = (error.place, error.cause) if isinstance(error, SourceError) else (name, str(error))
    line = place.removeprefix(f"{name}:")
    locator = FixedLine(int(line)) if line.isdecimal() else None
    return Problem(
        "unreadable", "", cause.removeprefix(f"{name}: "), "error", Origin("file", "file", name, (), locator)
    )


def _of_settings(
    found: Recognised, plugins: Plugins, registry: Registry, environments: Sequence[str]
) -> Iterator[Problem]:
    assert found.text is not None, "a settings file has a text"
    contributions, reported = read_settings(found.text, registry, environments)
    yield from reported
    constraining = Constraining(registry, plugins.constraints, lambda _path, _origin: "")
    judgement = Judge(registry, Sources(environ={}), constraining).judge(contributions, reported)
    yield from (_located(problem, judgement) for problem in judgement.problems if problem.code != "required")


def _located(problem: Problem, judgement: Judgement) -> Problem:
    """Return a problem with the place of what it is about, where it does not say one: of a rule, for example."""
    if problem.origin is not None or not problem.path:
        return problem
    origin = origin_at(judgement.tree, tuple(problem.path.split(".")))
    return replace(problem, origin=origin) if origin is not None and origin.kind == "file" else problem


def _of_legacy(found: Recognised, plugins: Plugins, registry: Registry) -> Iterator[Problem]:
    with (
        tempfile.TemporaryDirectory(prefix="cfgcore-validate-") as folder,
        closing(JsonFileStore(File(folder) / "empty.json", backups=0)) as store,
        Trial(plugins, registry, store) as trial,
    ):
        fitted, entries = fit(found, converted(found, registry), trial, Order())
    yield from (_of_entry(found, entry) for entry in entries if entry.fate in ("invalid", "dropped"))
    if all(entry.fate == "dropped" for entry in entries):
        yield Problem("unmapped", "", "nothing in it is known", "error", Origin("file", "file", found.name))
    yield from fitted.plan.warnings


def _of_entry(found: Recognised, entry: Entry) -> Problem:
    """Return an entry as a problem of the key in the file."""
    origin = Origin("file", "file", found.name, (), FixedLine(entry.line))
    severity, code = ("error", "invalid") if entry.fate == "invalid" else ("warning", "unmapped")
    return Problem(code, entry.source, entry.why, severity, origin, suggested=entry.suggested)  # type: ignore[arg-type]


def _of_store(found: Recognised, plugins: Plugins, registry: Registry) -> Iterator[Problem]:
    with opened_copy(found, plugins, edited=True) as store, Trial(plugins, registry, store) as trial:
        text = _document(found)
        yield from (_placed(problem, text, None) for problem in trial.found)
        for user, _, problems in Inspection(trial, store).problems():
            yield from (_placed(problem, text, user) for problem in problems)


def _document(found: Recognised) -> Text | None:
    """Return the text of a JSON document, to find lines in."""
    if found.file is None or found.file.suffix.lower() == ".db":
        return None
    try:
        text = read_text(found.file, found.name, JSON_LIMIT)
    except (SourceError, FileNotFoundError):
        return None
    text.suffix = ".json"
    return text


def _placed(problem: Problem, text: Text | None, user: str | None) -> Problem:
    """Return a problem of a stored value with the line that the value has in its document."""
    if text is None or not problem.path:
        return problem
    key: Path = tuple(problem.path.split("."))
    document = key[0] if key[0] in SHARED else SHARED[0]
    inner = key[1:] if key[0] in SHARED else key
    full = (document, "values", *inner) if user is None else ("users", user, "values", *key)
    return replace(problem, origin=Origin("stored", "file", text.name, full, text))
