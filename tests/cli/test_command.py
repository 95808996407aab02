"""The commands as a whole: exit codes, errors without tracebacks, pipes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
READING = (("show",), ("get", "shop.name"), ("explain", "shop.name"), ("validate",))
ALL = (*READING, ("schema",), ("plugins",), ("doctor",))


@pytest.mark.parametrize("arguments", ALL, ids=" ".join)
def test_a_good_configuration_exits_with_0(run: Run, arguments: tuple[str, ...]) -> None:
    """Every command is fine where the configuration is; nothing goes to standard error."""
    result = run(*arguments)
    assert (0, "") == (result.exit_code, result.stderr)
    assert result.stdout


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_a_wrong_configuration_exits_with_1(run: Run, arguments: tuple[str, ...]) -> None:
    """Every command that reads values lists all problems on standard error, errors first."""
    result = run(*arguments, SHOP_SHOP__SHELVES="99", SHOP_SHOP__OPEN="perhaps", SHOP_SHOP__NMAE="x")
    assert (1, "") == (result.exit_code, result.stdout)
    lines = result.stderr.splitlines()
    assert ["error", "error", "warning", "The configuration is wrong"] == [line.partition(":")[0] for line in lines]
    assert "SHOP_SHOP__SHELVES: shop.shelves: 99 is more than 9" in result.stderr
    assert "Try 9." in result.stderr
    assert "Did you mean 'name'?" in result.stderr
    assert "wrong: 2 errors." in result.stderr


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_a_wrong_configuration_as_json(run: Run, arguments: tuple[str, ...]) -> None:
    """With --json the problems are data on standard output, with stable keys."""
    result = run(*arguments, "--json", SHOP_SHOP__SHELVES="99", SHOP_SHOP__NMAE="x")
    assert (1, "") == (result.exit_code, result.stderr)
    data = json.loads(result.stdout)
    assert {"is_valid", "problems"} == set(data)
    assert data["is_valid"] is False
    warning, error = sorted(data["problems"], key=lambda problem: problem["path"])
    keys = {"code", "severity", "path", "message", "parameters", "origin"}
    assert (keys, keys | {"suggested"}) == (set(warning), set(error))
    assert ("maximum", "error", "shop.shelves", 9) == tuple(
        error[key] for key in ("code", "severity", "path", "suggested")
    )
    assert {"layer": "environment", "place": "SHOP_SHOP__SHELVES", "line": None} == error["origin"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("get",),
        ("get", "a", "b"),
        ("explain",),
        ("nonsense",),
        ("show", "--nonsense"),
        ("show", "--unknown", "maybe"),
        ("get", "shop.nmae"),
        ("get", "sohp.name"),
        ("get", ""),
        ("get", "shop.name.x"),
        ("explain", "shop"),
        ("explain", "shop.nmae"),
        ("explain", "shop.prices.tea"),
        ("show", "shp"),
        ("schema", "shp"),
        ("show", "--plugin", "no_such_module"),
        ("show", "--plugin", "json:nothing"),
        ("show", "--plugin", ""),
        ("show", "--plugin", "..x"),
        ("show", "--env-prefix", "A-B"),
        ("show", "--environment", "shop"),
        ("demo", "extra"),
    ],
    ids=" ".join,
)
def test_a_wrong_call_exits_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    """Unknown commands, options, paths and plugins are mistakes of the call, told in a sentence."""
    result = run(*arguments)
    assert (2, "") == (result.exit_code, result.stdout)
    assert result.stderr


def test_a_misspelt_path_is_corrected(run: Run) -> None:
    """An unknown path says what was probably meant."""
    assert "Did you mean 'name'?" in run("get", "shop.nmae").stderr
    assert "Did you mean 'shop'?" in run("schema", "shp").stderr


def make_wrong_file(file: Path, kind: str) -> None:
    """Put something in the place of a settings file that cannot be one."""
    file.unlink(missing_ok=True)
    if kind == "folder":
        file.mkdir()
    elif kind == "device":
        file.symlink_to("/dev/zero")
    elif kind == "pipe":
        os.mkfifo(file)
    elif kind == "loop":
        file.symlink_to(file.name)
    elif kind != "absent":
        file.write_bytes(WRONG[kind])


WRONG = {
    "cut": b"[shop",
    "twice": b"[shop]\nname = 'a'\nname = 'b'\n",
    "not UTF-8": b"[shop]\nname = '\xff'\n",
    "UTF-16": "[shop]\n".encode("utf-16"),
    "NUL": b"\x00" * 10,
    "large": b"#" * (2 << 20),
    "deep": b"x = " + b"[" * 100_000,
    "deep tables": b"[" + b".".join([b"a"] * 5000) + b"]\nx = 1\n",
    "table": b"shop = 5\n",
    "huge number": b"[shop]\nshelves = 1" + b"0" * 5000 + b"\n",
}
POSIX = pytest.mark.skipif(os.name != "posix", reason="files of this kind are those of POSIX")


@pytest.mark.parametrize(
    "kind", [*WRONG, "folder", "absent", *(pytest.param(kind, marks=POSIX) for kind in ("device", "pipe", "loop"))]
)
def test_no_file_makes_a_traceback(run: Run, project: Path, kind: str) -> None:
    """Whatever stands in the place of a settings file, the answer names the file and its cause."""
    make_wrong_file(project / "settings.toml", kind)
    for arguments in (("show",), ("validate", "--json"), ("doctor",)):
        result = run(*arguments)
        assert 1 == result.exit_code
        assert "settings.toml" in result.output
        assert 5000 > len(result.output)


@pytest.mark.parametrize("suffix", [".yaml", ".json", ".ini", ".txt", ""])
@pytest.mark.parametrize("text", ["{", "shop: [", "\t- a: *b", "[" * 50_000, "x", "shop", "=", "[[[", "- - - -"])
def test_no_format_makes_a_traceback(run: Run, project: Path, suffix: str, text: str) -> None:
    """Text that is not of its file's format is told with the file, for every format."""
    (project / f"more{suffix}").write_text(text)
    result = run("show", "--settings", f"more{suffix}")
    assert 1 == result.exit_code
    assert f"more{suffix}" in result.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SHOP_SHOP__SHELVES", "@int many"),
        ("SHOP_SHOP__SHELVES", "@json {"),
        ("SHOP_SHOP__SHELVES", "9" * 5000),
        ("SHOP_SHOP__SHELVES", "nan"),
        ("SHOP_SHOP__GOODS", "@merge_unique"),
        ("SHOP_SHOP__GOODS", "@insert x y"),
        ("SHOP_SHOP__NAME", "@jinja {{ 1 }}"),
        ("SHOP_SHOP__NAME", "@format {env[HOME]}"),
        ("SHOP_SHOP__LOGIN", "x"),
        ("SHOP_SHOP", "x"),
        ("SHOP_SHOP__", "x"),
        ("SHOP___", "x"),
        ("SHOP_SHOP__PRICES__A__B", "1"),
        ("SHOP_SHOP__KEY_FILE", "/"),
        ("SHOP_SHOP__OPEN", "[" * 5000),
    ],
)
def test_no_variable_makes_a_traceback(run: Run, name: str, value: str) -> None:
    """Whatever a variable says, the answer is a value or a sentence."""
    for arguments in (("show",), ("doctor", "--json"), ("validate",)):
        assert run(*arguments, **{name: value}).exit_code in (0, 1)


@POSIX
def test_variables_that_are_not_text(process: Callable[..., Any], project: Path) -> None:
    """Bytes that are no text, in the name or the value of a variable, print escaped."""
    for name, value in ((b"SHOP_SHOP__\xff", b"1"), (b"SHOP_SHOP__NAME", b"\xff"), (b"SHOP_\xff", b"")):
        for arguments in (("validate",), ("validate", "--json"), ("doctor",), ("doctor", "--json")):
            found = subprocess.run(
                [sys.executable, "-m", "cfgcore.cli", *arguments],
                env={**os.environb, name: value},
                cwd=project,
                capture_output=True,
                timeout=60,
                check=False,
            )
            assert found.returncode in (0, 1)
            assert b"Traceback" not in found.stderr
            if "--json" in arguments:
                json.loads(found.stdout)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
@pytest.mark.parametrize("arguments", [("show",), ("show", "--json"), ("get", "shop.key", "--json")], ids=" ".join)
def test_any_encoding_of_the_output(process: Callable[..., Any], arguments: tuple[str, ...], encoding: str) -> None:
    """What standard output cannot encode is escaped, JSON stays JSON; ASCII alone counts as a terminal gone wrong."""
    environ = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "SHOP_SHOP__NAME": "Märkt 😀"}
    found = process(*arguments, environ=environ, encoding="utf-8" if encoding == "ascii" else encoding)
    assert (0, "") == (found.returncode, found.stderr)
    if arguments == ("show", "--json"):
        assert "Märkt 😀" == json.loads(found.stdout)["shop.name"]["value"]


def test_a_process_of_its_own(process: Callable[..., Any]) -> None:
    """The command runs as a module, and its exit codes are those of the process."""
    assert (0, "Märkt\n", "") == (
        (found := process("get", "shop.name")).returncode,
        found.stdout,
        found.stderr,
    )
    assert 1 == process("validate", environ={"SHOP_SHOP__SHELVES": "99"}).returncode
    assert 2 == process("get", "shop.nmae").returncode


@POSIX
@pytest.mark.parametrize("command", ["show", "schema", "validate --json", "--help"])
def test_a_closed_pipe(project: Path, command: str) -> None:
    """A reader that goes away, such as ``head -1``, ends the command without a traceback."""
    text = ", ".join(f'"good{number}"' for number in range(20_000))
    (project / "settings.toml").write_text(f"[shop]\ngoods = [{text}]\n[more]\nx = 1\n")
    found = subprocess.run(
        f"'{sys.executable}' -m cfgcore.cli {command} | head -c 1",
        shell=True,
        cwd=project,
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ},
    )
    assert b"Traceback" not in found.stderr
    assert b"BrokenPipe" not in found.stderr
    assert 1 == len(found.stdout)


@POSIX
def test_a_folder_that_is_gone(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in a folder that was removed, the command says so."""
    (project / "gone").mkdir()
    monkeypatch.chdir(project / "gone")
    (project / "gone").rmdir()
    result = run("show")
    assert 2 == result.exit_code
    assert "current folder" in result.stderr


def test_help_names_every_command(run: Run) -> None:
    """The help lists the commands, and each has help of its own with every option explained."""
    text = run("--help").stdout
    for name in ("show", "get", "explain", "validate", "schema", "plugins", "doctor", "demo"):
        assert f"\n  {name} " in text
        assert 0 == run(name, "--help").exit_code == run(name, "-h").exit_code


def test_version(run: Run) -> None:
    """--version prints the version of the distribution."""
    try:
        expected = version("cfgcore")
    except PackageNotFoundError:
        pytest.skip("cfgcore is not installed")
    assert expected in run("--version").stdout


def test_secrets_print_as_dots(run: Run) -> None:
    """No command prints the secret that a settings file holds."""
    for arguments in (*ALL, ("get", "shop.key"), ("get", "shop"), ("explain", "shop.key"), ("show", "shop.key")):
        for form in ((), ("--json",)):
            if arguments == ("schema",) and form:
                continue
            assert "c4nary" not in run(*arguments, *form).output
