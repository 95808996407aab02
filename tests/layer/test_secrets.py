"""Secrets: a folder with one value per file, secrets files, and their silence."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from cfgcore import ValidationFailed

CANARY = "hunter2"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "secrets"
    found.mkdir()
    return found


def test_each_file_of_the_folder_is_a_value(opened: Any, folder: Path) -> None:
    """``section__setting`` in any case, with or without the prefix; the last line end is no part of the value."""
    (folder / "server__password").write_text(" a b \n")
    (folder / "SERVER__PIN").write_text("12\n")
    (folder / "app_server__peer__password").write_text("c")
    config = opened(secrets_dir=folder)
    assert (" a b ", 12, "c") == (config.server.password, config.server.pin, config.server.peer.password)
    assert f"secret file {folder / 'server__password'}" == str(config.explain("server.password").origin)


def test_hidden_files_and_folders_are_no_secrets(opened: Any, folder: Path) -> None:
    """Kubernetes keeps the values in ``..data`` and links to them."""
    (folder / "..data").mkdir()
    (folder / "..data" / "server__password").write_text("x")
    (folder / ".hidden__file").write_text("x")
    (folder / "server__url").mkdir()
    assert () == opened(secrets_dir=folder).warnings


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_a_link_is_followed_and_a_pipe_left_alone(opened: Any, folder: Path) -> None:
    """A link to nothing is nothing, and a pipe is not waited for."""
    (folder / "..data").mkdir()
    (folder / "..data" / "pw").write_text("x")
    (folder / "server__password").symlink_to("..data/pw")
    (folder / "server__url").symlink_to("..data/none")
    os.mkfifo(folder / "server__host")
    config = opened(secrets_dir=folder)
    assert ("x", "", "127.0.0.1") == (config.server.password, config.server.url, config.server.host)


def test_a_name_that_is_no_setting_is_told(opened: Any, folder: Path) -> None:
    """With what was probably meant, and how such files are called."""
    (folder / "server__passwort").write_text(CANARY)
    (folder / "password").write_text(CANARY)
    messages = [problem.message for problem in opened(secrets_dir=folder).warnings]
    assert "'password' names no setting; a secret's file is called section__setting" == messages[0]
    assert "unknown setting 'server.passwort'. Did you mean 'password'?" == messages[1]
    assert CANARY not in "".join(messages)


def test_a_folder_that_is_not_there_is_an_error(refused: Any) -> None:
    """Whoever names one wants it."""
    assert "none: the folder of secrets cannot be read: No such file or directory" == refused(secrets_dir="none")


def test_one_bad_secret_does_not_hide_the_others(refused: Any, folder: Path) -> None:
    """All problems are told at once."""
    (folder / "client__retries").write_text("many")
    (folder / "server__password").write_bytes(b"\xff")
    (folder / "server__pin").write_text(CANARY)
    error = refused(secrets_dir=folder)
    assert "secrets/client__retries: client.retries: 'many' is not a whole number" in error
    assert "secrets/server__password:1: it is not UTF-8 at byte 0; save it as UTF-8" in error
    assert "secrets/server__pin: server.pin: '••••' is not a whole number" in error


def test_secrets_rank_above_files_and_below_variables(opened: Any, folder: Path) -> None:
    """Settings files, then secrets files, then the folder, then the environment."""
    files = {name: f"[server]\npassword = '{name[0]}'\n" for name in ("a.toml", "b.toml")}
    options = {"settings_files": ["a.toml"], "secrets_files": ["b.toml"]}
    assert "b" == opened(files, **options).server.password
    (folder / "server__password").write_text("c")
    assert "c" == opened(files, **options, secrets_dir=folder).server.password
    assert "d" == opened(files, {"APP_SERVER__PASSWORD": "d"}, **options, secrets_dir=folder).server.password


def test_a_named_secrets_file_must_exist(refused: Any) -> None:
    """As a settings file."""
    expected = "none.toml: the file does not exist; only the default names may be absent"
    assert expected == refused(secrets_files=["none.toml"])


@pytest.mark.parametrize(
    "content",
    [
        "[server]\npin = 'hunter2'\n",
        "[server]\npin = '@int hunter2'\n",
        "[server]\npin = ['hunter2']\n",
        "[server.pin]\nhunter2 = 1\n",
        "[server.pin]\nx = '@int hunter2'\n",
        "[server]\ntoken = 'hunter2'\n",
        "[server]\ntoken = '@reset hunter2'\n",
        "[server]\ntoken = '@json {hunter2'\n",
        "[server]\npassword = ['hunter2']\n",
        "[server]\npassword = {a = 'hunter2'}\n",
        "[server]\npassword = '@format {hunter2}'\n",
        "[server]\npassword = '@jinja hunter2'\n",
        "[server.peer]\npassword = '@int hunter2'\n",
        "[[server.peers]]\npassword = '@int hunter2'\n",
        "[[server.peers]]\npassword = ['hunter2']\n",
        "[server]\npeers = {password = 'hunter2'}\n",
        "[server]\npeers = [[{password = 'hunter2'}]]\n",
        "[server]\npeers = [{password = 'hunter2', port = 0}]\n",
        "[[server.peer]]\npassword = 'hunter2'\n",
        "[server]\npassword = 'hunter2\n",
        "[server]\npassword = 'a'\npassword = 'hunter2'\n",
    ],
)
def test_a_secret_stands_in_no_error_of_a_file(refused: Any, content: str) -> None:
    """Whatever is wrong with it, or around it."""
    assert CANARY not in refused({"a.toml": content})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.yaml", "server:\n  password: hunter2\n  password: hunter2\n"),
        ("a.yaml", "server:\n  password: !x hunter2\n"),
        ("a.yaml", "server:\n  password: 'hunter2\n"),
        ("a.yaml", "server:\n  password: !!int hunter2\n"),
        ("a.json", '{"server": {"password": "hunter2", "password": "hunter2"}}'),
        ("a.json", '{"server": {"password": "hunter2}}'),
        ("a.json", '{"server": {"pin": "hunter2"}}'),
    ],
)
def test_a_secret_stands_in_no_error_of_a_parser(refused: Any, name: str, content: str) -> None:
    """Parsers like to quote what they do not understand."""
    assert CANARY not in refused({name: content})


@pytest.mark.parametrize("name", ["PIN", "TOKEN", "PASSWORD__X", "PEER__PASSWORD"])
@pytest.mark.parametrize(
    "text", ["@int hunter2", "@json {hunter2", "@reset hunter2", "{a = 'hunter2'}", "[['hunter2']]"]
)
def test_a_secret_stands_in_no_error_of_a_variable(opened: Any, name: str, text: str) -> None:
    """Neither in the error nor in the explanation, where the value is accepted."""
    try:
        told = repr(opened(environ={f"APP_SERVER__{name}": text}).explain(f"server.{name.split('__')[0].lower()}"))
    except ValidationFailed as error:
        told = f"{error} {error.problems!r}"
    assert CANARY not in told
