"""What a process tells of itself to others that have the same store open."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from pathlib import Path as File


@dataclass(frozen=True, slots=True)
class Presence:
    """A process that has a store open: who it is, and which version of each section it knows.

    `id` is random, `since` a time in ISO 8601 (UTC), `program` what was started, which may be empty.
    """

    id: str
    host: str
    pid: int
    since: str
    program: str
    versions: Mapping[str, int]

    def renewed(self) -> Presence:
        """Return what a process that was forked from this one tells of itself."""
        return replace(self, id=_random(), pid=os.getpid(), since=_now())


def this_process(versions: Mapping[str, int]) -> Presence:
    """Return what this process tells of itself; `versions` are those of sections that it knows."""
    return Presence(_random(), _host(), os.getpid(), _now(), _program(), dict(versions))


def to_text(presence: Presence) -> str:
    """Return a presence as JSON."""
    return json.dumps(asdict(presence))


def from_text(text: str | bytes) -> Presence | None:
    """Return the presence that :func:`to_text` wrote; None for anything else, such as one that is half written."""
    try:
        found = Presence(**json.loads(text))
        versions = {str(key): int(version) for key, version in found.versions.items()}
        said = (str(one) for one in (found.host, found.since, found.program))
        host, since, program = said
        return Presence(str(found.id), host, int(found.pid), since, program, versions)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _random() -> str:
    return os.urandom(16).hex()


def _host() -> str:
    if sys.platform != "win32":
        return os.uname().nodename
    return os.environ.get("COMPUTERNAME", "")  # pragma: no cover


def _program() -> str:
    started = File(sys.argv[0] if sys.argv else "")
    return started.parent.name if started.name == "__main__.py" else started.name


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
