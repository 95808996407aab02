"""Templates: computed once everything else is known, if the application allows them."""

from __future__ import annotations

from typing import Any

import pytest

REMEDY = "templates are not evaluated here; the application may allow them with open(templates=True)"


@pytest.mark.parametrize(
    "text", ["@format {env[SECRET]}", "@jinja {{ 1 }}", "@get server.port", "@read_file /etc/passwd"]
)
def test_templates_are_refused_unless_allowed(refused: Any, text: str) -> None:
    """In a file and in a variable, with the place and the remedy."""
    assert f"a.toml:2: server.host: {REMEDY}" == refused({"a.toml": f"[server]\nhost = '{text}'\n"})
    assert f"APP_SERVER__HOST: server.host: {REMEDY}" == refused(environ={"APP_SERVER__HOST": text, "SECRET": "x"})


def test_a_template_uses_settings_and_variables(opened: Any) -> None:
    """What it computes has the origin of the template."""
    content = "[server]\nport = 5\nhost = '@format {this.server.port}-{env[X]}'\n"
    config = opened({"a.toml": content}, {"X": "x", "APP_SERVER__PORT": "6"}, templates=True)
    assert "6-x" == config.server.host
    assert 3 == config.explain("server.host").origin.line


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("port", "@int @format {env[N]}", 7),
        ("names", ["@format {env[N]}"], ("7",)),
        ("names", "@json ['@format {env[N]}', 'b']", ("7", "b")),
        ("tags", "@json {'a': '@format {env[N]}'}", {"a": "7"}),
        ("url", "@get server.level", "low"),
        ("ratio", "@get server.missing @float 2", 2.0),
    ],
)
def test_templates_are_computed_wherever_they_stand(opened: Any, name: str, text: Any, expected: Any) -> None:
    """In lists, in tables, and in what ``@json`` gives."""
    written = repr(text) if isinstance(text, list) else '"' + text.replace('"', '\\"').replace("'", '\\"') + '"'
    config = opened({"a.toml": f"[server]\n{name} = {written}\n"}, {"N": "7"}, templates=True)
    assert expected == getattr(config.server, name)


def test_templates_are_computed_in_tables_of_lists(opened: Any) -> None:
    """However deep they lie."""
    content = "[[server.peers]]\nhost = '@format {env[N]}'\n[server.tree]\na = [{b = ['@int @format {env[N]}']}]\n"
    server = opened({"a.toml": content}, {"N": "7"}, templates=True).server
    assert ("7", (({"b": (7,)}),)) == (server.peers[0].host, server.tree["a"])


@pytest.mark.parametrize(
    "text", ["@merge @format {env[N]}", '@merge ["@format {env[N]}"]', "@merge_unique @format {env[N]}"]
)
def test_a_template_can_be_merged(opened: Any, text: str) -> None:
    """It is one item of the list."""
    config = opened({"a.toml": "[server]\nnames = ['a']\n"}, {"N": "7", "APP_SERVER__NAMES": text}, templates=True)
    assert ("a", "7") == config.server.names


def test_a_template_may_use_another(opened: Any) -> None:
    """In whatever order they stand."""
    content = "[server]\nhost = '@format {this.server.url}/{this.client.retries}'\nurl = '@format {env[N]}'\n"
    files = {"a.toml": content + "[client]\nretries = '@int @get server.url'\n"}
    assert "7/7" == opened(files, {"N": "7"}, templates=True).server.host


def test_templates_that_need_each_other_are_refused(refused: Any) -> None:
    """Both are told, and neither is taken for text."""
    content = "[server]\nhost = '@format {this.server.url}'\nurl = '@format {this.server.host}'\n"
    errors = refused({"a.toml": content}, templates=True).splitlines()
    cause = (
        "the template cannot be computed: it uses a setting that is a template itself, and cannot be computed before it"
    )
    assert [f"a.toml:2: server.host: {cause}", f"a.toml:3: server.url: {cause}"] == errors


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("@format {env[NONE]}", "the template cannot be computed: Dynaconf can't interpolate variable because 'NONE'"),
        (
            "@format {this.server.none}",
            "the template cannot be computed: Dynaconf can't interpolate variable because server.none",
        ),
        (
            "@format {this.server.__class__.__mro__}",
            "the template cannot be computed: Dynaconf can't interpolate variable",
        ),
        ("@read_file /none/such", "the template cannot be computed: File /none/such does not exist"),
        ("@int @format {env[N]}", "the token before the template cannot read what it computes"),
    ],
)
def test_a_template_that_cannot_be_computed_is_an_error_with_its_cause(refused: Any, text: str, cause: str) -> None:
    """With file and line, and without the value that it computed."""
    error = refused({"a.toml": f"[server]\nhost = '{text}'\n"}, {"N": "hunter2"}, templates=True)
    assert error.startswith(f"a.toml:2: server.host: {cause}")
    assert "hunter2" not in error


def test_an_error_elsewhere_in_the_section_is_told_alone(refused: Any) -> None:
    """A template that can be computed is not reported because its neighbour is wrong."""
    content = "[server]\nhost = '@format {env[N]}'\nport = 'many'\n"
    errors = refused({"a.toml": content}, {"N": "x"}, templates=True).splitlines()
    assert ["a.toml:3: server.port: 'many' is not a whole number"] == [error.split(" (")[0] for error in errors]


def test_what_a_template_computes_is_checked(refused: Any) -> None:
    """By type and bounds, as if it stood there."""
    error = refused(environ={"N": "70000", "APP_SERVER__PORT": "@int @format {env[N]}"}, templates=True)
    assert error.startswith("APP_SERVER__PORT: server.port: 70000 is more than 65535")


def test_jinja_computes_where_it_is_installed(opened: Any) -> None:
    """It is Dynaconf's own sandbox."""
    pytest.importorskip("jinja2")
    config = opened(
        environ={"APP_SERVER__HOST": "@jinja {{ this.server.port + 1 }}{{ env.N }}", "N": "x"}, templates=True
    )
    assert "8001x" == config.server.host
