"""What it costs to start: processes, from their start to their end, the interpreter included."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from measure import processes
from table import Row

REPETITIONS = 21

_MAIN = "from cfgcore.cli import main; main({arguments!r})"


def rows(files: Sequence[Path]) -> list[Row]:
    """Return the rows about importing cfgcore and about running its command."""
    get = ["get", "download.max_retries", "--plugin", "application:PLUGIN", "--plugin-group", "", "--env-prefix", "APP"]
    for file in files:
        get += ["--settings", str(file)]
    pairs = {
        "import cfgcore": ("import cfgcore", "import pluggy"),
        "import what a plugin needs": ("from cfgcore import hookimpl, section, setting", "import pluggy"),
        "cfgcore --help": (_MAIN.format(arguments=["--help"]), "import click"),
        "cfgcore get PATH": (_MAIN.format(arguments=get), "import dynaconf, marshmallow, click, pluggy"),
    }
    with tempfile.TemporaryDirectory() as folder:
        commands = {code: ("-c", code) for code in ["pass", *(code for pair in pairs.values() for code in pair)]}
        found = processes(commands, REPETITIONS, _environ(folder), folder)
    rows = [Row(what, found[ours], found[theirs], theirs, times=1.5) for what, (ours, theirs) in pairs.items()]
    return [*rows, Row("  an interpreter that does nothing", found["pass"], found["import pluggy"], "import pluggy")]


def _environ(folder: str) -> dict[str, str]:
    """Return the variables of the processes, which write bytecode to `folder`, whatever is compiled already."""
    found = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    here = str(Path(__file__).parent)
    path = os.pathsep.join(filter(None, [here, found.get("PYTHONPATH", "")]))
    absolute = os.pathsep.join(str(Path(part).resolve()) for part in path.split(os.pathsep))
    return {**found, "PYTHONPATH": absolute, "PYTHONPYCACHEPREFIX": str(Path(folder, "bytecode"))}
