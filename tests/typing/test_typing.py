"""What type checkers say of the public API: typed usage passes, and each wrong usage is an error."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cfgcore

HERE = Path(__file__).parent
SOURCES = Path(cfgcore.__file__).parent.parent
WRONG = HERE / "wrong_usage.py"


def require(module: str) -> None:
    """Skip where a type checker is not installed, and fail in CI, where it must be."""
    if importlib.util.find_spec(module) is None:
        message = f"{module} is not installed: {sys.executable} -m pip install {module}"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Return what a type checker says, which sees the package that is tested."""
    environ = {**os.environ, **variables}
    return subprocess.run(
        [sys.executable, "-m", *command],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
        env=environ,
        cwd=HERE,
    )


def mypy(cache: Path, *files: Path) -> subprocess.CompletedProcess[str]:
    """Return what mypy says of `files` in strict mode, without any configuration of the project."""
    config = cache / "mypy.ini"
    config.write_text(
        "[mypy]\n[mypy-dynaconf.*,configobj.*]\nignore_missing_imports = True\nfollow_imports = skip\n",
        encoding="utf-8",
    )
    options = [
        "--strict",
        "--follow-imports=silent",
        "--no-error-summary",
        "--no-pretty",
        "--config-file",
        str(config),
        "--cache-dir",
        str(cache),
    ]
    sources = {} if SOURCES.name == "site-packages" else {"MYPYPATH": str(SOURCES)}  # where mypy looks by itself
    return run("mypy", *options, *map(str, files), **sources)


def pyright(folder: Path, file: Path) -> set[int]:
    """Return the lines of `file` in which pyright finds an error."""
    shutil.copy(file, folder)
    config = {"include": [file.name], "extraPaths": [str(SOURCES)], "typeCheckingMode": "standard"}
    (folder / "pyrightconfig.json").write_text(json.dumps(config), encoding="utf-8")
    done = run("pyright", "--outputjson", "--pythonpath", sys.executable, "--project", str(folder))
    if not done.stdout.startswith("{"):
        message = (
            f"pyright cannot run here: {done.stderr[-300:]}; it needs Node.js: {sys.executable} -m pip install nodeenv"
        )
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    answer = json.loads(done.stdout)
    assert 1 == answer["summary"]["filesAnalyzed"], done.stderr
    errors = [item for item in answer["generalDiagnostics"] if item["severity"] == "error"]
    return {item["range"]["start"]["line"] + 1 for item in errors}


def marked() -> set[int]:
    """Return the lines of the wrong usage that must be errors."""
    lines = WRONG.read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, start=1) if line.endswith("# E")}


def test_mypy_accepts_typed_usage(tmp_path: Path) -> None:
    """In strict mode, without a remark: ``config[ServerConfig].port`` is an int."""
    require("mypy")
    done = mypy(tmp_path, HERE / "public_api.py")
    assert (0, "") == (done.returncode, done.stdout + done.stderr)


def test_mypy_refuses_wrong_usage(tmp_path: Path) -> None:
    """Exactly the marked lines are errors."""
    require("mypy")
    done = mypy(tmp_path, WRONG)
    found = {int(line) for line in re.findall(r"wrong_usage\.py:(\d+): error", done.stdout)}
    assert marked() == found, done.stdout + done.stderr


def test_pyright_accepts_typed_usage(tmp_path: Path) -> None:
    """Without an error."""
    require("pyright")
    assert set() == pyright(tmp_path, HERE / "public_api.py")


def test_pyright_refuses_wrong_usage(tmp_path: Path) -> None:
    """Exactly the marked lines are errors."""
    require("pyright")
    assert marked() == pyright(tmp_path, WRONG)
