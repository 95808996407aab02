"""A demonstration on real files: layers, origins, checks, profiles, reload, and what mistakes look like."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path as File
from textwrap import dedent, indent
from typing import Any

import click

from cfgcore.cli.outcome import show_commits
from cfgcore.cli.output import show_problems, show_table
from cfgcore.config import Config
from cfgcore.errors import ValidationFailed
from cfgcore.opening import open as open_config

PLUGIN = '''
from typing import Literal

from cfgcore import Profile, Violation, hookimpl, rule, section, setting


@section("web", title="Web server")
class WebConfig:
    """Where the demonstration listens."""

    host: str = setting("127.0.0.1", help="Address to bind.")
    port: int = setting(8000, minimum=1, maximum=65535, help="Port to bind.")
    workers: int = setting(2, minimum=1, maximum=64, help="Processes that serve requests.")
    backlog: int = setting(128, minimum=1, help="Connections that wait.")
    mode: Literal["gentle", "busy"] = setting("gentle", help="How much the machine is used.")
    token: str | None = setting(None, secret=True, help="What clients must show.")


def enough_backlog(workers, backlog):
    if backlog < workers:
        return Violation(f"a backlog of {backlog} is too short for {workers} workers", suggested=workers)


@hookimpl
def cfgcore_sections():
    return [WebConfig]


@hookimpl
def cfgcore_rules():
    return [rule(("web.workers", "web.backlog"), enough_backlog, yields="web.backlog")]


@hookimpl
def cfgcore_profiles():
    return [Profile("web.mode", "busy", {"web.workers": 16, "web.backlog": 1024})]
'''

SETTINGS = """
[default.web]
port = 8080

[production.web]
host = "0.0.0.0"
mode = "busy"
"""

SECRETS = """
[production.web]
token = "s3cr3t-of-the-demo"
"""


@click.command()
@click.option("--keep", is_flag=True, help="Keep the folder of the demonstration.")
def demo(keep: bool) -> None:
    """Go through everything that cfgcore does, on real files in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="cfgcore-demo-", ignore_cleanup_errors=True) as name:
        folder = File(name)
        (folder / "plugins").mkdir()
        _write(folder / "plugins" / "web.py", PLUGIN)
        _write(folder / "settings.toml", SETTINGS)
        _write(folder / ".secrets.toml", SECRETS)
        environ = {"DEMO_WEB__WORKERS": "8", "DEMO_PORT": "tcp://10.0.0.1:80"}
        with _open(folder, environ) as config:
            for step in (_plugins, _layers, _explanation, _frozen, _reload, _mistakes, _changes, _way_back):
                step(config, folder, environ)
        if keep:
            kept = File(tempfile.mkdtemp(prefix="cfgcore-demo-"))
            folder.rename(kept / "demo")
            folder.mkdir()
            click.echo(f"\nThe files are kept in {kept / 'demo'}.")
    click.echo("\nThat was all of it. `cfgcore --help` lists the commands; the README says how to begin.")


COMMANDS = (demo,)


def _open(folder: File, environ: dict[str, str]) -> Config:
    return open_config(
        folder=folder,
        plugin_folder="plugins",
        env_prefix="DEMO",
        environment="production",
        environ=environ,
        store="changes.json",
    )


def _write(file: File, text: str) -> None:
    file.write_text(dedent(text).lstrip(), encoding="utf-8")


def _say(title: str, text: str) -> None:
    click.echo(f"\n{click.style(title, bold=True, fg='cyan')}\n{text}\n")


def _plugins(config: Config, folder: File, environ: dict[str, str]) -> None:
    _say(
        "1. Plugins declare",
        f"One plugin is a file in {folder / 'plugins'}; installed ones join by their entry points.",
    )
    rows = [
        (section.plugin, section.name, len(section.settings), section.help)
        for section in config.registry.sections.values()
    ]
    show_table(("plugin", "section", "settings", "what it is"), rows)


def _layers(config: Config, folder: File, environ: dict[str, str]) -> None:
    _say(
        "2. Layers give values",
        "Defaults, then settings.toml ([default], [production]), .secrets.toml, then variables:\n"
        + indent((folder / "settings.toml").read_text(encoding="utf-8"), "    ").rstrip()
        + "\n    "
        + "  ".join(f"{name}={text}" for name, text in environ.items()),
    )
    found = [config.explain(path) for path in config.registry.setting_paths() if path.startswith("web.")]
    show_table(
        ("setting", "value", "origin"),
        [(one.path, one.value, str(one.origin).replace(f"{folder}/", "")) for one in found],
    )


def _explanation(config: Config, folder: File, environ: dict[str, str]) -> None:
    _say(
        "3. Every value knows why",
        "web.mode = busy selects a profile (16 workers); it ranks just below the file that selected it, and the\n"
        "variable is above both. DEMO_PORT is no setting, because it holds no '__'. The secret shows as dots.",
    )
    said = config.explain("web.workers").said
    show_table(("layer", "said", "where"), [(one.layer, one.value, str(one.origin)) for one in said])


def _frozen(config: Config, folder: File, environ: dict[str, str]) -> None:
    refused = _refusal(lambda: setattr(config.view.web, "port", 1))
    _say(
        "4. Reading is an attribute, and nothing can be changed in place",
        f"config.web.port is {config.web.port}; {refused}",
    )


def _refusal(action: Callable[[], Any]) -> str:
    try:
        action()
    except Exception as error:
        return f"assigning to it: {type(error).__name__}: {error}."
    raise AssertionError("a view let itself be changed")


def _reload(config: Config, folder: File, environ: dict[str, str]) -> None:
    before = config.view
    _write(folder / "settings.toml", SETTINGS.replace("8080", "9090"))
    event = config.reload()
    changed = ", ".join(f"{change.path}: {change.old} -> {change.new}" for change in event.effective)
    _say(
        "5. A reload tells what changed",
        f"settings.toml now says 9090. {changed}.\nWhoever held the old view still reads {before.web.port}.",
    )


def _mistakes(config: Config, folder: File, environ: dict[str, str]) -> None:
    _say("6. A mistake is refused, with all that is wrong, and the last good view stays", "")
    wrong = SETTINGS.replace("8080", '"many"').replace("[default.web]", "[default.wbe]\nport = 1\n\n[default.web]")
    _write(folder / "settings.toml", wrong)
    environ.update({"DEMO_WEB__WORKERS": "99", "DEMO_WEB__HOTS": "1"})
    try:
        config.reload()
    except ValidationFailed as error:
        show_problems(error.problems)
    click.echo(f"\nconfig.web.port is still {config.web.port}.")


def _changes(config: Config, folder: File, environ: dict[str, str]) -> None:
    _say(
        "7. Changes at runtime are stored, for everyone or for one user",
        "Each is checked first, and durable when the call returns; changes.json can be read, versioned and edited.",
    )
    config.update({"web.port": 9443, "web.token": "an0ther-s3cr3t"}, actor="root", reason="a new certificate")
    config.update({"web.backlog": 256}, user="alice", actor="alice")
    rows = [("everyone", config.web), ("alice", config.for_user("alice").web)]
    show_table(("whose", "port", "backlog"), [(whose, web.port, web.backlog) for whose, web in rows])
    try:
        config.update({"web.backlog": 0}, user="alice", actor="alice")
    except ValidationFailed as error:
        show_problems(error.problems)


def _way_back(config: Config, folder: File, environ: dict[str, str]) -> None:
    undone = config.undo(1, actor="root", reason="too early")
    chain = "whole" if config.audit.verify() else "broken"
    _say(
        "8. Every change can be explained, and taken back",
        f"Revision 1 is undone by revision {undone.revision}; config.web.port is {config.web.port} again.\n"
        f"The history only grows, refusals are in the audit too, and its chain is {chain}.",
    )
    show_commits(config.history(), as_json=False)
