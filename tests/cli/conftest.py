"""A project's folder, and the command run in it: in this process, in one of its own, and in a terminal."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cfgcore.cli import main

PLUGIN = '''
from cfgcore import Flag, Profile, Violation, hookimpl, rule, section, setting, subsection


@subsection
class Login:
    user: str = setting("root")
    password: str | None = setting(None, secret=True)


@section("shop", title="The shop")
class Shop:
    """What the shop sells."""

    name: str = setting("Corner", help="What stands above the door.")
    shelves: int = setting(3, minimum=1, maximum=9, unit="m", help="How many there are.")
    open: bool = setting(True)
    goods: tuple[str, ...] = setting(("tea",))
    prices: dict[str, float] = setting({})
    key: str | None = setting(None, secret=True, help="What opens the door.")
    login: Login = Login()
    size: str = setting("small")


@hookimpl
def cfgcore_sections():
    return [Shop]


@hookimpl
def cfgcore_rules():
    return [rule(("shop.name", "shop.shelves"), lambda name, shelves: None, code="never_broken")]


@hookimpl
def cfgcore_profiles():
    return [Profile("shop.size", "big", {"shop.shelves": 9}), Profile("street.side", "left", {"shop.shelves": 1})]


@hookimpl
def cfgcore_flags():
    return [Flag("self_service", default=True)]
'''

PROJECT = 'env_prefix = "SHOP"\nplugin_group = ""\nplugin_folder = "plugins"\nsettings_files = ["settings.toml"]\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a cfgcore.toml, a plugin and a settings file; it is the current one."""
    folder = tmp_path / "project"
    (folder / "plugins").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "plugins" / "shop.py").write_text(PLUGIN, encoding="utf-8")
    (folder / "cfgcore.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "settings.toml").write_text('[shop]\nname = "Märkt"\nkey = "c4nary"\n', encoding="utf-8")
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return folder


@pytest.fixture
def run(project: Path) -> Callable[..., Result]:
    """Run the command in this process. Any exception that is not an exit fails the test."""

    def invoke(*arguments: str, **environ: str) -> Result:
        result = CliRunner(env=environ).invoke(main, list(arguments))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result

    return invoke


@pytest.fixture
def process(project: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command in a process of its own, its standard output and error in pipes."""

    def invoke(*arguments: str, environ: Mapping[str, str] | None = None, **how: Any) -> Any:
        how = {"cwd": project, "encoding": "utf-8", "timeout": 60, "capture_output": True} | how
        command = [sys.executable, "-m", "cfgcore.cli", *arguments]
        return subprocess.run(command, env={**os.environ, "PYTHONUTF8": "1", **(environ or {})}, check=False, **how)

    return invoke


#: Makes the terminal on its standard input the one whose ^C it gets, and runs the command.
IN_TERMINAL = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from cfgcore.cli import main
main(prog_name="cfgcore")
"""


class Terminal:
    """A command that runs in a terminal of its own; `shown` is all that it has written there."""

    def __init__(self, arguments: Sequence[str], folder: Path) -> None:
        import fcntl
        import pty
        import struct
        import termios

        self.shown = ""
        self._end, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
        environ = {**os.environ, "TERM": "xterm", "PYTHONUTF8": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", IN_TERMINAL, *arguments],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            cwd=folder,
            env=environ,
            start_new_session=True,
        )
        os.close(inner)

    def wait_for(self, text: str) -> None:
        """Read until `text` is shown."""
        while text not in self.shown:
            assert self._read(), f"it ended without {text!r}:\n{self.shown}"

    def press(self, keys: str) -> None:
        """Type `keys`."""
        os.write(self._end, keys.encode())

    def finish(self) -> int:
        """Read until the command ends; return its exit status."""
        while self._read():
            pass
        return self.process.wait(60)

    def close(self) -> None:
        """End the command, if it runs still."""
        self.process.kill()
        self.process.wait()
        os.close(self._end)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._end], [], [], 60)
        assert ready, f"nothing happens:\n{self.shown}"
        try:
            read = os.read(self._end, 65536)
        except OSError:  # what Linux says when the other end is closed
            return False
        self.shown += read.decode(errors="replace")
        return bool(read)


@pytest.fixture
def terminal(project: Path) -> Iterator[Callable[..., Terminal]]:
    """Run the command in a terminal."""
    if os.name != "posix":
        pytest.skip("there are no pseudo-terminals")
    opened: list[Terminal] = []

    def start(*arguments: str) -> Terminal:
        opened.append(Terminal(arguments, project))
        return opened[-1]

    yield start
    for one in opened:
        one.close()
