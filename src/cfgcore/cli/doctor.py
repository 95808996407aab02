"""The command that looks at everything that could be the trouble."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any, Literal

import click

from cfgcore.change.forms import Forms
from cfgcore.change.today import problems_of
from cfgcore.check.judgement import Judge
from cfgcore.cli.options import Application, application_of, application_options, json_option
from cfgcore.cli.output import on_one_line, show_json
from cfgcore.declare.ownership import sections
from cfgcore.declare.policy import CORE
from cfgcore.declare.registry import Registry
from cfgcore.errors import CfgcoreError
from cfgcore.layer.reading import Reader, Sources
from cfgcore.layer.variables import claimed, ignored, relevant
from cfgcore.plugins import Plugins
from cfgcore.store.document import SHARED, VERSIONS
from cfgcore.store.opening import file_of, open_store
from cfgcore.store.protocol import Snapshot

State = Literal["ok", "note", "warning", "error"]

_COLOURS = {"ok": "green", "note": "blue", "warning": "yellow", "error": "red"}


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that was looked at, and how it is."""

    state: State
    about: str
    message: str


@click.command()
@json_option
@application_options
def doctor(as_json: bool, **options: Any) -> None:
    """Look at everything that could be the trouble: plugins, files, variables, values."""
    healthy = examine(application_of(options), as_json)
    click.get_current_context().exit(0 if healthy else 1)


COMMANDS = (doctor,)


def examine(application: Application, as_json: bool) -> bool:
    """Look at everything, print what was found, and return whether nothing is wrong."""
    remarks = list(_remarks(application))
    healthy = not any(remark.state == "error" for remark in remarks)
    if as_json:
        rows = [{"state": remark.state, "about": remark.about, "message": remark.message} for remark in remarks]
        show_json({"healthy": healthy, "remarks": rows})
        return healthy
    for remark in remarks:
        state = click.style(f"{remark.state:7}", fg=_COLOURS[remark.state])
        click.echo(f"{state} {remark.about:9} {on_one_line(remark.message)}")
    return healthy


def _remarks(application: Application) -> Iterator[Remark]:
    plugins, registry = application.load(on_plugin_error="skip")
    sources = application.sources(registry)
    yield from _of_plugins(plugins, registry)
    yield from _of_files(sources)
    yield from _of_variables(sources, registry)
    yield from _of_profiles(registry)
    yield from _of_values(registry, sources)
    yield from _of_store(application, plugins, registry)


def _of_plugins(plugins: Plugins, registry: Registry) -> Iterator[Remark]:
    count = len(plugins.names)
    found = [section for _, section in sections(registry) if section.plugin != CORE]
    settings = sum(len(section.settings) for section in found)
    yield Remark("ok" if count else "note", "plugins", f"{count} loaded, {len(found)} sections, {settings} settings")
    for failure in plugins.failures:
        yield Remark("error", "plugins", str(failure))
    for unknown in plugins.unknown_disabled:
        yield Remark("warning", "plugins", f"disabled {unknown}")


def _of_files(sources: Sources) -> Iterator[Remark]:
    for file in sources.files:
        if file.is_file():
            yield Remark("ok", "files", f"{file} is read")
            yield from _of_permissions(file)
        elif file not in sources.optional:
            yield Remark("error", "files", f"{file} does not exist, or is no file")
    if not any(file.is_file() for file in sources.files) and sources.optional:
        yield Remark(
            "note",
            "files",
            f"no settings file; {', '.join(sorted(file.name for file in sources.optional))} would be read",
        )
    for file in sources.files:
        local = file.with_name(f"{file.stem}.local{file.suffix}")
        if local.is_file() and local not in sources.files:
            yield Remark("note", "files", f"{local} is not read by itself; name it after {file.name} to use it")
        hook = file.with_name("dynaconf_hooks.py")
        if hook.is_file():
            yield Remark("note", "files", f"{hook} is not run; plugins have hooks of their own")


def _of_permissions(file: File) -> Iterator[Remark]:
    mode = stat.S_IMODE(os.stat(file).st_mode)
    if os.name == "posix" and "secret" in file.name and mode & 0o077:
        yield Remark("warning", "files", f"{file} can be read by others (mode {mode:04o}); chmod 600 {file}")


def _of_variables(sources: Sources, registry: Registry) -> Iterator[Remark]:
    names = claimed(registry)
    without = ignored(sources.environ, sources.prefix, names)
    found = len(relevant(sources.environ, sources.prefix, names)) - len(without)
    yield Remark("ok", "variables", f"{found} with the prefix {sources.prefix}_ or claimed by a setting")
    for name in without:
        yield Remark("note", "variables", f"{name} is no setting, because it holds no '__' between section and setting")
    yield from _of_dynaconf(sources.environ, sources.prefix)


def _of_dynaconf(environ: Mapping[str, str], prefix: str) -> Iterator[Remark]:
    for name in sorted(environ):
        if name.endswith("_FOR_DYNACONF") or (name.startswith("DYNACONF_") and prefix != "DYNACONF"):
            yield Remark("note", "variables", f"{name} has no effect here; settings are {prefix}_SECTION__SETTING")


def _of_profiles(registry: Registry) -> Iterator[Remark]:
    for selector in sorted({profile.selector for _, profile in registry.profiles}):
        if registry.place(tuple(selector.split("."))) is None:
            yield Remark("note", "profiles", f"{selector} selects profiles, but no installed plugin brings it")


def _of_values(registry: Registry, sources: Sources) -> Iterator[Remark]:
    reading = Reader(registry, sources).read()
    judgement = Judge(registry, sources).judge(reading.contributions, reading.problems, complete=reading.complete)
    problems = (*reading.problems, *judgement.problems)
    for problem in problems:
        yield Remark(problem.severity, "values", str(problem))
    if not any(problem.severity == "error" for problem in problems):
        yield Remark("ok", "values", "the configuration is valid")


def _of_store(application: Application, plugins: Plugins, registry: Registry) -> Iterator[Remark]:
    url, folder = application.arguments.get("store"), application.arguments.get("folder")
    if url is None:
        return
    try:
        root = File(folder) if folder is not None else None
        with closing(plugins.open_store(str(url)) or open_store(url, root, existing=True)) as store:
            yield from _of_documents(Forms(registry), store.read(SHARED))
            yield from _of_set_aside(file_of(str(url), root))
    except CfgcoreError as error:
        yield Remark("note" if "there is no such store" in str(error) else "error", "store", str(error))


def _of_set_aside(file: File | None) -> Iterator[Remark]:
    """Tell of the files beside a store's that were edited and not taken in, or damaged."""
    if file is None:
        return
    kinds = {"edited": "an edit by hand that was not taken in", "damaged": "what it was before it was written anew"}
    for kind, what in kinds.items():
        for found in sorted(file.parent.glob(f"{glob.escape(file.name)}.{kind}-*")):
            yield Remark("warning", "store", f"{found} is {what}; look at it, and remove it")


def _of_documents(forms: Forms, snapshot: Snapshot) -> Iterator[Remark]:
    found = [problem for name, one in forms.snapshot(snapshot).documents.items() for problem in problems_of(name, one)]
    for problem in found:
        yield Remark(problem.severity, "store", str(problem))
    wanted = snapshot.documents[VERSIONS].values
    older = [key for key, code in forms.versions().items() if wanted.get(key, code) < code]
    for key in older:
        message = f"{key} is written at version {wanted[key]} for older processes; 'cfgcore upgrade finish' ends that"
        yield Remark("note", "store", message)
    if not found and not older:
        yield Remark("ok", "store", f"it is at revision {snapshot.head.revision}")
