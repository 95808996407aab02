"""The options by which every command is told whose configuration it is about."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path as File
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from cfgcore.config import Config
    from cfgcore.declare.registry import Registry
    from cfgcore.layer.reading import Sources
    from cfgcore.plugins import Plugins

F = TypeVar("F", bound=Callable[..., Any])

#: Where a context keeps whether the command was asked for JSON.
JSON = "cfgcore.json"

_PLUGIN_ARGUMENTS = ("plugins", "plugin_group", "plugin_folder", "folder", "disable", "on_plugin_error")


@dataclass(frozen=True, slots=True)
class Application:
    """The application that a command is about: its arguments, as its folder and the options give them."""

    arguments: dict[str, Any]
    is_store_named: bool = False

    @contextmanager
    def looked_at(self, *, show_warnings: bool = True, repair: bool = False) -> Iterator[Config]:
        """Open its configuration only to look at it: a store that is not there reads as an empty one, and is not made.

        One that an option names must be there: a slip must not look like an empty store. Raises ``click.BadParameter``.
        """
        missing = self._missing_store()
        if missing is None:
            with self.open(show_warnings=show_warnings, repair=repair) as config:
                yield config
            return
        if self.is_store_named:
            raise click.BadParameter(f"{missing}: there is no such store", param_hint="'--store'")
        with TemporaryDirectory() as nothing:
            arguments = self.arguments | {"store": str(File(nothing) / "store.json")}
            empty = replace(self, arguments=arguments)
            with empty.open(show_warnings=show_warnings, repair=repair) as config:
                yield config

    def _missing_store(self) -> File | None:
        from cfgcore.store.opening import file_of

        url, folder = self.arguments.get("store"), self.arguments.get("folder")
        if url is None or not (":" in str(url) or str(url).endswith(".json")):
            return None
        file = file_of(str(url), File(folder) if folder is not None else None)
        return file if file is not None and not os.path.lexists(file) else None

    def open(self, *, show_warnings: bool = True, repair: bool = False) -> Config:
        """Open its configuration; warnings go to standard error unless the command shows them itself.

        With `repair`, wrong values do not keep it from being opened, so that they can be mended.
        """
        from cfgcore.cli.output import show_problems
        from cfgcore.opening import open as open_config

        config = open_config(**self.arguments, repair=repair, announce=False)
        if show_warnings:
            show_problems(config.warnings, err=True)
        return config

    def load(self, **more: Any) -> tuple[Plugins, Registry]:
        """Load its plugins only; `more` are further arguments."""
        from cfgcore.opening import load_plugins

        given = {name: value for name, value in self.arguments.items() if name in _PLUGIN_ARGUMENTS}
        return load_plugins(**(given | more))

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments whose tables of settings files count."""
        given = self.arguments.get("environment") or ()
        names = given.split(",") if isinstance(given, str) else given
        return tuple(name.strip() for name in names if name.strip())

    def sources(self, registry: Registry) -> Sources:
        """Return where its values come from."""
        from cfgcore.opening import sources_for

        hidden = {*_PLUGIN_ARGUMENTS, "store"} - {"folder"}
        return sources_for(registry, **{name: value for name, value in self.arguments.items() if name not in hidden})


def _remember(ctx: click.Context, _parameter: click.Parameter, value: bool) -> bool:
    ctx.meta[JSON] = value
    return value


json_option = click.option("--json", "as_json", is_flag=True, callback=_remember, help="Print JSON.")


def application_options(command: F) -> F:
    """Give a command the options of its application; it gets an :class:`Application` as ``application``."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS = (
    click.option(
        "--settings",
        "settings_files",
        multiple=True,
        metavar="FILE",
        help="A settings file; again for more, later above earlier.",
    ),
    click.option(
        "--secrets", "secrets_files", multiple=True, metavar="FILE", help="A file of secrets, above the settings."
    ),
    click.option("--env-prefix", metavar="PREFIX", help="The prefix of variables: PREFIX_SECTION__SETTING."),
    click.option("--environment", metavar="NAME", help="The environment whose tables count besides [default]."),
    click.option(
        "--plugin", "plugins", multiple=True, metavar="MODULE[:OBJECT]", help="A plugin to load by import name."
    ),
    click.option("--plugin-group", metavar="GROUP", help="The entry-point group of installed plugins; '' for none."),
    click.option("--store", metavar="URL", help="What keeps changes: a path, or a URL such as sqlite:///config.db."),
    click.option("--disable", multiple=True, metavar="PLUGIN", help="Leave a plugin out."),
    click.option("--unknown", type=click.Choice(["warn", "error"]), help="What an unknown name is."),
)

_PROJECT_NAMES = (
    "settings_files",
    "secrets_files",
    "env_prefix",
    "environment",
    "plugins",
    "plugin_group",
    "store",
    "disable",
    "unknown",
)


def application_of(options: dict[str, Any]) -> Application:
    """Take the application's options out of `options` and return the application, as its folder and they say."""
    from cfgcore.cli.project import load_objects, project_arguments

    given = {name: options.pop(name, None) for name in _PROJECT_NAMES}
    here = _here()
    arguments = project_arguments(here)
    folder = arguments.get("folder", here)
    named = list(arguments.pop("plugins", ())) + list(given.pop("plugins") or ())
    for name in ("settings_files", "secrets_files"):
        files = given.pop(name)
        if files:
            arguments[name] = [here / file for file in files]
    if given["store"] and ":" not in given["store"]:
        given["store"] = str(here / given["store"])
    arguments |= {name: value for name, value in given.items() if value not in (None, ())}
    if arguments.get("plugin_group") == "":
        arguments["plugin_group"] = None
    arguments["plugins"] = load_objects(named, folder)
    return Application(arguments, is_store_named=bool(given["store"]))


def _here() -> File:
    from cfgcore.cli.project import ProjectError

    try:
        return File.cwd()
    except OSError as error:
        raise ProjectError(f"the current folder cannot be read: {error.strerror}") from error


def complete_path(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the paths of settings; none where the plugins cannot be loaded."""
    from click.shell_completion import CompletionItem

    from cfgcore.errors import CfgcoreError

    logging.getLogger("cfgcore").addHandler(logging.NullHandler())
    try:
        _, registry = application_of(dict(context.params)).load(on_plugin_error="skip")
    except CfgcoreError:
        return []
    paths = [*registry.sections, *registry.setting_paths()] if "." not in incomplete else registry.setting_paths()
    found = [path for path in paths if path.startswith(incomplete)]
    return [CompletionItem(path, help=_help(registry, path)) for path in found]


def _help(registry: Registry, path: str) -> str:
    place = registry.place(tuple(path.split(".")))
    return place.setting.declared.help if place else registry.sections[path].header.title
