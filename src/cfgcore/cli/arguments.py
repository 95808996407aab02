"""What a ``cfgcore.toml`` may say: the arguments by which the commands open an application's configuration."""

from __future__ import annotations

from typing import Literal

from cfgcore.declare.declaration import setting
from cfgcore.declare.section import section


@section("application")
class ApplicationConfig:
    """How the commands open the application's configuration: the arguments of ``cfgcore.open``."""

    settings_files: tuple[str, ...] | None = setting(None, help="Settings files in their order.")
    secrets_files: tuple[str, ...] | None = setting(None, help="Files of secrets, above the settings files.")
    secrets_dir: str | None = setting(None, help="A folder with one secret per file.")
    policy_files: tuple[str, ...] | None = setting(None, help="Files of policies, above all layers.")
    dotenv: str | None = setting(None, help="A .env file, below the real environment.")
    env_prefix: str | None = setting(None, help="The prefix of variables.")
    environment: str | None = setting(None, help="Environments, separated by commas.")
    plugin_group: str | None = setting(None, help="The entry-point group of installed plugins; '' for none.")
    plugin_folder: str | None = setting(None, help="A folder of single-file plugins.")
    plugins: tuple[str, ...] | None = setting(None, help="Plugins by import name: 'package.module' or 'module:object'.")
    store: str | None = setting(None, help="What keeps changes: a path, or a URL such as sqlite:///config.db.")
    disable: tuple[str, ...] | None = setting(None, help="Plugins to leave out, by name.")
    unknown: Literal["warn", "error"] | None = setting(None, help="What an unknown name is.")
    templates: bool | None = setting(None, help="Whether @format, @jinja, @get and @read_file are evaluated.")
