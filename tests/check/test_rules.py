"""Rules: pure functions over settings, judged so that none of them can do harm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

import cfgcore
from cfgcore import ValidationFailed, Violation, hookimpl, rule, section, setting, subsection
from cfgcore.check.rules import broken_rules
from cfgcore.declare.registry import Owned, Registry


@subsection
class Login:
    user: str = setting("root")
    password: str = setting("", secret=True)


@section("server")
class Server:
    port: int = setting(8000)
    token: str | None = setting(None, secret=True)
    tokens: tuple[str, ...] = setting((), secret=True)
    login: Login = Login()
    logins: tuple[Login, ...] = ()
    limits: Mapping[str, int] = setting({})


class Plugin:
    name = "acme"

    def __init__(self, *rules: Any) -> None:
        self.rules = list(rules)

    @hookimpl
    def cfgcore_sections(self) -> list[Any]:
        return [Server]

    @hookimpl
    def cfgcore_rules(self) -> list[Any]:
        return self.rules


def opened(*rules: Any, **environ: str) -> cfgcore.Config:
    return cfgcore.open(
        plugins=[Plugin(*rules)], settings_files=[], env_prefix="APP", environ=environ, plugin_group=None
    )


def problem_of(*rules: Any, **environ: str) -> cfgcore.Problem:
    with pytest.raises(ValidationFailed) as failure:
        opened(*rules, **environ)
    (problem,) = failure.value.problems
    return problem


def raises(error: BaseException) -> Callable[[Any], Any]:
    def check(_value: Any) -> Any:
        raise error

    return check


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), RecursionError("deep"), KeyError("port")])
def test_a_rule_that_raises_fails_closed(error: BaseException) -> None:
    """A rule that raises, or leaves the program, is an error that names rule and plugin: nobody knows if it holds."""
    problem = problem_of(rule(("server.port",), raises(error), code="strict", severity="warning"))
    assert ("rule_failed", "server.port", "error") == (problem.code, problem.path, problem.severity)
    for name in ("'strict'", "'acme'", type(error).__name__):
        assert name in problem.message


@pytest.mark.parametrize("answer", [True, False, 5, b"no", [], Violation])
def test_a_rule_that_returns_nonsense_fails_closed(answer: Any) -> None:
    """A rule answers with None, text or a Violation; anything else is an error that names it."""
    problem = problem_of(rule(("server.port",), lambda _port: answer, code="odd"))
    assert "rule_failed" == problem.code
    assert type(answer).__name__ in problem.message


def test_one_bad_rule_stops_no_other() -> None:
    """Every other rule is judged after one has raised."""
    seen: list[int] = []
    good = rule(("server.port",), lambda port: seen.append(port), code="good")
    assert "rule_failed" == problem_of(rule(("server.port",), raises(SystemExit()), code="bad"), good).code
    assert [8000] == seen


def test_a_violation_says_more_than_text() -> None:
    """Path, suggestion and parameters of a Violation are those of the problem; the code is the rule's."""
    answer = Violation("too low", path="server.limits", suggested=9, parameters={"least": 9})
    problem = problem_of(rule(("server.port",), lambda _port: answer, code="low"))
    assert ("low", "server.limits", "too low", 9) == (problem.code, problem.path, problem.message, problem.suggested)
    assert {"least": 9} == problem.parameters


def test_the_origin_is_what_was_set() -> None:
    """A problem points at the value that somebody set, not at a default beside it."""
    check = rule(("server.port", "server.limits"), lambda _port, _limits: "no", code="pair")
    assert "APP_SERVER__LIMITS__CPU" == problem_of(check, APP_SERVER__LIMITS__CPU="1").origin.place
    assert "default" == problem_of(check).origin.kind


def test_a_rule_reaches_into_groups() -> None:
    """A path may lead into a group; the rule gets the value there."""
    seen: list[Any] = []
    with opened(
        rule(("server.login.user",), lambda user: seen.append(user), code="reach"), APP_SERVER__LOGIN__USER="ada"
    ):
        assert ["ada"] == seen


def test_rules_of_absent_plugins_do_not_run() -> None:
    """A rule over a section that no installed plugin brings is left out."""
    with opened(rule(("server.port", "elsewhere.port"), lambda _one, _other: "no", code="apart")) as config:
        assert () == config.warnings


SECRETS = {
    "server.token": {"APP_SERVER__TOKEN": "c4nary"},
    "server.tokens": {"APP_SERVER__TOKENS": "['c4nary', 'c4nary2']"},
    "server.login": {"APP_SERVER__LOGIN__PASSWORD": "c4nary"},
    "server.login.password": {"APP_SERVER__LOGIN__PASSWORD": "c4nary"},
    "server.logins": {"APP_SERVER__LOGINS": '@json [{"password": "c4nary"}]'},
}


def spelt(value: Any) -> str:
    """Every text in a value, as a careless rule would quote it."""
    if isinstance(value, tuple):
        return " ".join(map(spelt, value))
    return value.password if isinstance(value, Login) else str(value)


@pytest.mark.parametrize("path", SECRETS)
@pytest.mark.parametrize("how", ["text", "violation", "error"])
def test_what_a_rule_says_of_secrets_is_redacted(path: str, how: str) -> None:
    """Secrets that a rule quotes, in its sentence, its suggestion, its parameters or its exception, are dots."""

    def careless(value: Any) -> Any:
        text = f"{spelt(value)} is too easy"
        if how == "error":
            raise ValueError(text)
        return text if how == "text" else Violation(text, suggested=spelt(value), parameters={"value": spelt(value)})

    problem = problem_of(rule((path,), careless), **SECRETS[path])
    assert "••••" in problem.message
    assert "c4nary" not in repr(problem)


def test_no_rules_no_problems() -> None:
    """A registry without rules has nothing that could be broken."""
    assert [] == broken_rules(
        Registry([Owned("acme", sections=[Server])]), {"server": Server()}, (), lambda _path: None
    )
