"""Opening a configuration: from an application's arguments to plugins, sources and a checked :class:`Config`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path as File
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from cfgcore import builtin
from cfgcore.config import Config
from cfgcore.declare.defaults import check_defaults
from cfgcore.declare.policy import CORE
from cfgcore.declare.registry import Registry
from cfgcore.errors import CfgcoreError
from cfgcore.layer.reading import DEFAULT_FILES, DEFAULT_SECRETS, Sources
from cfgcore.plugins import OnError, Plugins

if TYPE_CHECKING:
    from cfgcore.layer.report import Unknown
    from cfgcore.store.protocol import Store

Files: TypeAlias = "str | File | Iterable[str | File] | None"


class PluginArguments(TypedDict, total=False):
    """The arguments of :func:`open` that say which plugins there are."""

    plugins: Iterable[object]
    plugin_group: str | None
    plugin_folder: str | File | None
    folder: str | File | None
    disable: str | Iterable[str]
    on_plugin_error: OnError


def open(
    *,
    settings_files: Files = None,
    secrets_files: Files = None,
    secrets_dir: str | File | None = None,
    policy_files: Files = None,
    dotenv: str | File | None = None,
    env_prefix: str = "CFGCORE",
    environment: str | Iterable[str] | None = None,
    folder: str | File | None = None,
    plugins: Iterable[object] = (),
    plugin_group: str | None = "cfgcore",
    plugin_folder: str | File | None = None,
    disable: str | Iterable[str] = (),
    on_plugin_error: OnError = "raise",
    unknown: Unknown = "warn",
    templates: bool = False,
    environ: Mapping[str, str] | None = None,
    store: str | File | Store | None = None,
    user: str | None = None,
    repair: bool = False,
    announce: bool = True,
) -> Config:
    """Open the configuration of an application: load its plugins, read its sources, check and publish them.

    `settings_files` are read in their order, a later one above an earlier one, then `secrets_files`, then the files of
    `secrets_dir`; named files must exist. With no `settings_files`, ``settings.toml`` (.yaml, .yml, .json, .ini) and
    ``.secrets.toml`` in `folder` are read where they exist. Relative paths are relative to `folder`, the current one
    unless given. `environment` names the environments whose tables of the files count besides ``[default]`` and
    ``[global]``; without it, tables are sections. Variables are ``PREFIX_SECTION__SETTING``; those of the `dotenv` file
    rank just below. `plugins` are modules or objects, `plugin_group` the entry points of installed ones (None: none),
    `plugin_folder` a folder of single-file plugins; `disable` leaves plugins out by name, and `on_plugin_error="skip"`
    those that fail. `unknown` says whether a name that no section declares is a warning ("warn") or an "error".
    `templates` allows ``@format``, ``@jinja``, ``@get`` and ``@read_file``. `environ` stands in for ``os.environ``.
    `policy_files` hold [policies] only, and lie above all layers; whoever runs the application should not own them.
    `store` keeps what is changed at runtime: a path (``config.json``), a URL (``sqlite:///config.db``) or a store.
    `user` opens it for one user, such as the one of a desktop application ("local"): what is read, and what is changed
    without naming anybody, is that user's. With `repair`, values that are refused give way to those below, so that
    wrong stored values can be mended. Others see that this process has the store open, for the end of an upgrade,
    unless it is not to `announce` that.

    Raises :class:`ValidationFailed` with all problems of the values, :class:`PluginError` and :class:`DeclarationError`
    for plugins.
    """
    found, registry = load_plugins(
        plugins=plugins,
        plugin_group=plugin_group,
        plugin_folder=plugin_folder,
        folder=folder,
        disable=disable,
        on_plugin_error=on_plugin_error,
    )
    sources = sources_for(
        registry,
        settings_files=settings_files,
        secrets_files=secrets_files,
        secrets_dir=secrets_dir,
        policy_files=policy_files,
        dotenv=dotenv,
        env_prefix=env_prefix,
        environment=environment,
        folder=folder,
        unknown=unknown,
        templates=templates,
        environ=environ,
    )
    home = _open_store(store, _root(folder), found, registry) if isinstance(store, (str, File)) else store
    try:
        config = Config(found, registry, sources, home, user=user, repair=repair)
    except BaseException:
        if home is not None:
            home.close()
        raise
    if home is not None and announce:
        config.upgrade.announce()
    found.tell("cfgcore_startup", config=config)
    return config


def _open_store(url: str | File, root: File, plugins: Plugins, registry: Registry) -> Store:
    from cfgcore.change.home import is_secret
    from cfgcore.store.opening import open_store

    return plugins.open_store(str(url)) or open_store(str(url), root, is_secret=partial(is_secret, registry))


def load_plugins(
    *,
    plugins: Iterable[object] = (),
    plugin_group: str | None = "cfgcore",
    plugin_folder: str | File | None = None,
    folder: str | File | None = None,
    disable: str | Iterable[str] = (),
    on_plugin_error: OnError = "raise",
) -> tuple[Plugins, Registry]:
    """Load the plugins of an application and register what they declare; the arguments are those of :func:`open`."""
    found = Plugins(on_plugin_error, [disable] if isinstance(disable, str) else disable)
    for plugin in plugins:
        found.add(plugin)
    if plugin_group is not None:
        found.add_entry_points(plugin_group)
    if plugin_folder is not None:
        found.add_folder(_root(folder) / plugin_folder)
    found.add(builtin, CORE)
    registry = Registry(found.declarations())
    check_defaults(registry)
    return found, registry


def sources_for(
    registry: Registry,
    *,
    settings_files: Files = None,
    secrets_files: Files = None,
    secrets_dir: str | File | None = None,
    policy_files: Files = None,
    dotenv: str | File | None = None,
    env_prefix: str = "CFGCORE",
    environment: str | Iterable[str] | None = None,
    folder: str | File | None = None,
    unknown: Unknown = "warn",
    templates: bool = False,
    environ: Mapping[str, str] | None = None,
) -> Sources:
    """Return where an application's values come from; the arguments are those of :func:`open`."""
    root = _root(folder)
    files, optional = _files(root, settings_files, secrets_files)
    return Sources(
        files=files,
        optional=optional,
        policy_files=tuple(root / name for name in _listed(policy_files)),
        secrets_dir=root / secrets_dir if secrets_dir is not None else None,
        dotenv=root / dotenv if dotenv is not None else None,
        prefix=_prefix(env_prefix),
        environments=_environments(environment, registry),
        unknown=_unknown(unknown),
        templates=templates,
        environ=os.environ if environ is None else environ,
    )


def _root(folder: str | File | None) -> File:
    return File(folder) if folder is not None else File()


def _unknown(unknown: Unknown) -> Unknown:
    if unknown not in ("warn", "error"):
        raise CfgcoreError(f"unknown={unknown!r} is neither 'warn' nor 'error'")
    return unknown


def _files(root: File, settings: Files, secrets: Files) -> tuple[tuple[File, ...], frozenset[File]]:
    defaults = [*DEFAULT_FILES, *(DEFAULT_SECRETS if secrets is None else ())] if settings is None else []
    optional = [root / name for name in defaults]
    named = [root / name for name in (*_listed(settings), *_listed(secrets))]
    return (*optional, *named), frozenset(optional) - frozenset(named)


def _listed(files: Files) -> list[str | File]:
    if files is None:
        return []
    return [files] if isinstance(files, (str, File)) else list(files)


def _prefix(prefix: str) -> str:
    if not prefix or not prefix.replace("_", "").isalnum() or not prefix.isascii() or prefix.endswith("_"):
        raise CfgcoreError(
            f"env_prefix={prefix!r} is made of letters, digits and '_', and does not end in '_'; "
            f"APP gives APP_SECTION__SETTING"
        )
    return prefix.upper()


def _environments(environment: str | Iterable[str] | None, registry: Registry) -> tuple[str, ...]:
    listed = environment.split(",") if isinstance(environment, str) else list(environment or ())
    names = tuple(name.strip() for name in listed if name.strip())
    for name in names:
        if registry.section_named(name) is not None:
            raise CfgcoreError(
                f"environment {name!r} has the name of a section; a table of that name would be ambiguous"
            )
    return names
