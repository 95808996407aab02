"""Environment variables, the ``.env`` file, and files that variables name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cfgcore.declare.registry import Registry
from cfgcore.layer.variables import claimed, ignored, relevant, variable_of, variable_path


def test_a_variable_names_section_and_setting_in_any_case(opened: Any) -> None:
    """The names after the prefix match in any case, aliases and subsections included."""
    variables = {"APP_SERVER__PORT": "9000", "APP_Srv__Host": "x", "APP_SERVER__PEER__PORT": "7"}
    config = opened(environ=variables)
    assert (9000, "x", 7) == (config.server.port, config.server.host, config.server.peer.port)
    assert "environment variable APP_SERVER__PORT" == str(config.explain("server.port").origin)
    assert "environment variable APP_Srv__Host" == str(config.explain("server.host").origin)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("HOST", "1.10", "1.10"),
        ("HOST", "123456", "123456"),
        ("HOST", "2024-01-01", "2024-01-01"),
        ("HOST", "1e5", "1e5"),
        ("HOST", "", ""),
        ("HOST", "@str @int", "@int"),
        ("PASSWORD", "0123", "0123"),
        ("FOLDER", "1.10", Path("1.10")),
        ("PRICE", "1.10", Decimal("1.10")),
        ("LEVEL", "3", 3),
        ("DEBUG", "on", True),
        ("NAMES", "['a', 'b']", ("a", "b")),
        ("NAMES", "@merge c", ("x", "c")),
        ("NAMES", "@merge_unique x,c", ("x", "c")),
        ("NAMES", "@insert 0 c", ("c", "x")),
        ("NAMES", '@json ["@str 1"]', ("1",)),
        ("NAMES", "@del", ()),
        ("TAGS", "{b = '2'}", {"a": "1", "b": "2"}),
        ("TAGS", "@merge b=x", {"a": "1", "b": "x"}),
        ("TAGS", "{dynaconf_merge = false, b = '2'}", {"b": "2"}),
        ("TAGS", '@json {"a": "@del"}', {}),
        ("TAGS__B", "2", {"a": "1", "B": "2"}),
        ("TAGS__A", "2", {"a": "2"}),
        ("TREE", "{names = ['a']}", {"names": ("a",)}),
        ("MAYBE", "@none", None),
        ("PORT", "@json 3", 3),
    ],
)
def test_a_variable_is_cast_by_the_type_of_its_setting(opened: Any, name: str, text: str, expected: Any) -> None:
    """Text stays text; the rest is cast as Dynaconf documents, tokens included."""
    file = "[server]\nnames = ['x']\ntags = {a = '1'}\n"
    server = opened({"a.toml": file}, {f"APP_SERVER__{name}": text}).server
    assert expected == getattr(server, name.partition("__")[0].lower())


@pytest.mark.parametrize("name", ["PORT", "DEBUG", "NAMES", "TAGS", "LEVEL", "FOLDER", "TIMEOUT", "MAYBE", "PEER"])
def test_an_empty_variable_is_unset(opened: Any, name: str) -> None:
    """As compose files leave them; the origin is what it was."""
    assert "default of plugin 'shop'" == str(opened(environ={f"APP_SERVER__{name}": ""}).explain("server.port").origin)
    assert opened().server == opened(environ={f"APP_SERVER__{name}": " "}).server


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "PORT",
            "99999",
            "server.port: 99999 is more than 65535 (a whole number, 1 to 65535; section of plugin 'shop')",
        ),
        ("PORT", "many", "server.port: 'many' is not a whole number"),
        (
            "PORT",
            "@int many",
            "server.port: '@int many' is not a whole number, 1 to 65535: the token @int cannot read the value",
        ),
        ("PORT", "@none", "server.port: None is not a whole number"),
        ("PORT", "1e3", "server.port: 1000.0 is not a whole number"),
        ("PORT", "٣", "server.port: '٣' is not a whole number"),
        ("PORT__X", "1", "server.port: {'X': 1} is not a whole number"),
        ("DEBUG", "2", "server.debug: '2' is not true or false"),
        ("NAMES", "a,b", "server.names: 'a,b' is not a list"),
        ("NAMES__0", "a", "server.names: {'0': 'a'} is not a list"),
        ("NAMES", '@json ["@merge a"]', "server.names: '@json [\"@merge a\"]' is not a list"),
        ("HOST", "@int 3", "server.host: 3 is not text"),
        ("HOST", "@reset x", "server.host: '@reset x' is not text: @reset is gone from Dynaconf"),
        ("PEER", "x", "server.peer: '••••' is not a table"),
        ("PEER__PORT", "0", "server.peer.port: 0 is less than 1"),
        ("TREE" + "__A" * 5000, "1", "server.tree: it nests deeper than 32 levels"),
        ("TREE", "[" * 40 + "]" * 40, "server.tree: it nests deeper than 32 levels"),
    ],
)
def test_a_wrong_value_names_its_variable(refused: Any, name: str, text: str, message: str) -> None:
    """The variable stands first, then the setting, the value and what was expected."""
    assert refused(environ={f"APP_SERVER__{name}": text}).startswith(f"APP_SERVER__{name}: {message}")


@pytest.mark.parametrize("text", ["9" * 100_000, "@json " + "[" * 100_000, "x" * 100_000])
def test_a_long_value_is_shortened_in_the_error(refused: Any, text: str) -> None:
    """An error is a sentence that somebody can read."""
    assert 400 > len(refused(environ={"APP_SERVER__PORT": text}))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("APP_SERVER__PROT", "unknown setting 'server.prot'. Did you mean 'port'?"),
        ("APP_SEVRER__PORT", "unknown section 'sevrer'. Did you mean 'server'?"),
        ("APP_SERVER__PEER__PASSWORT", "unknown setting 'server.peer.passwort'. Did you mean 'password'?"),
    ],
)
def test_an_unknown_name_is_a_warning_or_an_error(opened: Any, refused: Any, name: str, message: str) -> None:
    """With what was probably meant, as the application likes."""
    assert [f"{name}: {message}"] == [str(problem) for problem in opened(environ={name: "1"}).warnings]
    assert f"{name}: {message}" == refused(environ={name: "1"}, unknown="error")


def test_variables_that_cannot_be_settings_are_left_alone(opened: Any) -> None:
    """Kubernetes injects ``APP_PORT=tcp://...`` for a service called app; ``ignored`` knows them for ``doctor``."""
    names = [
        "APP_PORT",
        "APP_SERVICE_HOST",
        "APP_",
        "APP__X",
        "APP_SERVER__",
        "APP_SERVER____PORT",
        "APPX_SERVER__PORT",
    ]
    variables = {**dict.fromkeys(names, "tcp://10.0.0.1:80"), "app_server__port": "1", "SERVER__PORT": "1"}
    config = opened(environ=variables, unknown="error")
    assert ((), 8000) == (config.warnings, config.server.port)
    assert sorted(names[:-1]) == ignored(variables, "APP", {})


@pytest.mark.parametrize(
    "variables",
    [
        {"DYNACONF_SERVER__PORT": "1"},
        {"ENV_FOR_DYNACONF": "production", "ENVIRONMENTS_FOR_DYNACONF": "true"},
        {"AUTO_CAST_FOR_DYNACONF": "false"},
        {"SETTINGS_FILE_FOR_DYNACONF": "other.toml", "SETTINGS_MODULE_FOR_DYNACONF": "other.toml"},
        {"INCLUDES_FOR_DYNACONF": "other.toml", "SECRETS_FOR_DYNACONF": "other.toml"},
        {"ENVVAR_PREFIX_FOR_DYNACONF": "OTHER", "OTHER_SERVER__PORT": "1", "MERGE_ENABLED_FOR_DYNACONF": "true"},
    ],
)
@pytest.mark.parametrize("real", [False, True])
def test_dynaconf_is_not_redirected(
    opened: Any, monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str], real: bool
) -> None:
    """Its variables have no effect, in the mapping that the application gives as well as in the process."""
    for name, text in variables.items() if real else ():
        monkeypatch.setenv(name, text)
    files = {
        "a.toml": "[server]\nport = 5\nnames = ['a']\n[production.server]\nport = 9\n",
        "other.toml": "[server]\nport = 7\n",
    }
    environ = {**({} if real else variables), "APP_SERVER__RATIO": "@float 2", "APP_SERVER__NAMES": "['b']"}
    server = opened(files, environ, settings_files=["a.toml"]).server
    assert (5, 2.0, ("b",)) == (server.port, server.ratio, server.names)


def test_a_claimed_name_sets_its_setting_below_the_derived_one(opened: Any) -> None:
    """``setting(env="DATABASE_URL")``; the origin is whichever won."""
    both = {"DATABASE_URL": "claimed", "APP_SERVER__URL": "derived"}
    assert "derived" == opened(environ=both).server.url
    config = opened(environ={"DATABASE_URL": "claimed"})
    assert ("claimed", "environment variable DATABASE_URL") == (
        config.server.url,
        str(config.explain("server.url").origin),
    )
    assert ["", "claimed", "derived"] == [said.value for said in opened(environ=both).explain("server.url").said]


def test_a_variable_may_name_a_file_with_the_value(opened: Any, tmp_path: Path) -> None:
    """The last line end is no part of it; the value itself is stronger, the claimed name weaker."""
    (tmp_path / "url").write_text("from the file\r\n")
    variables = {"DATABASE_URL": "claimed", "APP_SERVER__URL_FILE": str(tmp_path / "url")}
    config = opened(environ=variables)
    assert "from the file" == config.server.url
    assert f"secret file {tmp_path / 'url'} (APP_SERVER__URL_FILE)" == str(config.explain("server.url").origin)
    assert "direct" == opened(environ={**variables, "APP_SERVER__URL": "direct"}).server.url
    assert "claimed" == opened(environ={**variables, "APP_SERVER__URL_FILE": ""}).server.url


def test_a_value_from_a_file_is_cast_as_a_variable_is(opened: Any, refused: Any, tmp_path: Path) -> None:
    """And a wrong one names file and variable, and not itself if it is a secret."""
    (tmp_path / "port").write_text("9000\n")
    assert 9000 == opened(environ={"APP_SERVER__PORT_FILE": str(tmp_path / "port")}).server.port
    (tmp_path / "pin").write_text("hunter2\n")
    error = refused(environ={"APP_SERVER__PIN_FILE": str(tmp_path / "pin")})
    assert error.startswith("pin (APP_SERVER__PIN_FILE): server.pin: '••••' is not a whole number")


def test_a_file_that_a_variable_names_must_be_readable(refused: Any, tmp_path: Path) -> None:
    """The error names the variable and the file."""
    missing = refused(environ={"APP_SERVER__URL_FILE": "/none/such"})
    assert "APP_SERVER__URL_FILE: the file '/none/such' does not exist; create it, or unset the variable" == missing
    folder = refused(environ={"APP_SERVER__URL_FILE": str(tmp_path)})
    assert folder.startswith("APP_SERVER__URL_FILE: ")
    assert folder.endswith("it is a folder, not a file; name a file in it")


def test_a_file_suffix_that_names_no_setting_is_unknown(opened: Any) -> None:
    """``_FILE`` means a file only after the name of a setting."""
    (warning,) = opened(environ={"APP_SERVER__PROT_FILE": "/none"}).warnings
    assert "unknown setting 'server.prot_file'." in warning.message


def test_a_former_name_is_read_and_the_present_one_wins(opened: Any) -> None:
    """With a warning that names the variable."""
    config = opened(environ={"APP_SERVER__PORTNR": "7", "APP_SERVER__CLIENT_RETRIES": "4"})
    assert (7, 4) == (config.server.port, config.client.retries)
    assert {"APP_SERVER__PORTNR", "APP_SERVER__CLIENT_RETRIES"} == {problem.origin.name for problem in config.warnings}
    assert 8 == opened(environ={"APP_SERVER__PORTNR": "7", "APP_SERVER__PORT": "8"}).server.port


def test_operations_of_stronger_variables_see_the_weaker_ones(opened: Any, tmp_path: Path) -> None:
    """A derived name merges with what its file, or the claimed name, gave."""
    (tmp_path / "names").write_text("['a']")
    variables = {"APP_SERVER__NAMES_FILE": str(tmp_path / "names"), "APP_SERVER__NAMES": "@merge b"}
    assert ("a", "b") == opened(environ=variables).server.names


def test_a_dotenv_file_ranks_below_the_environment_and_leaves_it_alone(opened: Any) -> None:
    """It is read into a mapping: nothing is written into ``os.environ``, nothing is interpolated."""
    before = dict(os.environ)
    text = (
        "APP_SERVER__PORT=1\nAPP_SERVER__HOST='${HOME} x'\nAPP_PORT=1\nDATABASE_URL=d\nOTHER=1\nAPP_CLIENT__RETRIES=9\n"
    )
    config = opened({".env": text}, {"APP_SERVER__PORT": "2"}, settings_files=[], dotenv=".env")
    server = config.server
    assert (2, "${HOME} x", "d", 9) == (server.port, server.host, server.url, config.client.retries)
    assert before == dict(os.environ)
    assert "APP_SERVER__HOST" in str(config.explain("server.host").origin)
    assert ".env:2" in str(config.explain("server.host").origin)


def test_a_dotenv_file_is_read_only_when_it_is_named(opened: Any) -> None:
    """One that lies in the folder has no effect."""
    assert 8000 == opened({".env": "APP_SERVER__PORT=1\n"}, settings_files=[]).server.port


def test_a_wrong_value_in_a_dotenv_file_names_variable_file_and_line(refused: Any) -> None:
    """As a user finds it."""
    error = refused({".env": "# x\nAPP_SERVER__PORT=many\n"}, settings_files=[], dotenv=".env")
    assert error.startswith("APP_SERVER__PORT (.env:2): server.port: 'many'")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, ".env: the file does not exist; create it, or do not name it"),
        ("A=1\n\n'x\n", ".env:3: this line is no assignment; write NAME=value"),
        (b"A=\xff\n", ".env:1: it is not UTF-8 at byte 2; save it as UTF-8"),
    ],
)
def test_a_dotenv_file_that_cannot_be_read_is_an_error(refused: Any, content: Any, message: str) -> None:
    """Whoever names one wants it."""
    assert message == refused({} if content is None else {".env": content}, settings_files=[], dotenv=".env")


def test_names_and_paths(registry: Registry) -> None:
    """The name of a setting's variable leads back to its path."""
    assert "APP_SERVER__PEER__PORT" == variable_of(("server", "peer", "port"), "APP")
    assert ("SERVER", "PEER", "PORT") == variable_path("APP_SERVER__PEER__PORT", "APP")
    assert [None, None] == [variable_path(name, "APP") for name in ("APP_PORT", "APP_SERVER__")]
    assert {"DATABASE_URL": ("server", "url")} == claimed(registry)
    variables = {"APP_A": "1", "APPX": "2", "DATABASE_URL": "3", "HOME": "4"}
    assert {"APP_A": "1", "DATABASE_URL": "3"} == relevant(variables, "APP", claimed(registry))
