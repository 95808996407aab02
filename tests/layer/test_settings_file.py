"""Settings files: lines, environments, and what is refused in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cfgcore.layer.json_lines import json_lines

SEVERAL = """\
top = 1

[server]
port = 1000
[default.server]
port = 2000
host = "default"
[staging.server]
port = 3000
[PRODUCTION.server]
port = 4000
[global.server]
ratio = 0.9
"""


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("a.toml", "[server]\n\nport = 'many'\n", "a.toml:3: server.port: 'many'"),
        ("a.toml", "server.host = 'x'\nserver.port = 'many'\n", "a.toml:2: server.port: 'many'"),
        ("a.toml", "[server]\npeer = {host = 'x', port = 'many'}\n", "a.toml:2: server.peer.port: 'many'"),
        ("a.toml", "[server.peer]\nhost = 'x'\nport = 'many'\n", "a.toml:3: server.peer.port: 'many'"),
        (
            "a.toml",
            "[[server.peers]]\nport = 1\n[[server.peers]]\n\nport = 'many'\n",
            "a.toml:5: server.peers.1.port: 'many'",
        ),
        ("a.toml", "[server]\npeers = [\n {port = 1},\n {port = 'many'}]\n", "a.toml:4: server.peers.1.port: 'many'"),
        ("a.toml", "[server.limits]\na = 1\nb = 'many'\n", "a.toml:3: server.limits.b: 'many'"),
        ("a.yaml", "server:\n  host: x\n  port: many\n", "a.yaml:3: server.port: 'many'"),
        ("a.yml", "server: {host: x,\n  peer: {port: many}}\n", "a.yml:2: server.peer.port: 'many'"),
        (
            "a.yaml",
            "server:\n  peers:\n    - port: 1\n    - host: x\n      port: many\n",
            "a.yaml:5: server.peers.1.port: 'many'",
        ),
        ("a.json", '{"server": {\n"host": "x",\n"port": "many"}}', "a.json:3: server.port: 'many'"),
        ("a.json", '{"server": {"peer": {\n"port": "many"}}}', "a.json:2: server.peer.port: 'many'"),
        ("a.json", '{"server": {"numbers": [\n1,\n"many"]}}', "a.json:3: server.numbers.1: 'many'"),
    ],
)
def test_a_wrong_value_names_its_file_and_line(refused: Any, name: str, content: str, place: str) -> None:
    """Also in nested and inline tables, and in lists; the message says what was expected, and who declared it."""
    error = refused({name: content})
    assert error.startswith(f"{place} is not a whole number")
    assert error.endswith("section of plugin 'shop')")


def test_bounds_are_told_with_the_value(refused: Any) -> None:
    """Value, bounds, file and line are in one sentence."""
    expected = "a.toml:2: server.port: 99999 is more than 65535 (a whole number, 1 to 65535; section of plugin 'shop')"
    assert expected == refused({"a.toml": "[server]\nport = 99999"})


def test_all_errors_of_all_files_are_told_at_once(refused: Any) -> None:
    """Nobody has to start the application five times."""
    files = {"a.toml": "[server\n", "b.json": "{", "c.yaml": "server: {port: 0}", "d.toml": "[server]\nratio = true"}
    places = [error.split(": ")[0] for error in refused({**files, "e.toml": b"\xff"}).splitlines()]
    assert ["a.toml:1", "b.json:1", "c.yaml:1", "d.toml:2", "e.toml:1"] == sorted(places)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[sevrer]\nport = 1\n", "a.toml:1: unknown section 'sevrer'. Did you mean 'server'?"),
        ("[server]\nhost = 'x'\nprot = 1\n", "a.toml:3: unknown setting 'server.prot'. Did you mean 'port'?"),
        (
            "[server.peer]\npasswort = 'x'\n",
            "a.toml:2: unknown setting 'server.peer.passwort'. Did you mean 'password'?",
        ),
        ("x = 1\n", "a.toml:1: unknown section 'x'."),
    ],
)
def test_an_unknown_name_is_a_warning_or_an_error_as_the_application_likes(
    opened: Any, refused: Any, content: str, message: str, tmp_path: Path
) -> None:
    """With its line, and with what was probably meant."""
    warnings = [str(problem).replace(f"{tmp_path}/", "") for problem in opened({"a.toml": content}).warnings]
    assert [True] == [warning.startswith(message) for warning in warnings]
    assert refused({"a.toml": content}, unknown="error").startswith(message)


@pytest.mark.parametrize("name", ["a.toml", "a.yaml", "a.json"])
def test_names_match_in_any_case(opened: Any, name: str) -> None:
    """``[SERVER]`` is the section server."""
    content = {"a.toml": "[SERVER]\nPort = 1", "a.yaml": "SERVER: {Port: 1}", "a.json": '{"SERVER": {"Port": 1}}'}[name]
    assert 1 == opened({name: content}).server.port


def test_an_alias_and_a_former_name_are_read(opened: Any) -> None:
    """A former name is read with a warning that says what to write; an alias without."""
    config = opened({"a.toml": "[srv]\nhost = 'x'\n[server]\nportnr = 7\nclient_retries = 5\n"})
    assert ("x", 7, 5) == (config.server.host, config.server.port, config.client.retries)
    assert ["server.port", "client.retries"] == [problem.path for problem in config.warnings]
    assert config.warnings[0].message == "'server.portnr' is its former name; write server.port instead"
    assert 4 == config.warnings[0].origin.line


@pytest.mark.parametrize("content", ["[server]\nportnr = 7\nport = 8\n", "[server]\nport = 8\nportnr = 7\n"])
def test_the_present_name_wins_in_whatever_order(opened: Any, content: str) -> None:
    """A file that serves an old and a new release gives both names."""
    assert 8 == opened({"a.toml": content}).server.port


def test_a_former_name_in_a_later_file_wins(opened: Any) -> None:
    """Only within one source does the present name go first."""
    assert 7 == opened({"a.toml": "[server]\nport = 8\n", "b.toml": "[server]\nportnr = 7\n"}).server.port


def test_a_wrong_value_under_a_former_name_is_an_error_of_the_setting(refused: Any) -> None:
    """The line is that of the former name."""
    assert refused({"a.toml": "[server]\nportnr = 0\n"}).startswith("a.toml:2: server.port: 0 is less than 1")


@pytest.mark.parametrize(
    ("name", "content"), [("a.yaml", "server:\nclient:\n  # retries: 3\n"), ("a.json", '{"server": null}')]
)
def test_a_section_that_holds_nothing_is_empty(opened: Any, name: str, content: str) -> None:
    """A YAML section with all its lines commented out is no error."""
    config = opened({name: content})
    assert ((), 8000) == (config.warnings, config.server.port)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("server = 3\n", "a.toml:1: server: it is a table of settings, not a number"),
        ("[[server]]\nport = 3\n", "a.toml:1: server: it is a table of settings, not a list"),
        ("[server.port]\nx = 1\n", "a.toml:2: server.port: {'x': 1} is not a whole number"),
        ("[server]\npeer = 3\n", "a.toml:2: server.peer: '••••' is not a table"),
        ("[server]\nport = [1]\n", "a.toml:2: server.port: [1] is not a whole number"),
        ("[server]\nnames = 'a'\n", "a.toml:2: server.names: 'a' is not a list"),
    ],
)
def test_a_value_of_the_wrong_shape_is_told_with_its_line(refused: Any, content: str, message: str) -> None:
    """A scalar for a table, a table for a scalar, a list for either."""
    assert refused({"a.toml": content}).startswith(message)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.json", "[1]"), ("a.json", "3"), ("a.yaml", "text"), ("a.yaml", "- server"), ("a.json", '"server"')],
)
def test_a_file_that_holds_no_table_is_refused(refused: Any, name: str, content: str) -> None:
    """A list or a text at the top is no file of settings."""
    assert f"{name}: it holds no table of sections at its top" == refused({name: content})


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.toml", "[server]\nratio = nan\n", "a.toml:2: server.ratio: nan is not a number"),
        ("a.toml", "[server]\nratio = inf\n", "a.toml:2: server.ratio: inf is not a number"),
        ("a.yaml", "server:\n  ratio: .nan\n", "a.yaml:2: server.ratio: nan is not a number"),
        ("a.json", '{"server": {"ratio": 1e999}}', "a.json:1: server.ratio: inf is not a number"),
        ("a.json", '{"server":\n{"ratio": NaN}}', "a.json:2: not valid JSON: NaN is not a number of JSON"),
        ("a.toml", f"[server]\nport = 1{'0' * 400}\n", f"a.toml:2: server.port: 1{'0' * 78}… is not a whole number of"),
        ("a.toml", f"[server]\nport = 1{'0' * 5000}\n", "a.toml:2: a number has thousands of digits"),
        ("a.toml", "[server]\nport = '1e3'\n", "a.toml:2: server.port: '1e3' is not a whole number"),
        ("a.toml", "[server]\nport = 1e3\n", "a.toml:2: server.port: 1000.0 is not a whole number"),
        ("a.toml", "[server]\nratio = 'true'\n", "a.toml:2: server.ratio: 'true' is not a number"),
        ("a.toml", "[server]\nport = true\n", "a.toml:2: server.port: True is not a whole number"),
        ("a.toml", "[server]\nhost = 1.10\n", "a.toml:2: server.host: 1.1 is not text; put it in quotes"),
        ("a.yaml", "server: {host: 2024-01-01}", "a.yaml:1: server.host: '2024-01-01' is not text"),
    ],
)
def test_values_are_strict(refused: Any, name: str, content: str, message: str) -> None:
    """A file has types: nothing is made of something else."""
    assert refused({name: content}).startswith(message)


@pytest.mark.parametrize(
    ("environment", "port", "host"),
    [
        (("staging",), 3000, "default"),
        (("production",), 4000, "default"),
        (("Production",), 4000, "default"),
        (("staging", "production"), 4000, "default"),
        ("production,staging", 3000, "default"),
        (("test",), 2000, "default"),
    ],
)
def test_environments_count_in_their_order_between_default_and_global(
    opened: Any, environment: Any, port: int, host: str
) -> None:
    """``[default]`` first, then each environment in the order given, in any case, then ``[global]``."""
    config = opened({"a.toml": SEVERAL}, environment=environment)
    assert (port, host, 0.9) == (config.server.port, config.server.host, config.server.ratio)


def test_a_section_at_the_top_counts_as_default(opened: Any) -> None:
    """Whoever has no ``[default]`` loses nothing by asking for an environment; ``[default]`` is stronger."""
    files = {"a.toml": "[server]\nport = 1\nhost = 'top'\n[default.server]\nport = 2\n"}
    config = opened(files, environment="production")
    assert (2, "top") == (config.server.port, config.server.host)


def test_the_order_of_files_beats_that_of_environments(opened: Any) -> None:
    """``[default]`` of the second file is stronger than ``[production]`` of the first."""
    files = {"a.toml": "[production.server]\nport = 1\nhost = 'a'\n", "b.toml": "[default.server]\nport = 2\n"}
    config = opened(files, environment="production")
    assert (2, "a") == (config.server.port, config.server.host)


def test_what_an_environment_says_has_its_own_line(opened: Any, tmp_path: Path) -> None:
    """Explaining tells what each environment of a file said."""
    found = opened({"a.toml": SEVERAL}, environment="staging").explain("server.port")
    assert [None, 4, 6, 9] == [said.origin.line for said in found.said]
    assert [8000, 1000, 2000, 3000] == [said.value for said in found.said]


def test_an_environment_merges_with_the_default_of_its_own_file(opened: Any) -> None:
    """A list that asks to merge merges with ``[default]``, a replacing table hides it, and ``@del`` takes it out."""
    content = """
        [default.server]
        names = ["a"]
        tags = {a = "1"}
        host = "x"
        limits = {a = 1, b = 2}
        [production.server]
        names = ["dynaconf_merge", "b"]
        tags = {dynaconf_merge = false, b = "2"}
        host = "@del"
        limits = {a = "@del"}
    """
    server = opened({"a.toml": content}, environment="production").server
    assert (("a", "b"), {"b": "2"}, "127.0.0.1", {"b": 2}) == (server.names, server.tags, server.host, server.limits)


def test_an_environment_that_is_probably_misspelt_is_told(opened: Any, refused: Any, tmp_path: Path) -> None:
    """A table that holds sections and is alike an environment asked for; others are other people's environments."""
    files = {"a.toml": "[prodution.server]\nport = 1\n[staging.server]\nport = 2\n"}
    (warning,) = opened(files, environment="production").warnings
    message = (
        "a.toml:1: [prodution] is not among the environments default, production, global. Did you mean 'production'?"
    )
    assert message == str(warning).replace(f"{tmp_path}/", "")
    assert message == refused(files, environment="production", unknown="error")


def test_other_names_at_the_top_are_unknown_sections(opened: Any) -> None:
    """A misspelt section is told with environments as well as without."""
    (warning,) = opened({"a.toml": "[sevrer]\nport = 1\n"}, environment="production").warnings
    assert "unknown section 'sevrer'. Did you mean 'server'?" == warning.message


def test_an_environment_that_is_no_table_is_refused(refused: Any) -> None:
    """The message has the line."""
    assert "a.toml:1: production: it is an environment, so it must be a table" == refused(
        {"a.toml": "production = 1\n"}, environment="production"
    )


def test_without_environments_their_tables_are_unknown_sections(opened: Any) -> None:
    """Nothing of ``[production]`` counts when nobody asked for it."""
    config = opened({"a.toml": "[production.server]\nport = 1\n"})
    assert (8000, 1) == (config.server.port, len(config.warnings))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("dynaconf_include = ['b.toml']\n", "a.toml:1: 'dynaconf_include' has no effect here; take it out"),
        (
            "[server]\nDYNACONF_INCLUDE = 'b.toml'\n",
            "a.toml:2: server: 'DYNACONF_INCLUDE' has no effect here; take it out",
        ),
        (
            "[server.tags]\ndynaconf_hooks = 'x'\n",
            "a.toml:2: server.tags: 'dynaconf_hooks' has no effect here; take it out",
        ),
        ("[server]\ndynaconf_merge = 'yes'\n", "a.toml:2: server: 'dynaconf_merge' is true or false"),
        (
            "dynaconf_merge = false\n",
            "a.toml:1: 'dynaconf_merge' has no effect here; write it in the section concerned",
        ),
    ],
)
def test_reserved_names_are_refused(refused: Any, content: str, message: str) -> None:
    """What would redirect Dynaconf is told, not silently left out; nothing is included."""
    assert message == refused({"a.toml": content, "b.toml": ""}, settings_files=["a.toml"])


def test_files_beside_a_named_file_are_neither_read_nor_run(opened: Any, tmp_path: Path) -> None:
    """Dynaconf itself reads ``X.local.json`` and runs ``dynaconf_hooks.py``; here only what is named is opened."""
    hook = f"import pathlib\npathlib.Path({str(tmp_path / 'ran')!r}).touch()\ndef post(settings):\n    return {{}}\n"
    files = {
        "a.json": '{"server": {"port": 1}}',
        "a.local.json": '{"server": {"port": 2}}',
        ".secrets.json": '{"server": {"port": 3}}',
        "dynaconf_hooks.py": hook,
    }
    assert 1 == opened(files, settings_files=["a.json"]).server.port
    assert not (tmp_path / "ran").exists()


def test_a_python_file_is_no_settings_file(refused: Any, tmp_path: Path) -> None:
    """It is refused, and not run."""
    error = refused({"a.py": f"open({str(tmp_path / 'ran')!r}, 'w')"})
    assert error.startswith("a.py: .py is not a format that can be read; use one of .ini, .json, .toml, .yaml, .yml")
    assert not (tmp_path / "ran").exists()


def nested(times: int, opening: str, closing: str) -> str:
    """Return JSON in which a number stands three levels deep and then `times` those of `opening`."""
    return '{"server": {"tree": {"x": ' + opening * times + "1" + closing * times + "}}}"


@pytest.mark.parametrize(("opening", "closing"), [('{"a": ', "}"), ("[", "]"), ("[[", "]]"), ('[{"a": ', "}]")])
def test_values_nest_thirty_two_levels_and_no_deeper(opened: Any, refused: Any, opening: str, closing: str) -> None:
    """Tables and lists count alike, however they are mixed."""
    step = opening.count("[") + opening.count("{")
    assert opened({"a.json": nested(28 // step, opening, closing)}).server.tree
    for times in (30 // step, 60 // step, 300 // step):
        message = "a.json:1: server.tree: it nests deeper than 32 levels"
        assert message == refused({"a.json": nested(times, opening, closing)})


def test_exactly_thirty_two_levels(opened: Any, refused: Any) -> None:
    """The thirty-third is one too many."""
    assert 32 == max(len(key) for key in json_lines(nested(29, '{"a": ', "}")))
    assert opened({"a.json": nested(29, '{"a": ', "}")}).server.tree
    assert refused({"a.json": nested(30, '{"a": ', "}")})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.toml", "[server]\nx = 1\ny." + "a." * 50_000 + "a = 1"),
        ("a.toml", "[server]\nx = 1\ny = " + "[" * 100_000),
        ("a.json", '{"server": {\n"x": 1,\n"y": ' + "[" * 100_000),
        ("a.yaml", "server:\n  x: 1\n  y: " + "[" * 100_000),
    ],
)
def test_a_hundred_thousand_levels_are_refused_with_the_line(refused: Any, name: str, content: str) -> None:
    """Before it is parsed: a dotted key takes Dynaconf's parser the square of its length."""
    assert f"{name}:3: it nests deeper than 32 levels" == refused({name: content})


def test_many_dots_that_are_no_key_are_text(opened: Any) -> None:
    """A text of dots is as good as any."""
    assert 500 == len(opened({"a.toml": f"[server]\nhost = '{'.' * 500}'\n"}).server.host)


def test_ten_megabytes_are_refused_unread(refused: Any) -> None:
    """The limit is told."""
    assert "a.json: it is larger than 1024 KiB, the limit of a settings file" == refused({"a.json": "[" * (10 << 20)})


def test_ini_is_text_cast_by_type(opened: Any) -> None:
    """INI has no types, so its texts are read as variables are."""
    pytest.importorskip("configobj")
    content = "[server]\nport = 9\ndebug = yes\nhost = 1.10\nnames = ['a']\n[[peer]]\nport = 3\n"
    server = opened({"a.ini": content}).server
    assert (9, True, "1.10", ("a",), 3) == (server.port, server.debug, server.host, server.names, server.peer.port)


def test_a_file_may_name_its_schema(opened: Any) -> None:
    """``$schema`` at the top of a file is for editors: no setting, and no warning."""
    config = opened({"a.json": '{"$schema": "./settings.schema.json", "server": {"port": 81}}'}, unknown="error")
    assert 81 == config.server.port
    assert () == config.warnings
