"""What all layers amount to: every problem at once, and values that give way to those below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, fields, post_load

import cfgcore
from cfgcore import Source, ValidationFailed, Violation, hookimpl, rule, section, setting, subsection
from cfgcore.check.judgement import Judge
from cfgcore.declare.registry import Owned, Registry
from cfgcore.layer.plant import Planter
from cfgcore.layer.reading import Sources
from cfgcore.layer.report import Report
from cfgcore.layer.tree import Contribution, Leaf, Table
from cfgcore.values.origin import Origin
from cfgcore.values.problem import Problem


@subsection
class Account:
    user: str = setting("nobody")
    password: str = setting(secret=True)
    colour: str = setting("red", deprecated="Colours are gone.")


@section("server")
class Server:
    port: int = setting(8000, minimum=1, maximum=65535)
    mode: Literal["fast", "safe"] = setting("safe")
    names: tuple[str, ...] = setting((), pattern="[a-z]+")
    old: int | None = setting(None, deprecated="Use server.port.")
    account: Account | None = None
    limits: Mapping[str, int] = setting({}, minimum=0)
    anything: Any = None


@section("client")
class Client:
    retries: int = setting(3, minimum=0, maximum=10)
    wait: float = setting(1.0, minimum=0)
    longest: float = setting(10.0, minimum=0)


def wait_within_longest(wait: float, longest: float) -> Violation | None:
    return Violation(f"{wait} is longer than {longest}", suggested=longest) if wait > longest else None


@dataclass
class Plugin:
    """A plugin of the given sections, rules and source."""

    sections: tuple[Any, ...] = (Server, Client)
    rules: tuple[Any, ...] = (rule(("client.wait", "client.longest"), wait_within_longest),)
    source: Mapping[str, Any] | None = None
    name: str = "acme"

    @hookimpl
    def cfgcore_sections(self) -> list[Any]:
        return list(self.sections)

    @hookimpl
    def cfgcore_rules(self) -> list[Any]:
        return list(self.rules)

    @hookimpl
    def cfgcore_sources(self) -> list[Source]:
        return [] if self.source is None else [Source("vault", lambda: self.source or {})]


def opened(plugin: Plugin | None = None, **how: Any) -> cfgcore.Config:
    how = {"settings_files": [], "environ": {}, "env_prefix": "APP", "plugin_group": None} | how
    return cfgcore.open(plugins=[plugin or Plugin()], **how)


def problems_of(plugin: Plugin | None = None, **how: Any) -> tuple[Problem, ...]:
    with pytest.raises(ValidationFailed) as failure:
        opened(plugin, **how)
    return failure.value.problems


def paths_of(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.path for problem in problems]


def test_all_problems_at_once(tmp_path: Path) -> None:
    """Wrong values of several sections and sources, and broken rules over other settings, are one list."""
    file = tmp_path / "settings.toml"
    file.write_text("[server]\nport = 70000\nmode = 'fats'\n[client]\nwait = 20.0\n")
    problems = problems_of(settings_files=[file], environ={"APP_CLIENT__RETRIES": "many", "APP_SERVER__PROT": "1"})
    found = {problem.path: problem for problem in problems}
    assert {"server.port", "server.mode", "client.retries", "client.wait", ""} == set(found)
    assert {"maximum", "choice", "type", "wait_within_longest", "unknown"} == {one.code for one in problems}
    assert f"{file}:2" == found["server.port"].origin.place
    assert "APP_CLIENT__RETRIES" == found["client.retries"].origin.place
    assert "warning" == found[""].severity


def test_suggestions() -> None:
    """A problem suggests the bound, the choice that is most like the value, or the default."""
    environ = {"APP_SERVER__PORT": "99999", "APP_SERVER__MODE": "fats", "APP_CLIENT__RETRIES": "many"}
    found = {problem.path: problem.suggested for problem in problems_of(environ=environ)}
    assert {"server.port": 65535, "server.mode": "fast", "client.retries": 3} == found


def test_each_layer_is_judged(tmp_path: Path) -> None:
    """A refused value gives way to the one below it, which is judged as well: both are reported."""
    file = tmp_path / "settings.toml"
    file.write_text("[server]\nport = 70000\n")
    problems = problems_of(settings_files=[file], environ={"APP_SERVER__PORT": "0"})
    assert [("minimum", "APP_SERVER__PORT"), ("maximum", f"{file}:2")] == [
        (one.code, one.origin.place) for one in problems if one.origin
    ]


def test_rules_run_on_the_values_below(tmp_path: Path) -> None:
    """A rule over settings that are right is judged even where another setting of the section is wrong."""
    file = tmp_path / "settings.toml"
    file.write_text("[client]\nwait = 20.0\nretries = 11\n")
    assert ["client.retries", "client.wait"] == paths_of(problems_of(settings_files=[file]))


def test_problems_of_failed_paths_are_dropped() -> None:
    """A rule over a setting that is wrong is not judged: the setting's own problem says enough."""
    environ = {"APP_CLIENT__WAIT": "20", "APP_CLIENT__LONGEST": "long"}
    assert ["client.longest"] == paths_of(problems_of(environ=environ))


def test_a_failed_item_counts_as_its_list() -> None:
    """A rule over a list of which one item is wrong is not judged."""

    def never(names: tuple[str, ...]) -> str:
        return "the rule was judged"

    plugin = Plugin(rules=(rule(("server.names",), never),))
    assert ["server.names.1"] == paths_of(problems_of(plugin, environ={"APP_SERVER__NAMES": "['a', 'B2']"}))


def test_a_violation_that_names_a_failed_path_is_dropped() -> None:
    """What a rule says about a path that is wrong already is not repeated."""

    def blames(wait: float) -> Violation:
        return Violation("it is all the fault of retries", path="client.retries")

    plugin = Plugin(rules=(rule(("client.wait",), blames),))
    assert ["type"] == [one.code for one in problems_of(plugin, environ={"APP_CLIENT__RETRIES": "many"})]
    assert ["blames"] == [one.code for one in problems_of(plugin)]


def test_a_missing_part_of_a_group_takes_the_group_with_it(tmp_path: Path) -> None:
    """A group that lacks a required setting is put aside as a whole; its section's other values are judged as given."""
    file = tmp_path / "settings.toml"
    file.write_text("[server]\nport = 9\n[server.account]\nuser = 'u'\n[client]\nwait = 20.0\n")
    seen: list[int] = []
    plugin = Plugin(rules=(rule(("server.port",), lambda port: seen.append(port), code="sees"),))
    assert ["server.account.password"] == paths_of(problems_of(plugin, settings_files=[file]))
    assert [9] == seen


def test_required_names_every_way_to_set_it() -> None:
    """A required setting that nothing sets is named with its variables, its key in a file and its secret's file."""

    @section("db")
    class Database:
        url: str = setting(env="DATABASE_URL")

    (problem,) = problems_of(Plugin((Database,), ()))
    assert ("required", "db.url") == (problem.code, problem.path)
    for name in ("DATABASE_URL", "APP_DB__URL", "'url'", "[db]", "db__url", "'acme'"):
        assert name in problem.message


def test_a_refused_required_value_is_not_missing() -> None:
    """A required setting whose value was refused is reported once, as wrong, and not as missing as well."""

    @section("db")
    class Database:
        account: Account = setting()

    problems = problems_of(Plugin((Database,), ()), environ={"APP_DB__ACCOUNT__USER": "u"})
    assert ["db.account.password"] == paths_of(problems)


def test_an_unreadable_source_is_not_a_missing_value(tmp_path: Path) -> None:
    """Where a file cannot be read, nobody knows what it would have set: required settings are not reported."""

    @section("db")
    class Database:
        url: str = setting()

    file = tmp_path / "settings.toml"
    file.write_text("[db\n")
    assert ["unreadable"] == [one.code for one in problems_of(Plugin((Database,), ()), settings_files=[file])]


def test_warnings_never_block() -> None:
    """Rules and deprecations of severity "warning" are listed, and the configuration opens."""

    def never(port: int) -> str:
        return "any port is a bad idea"

    plugin = Plugin(rules=(rule(("server.port",), never, severity="warning"),))
    with opened(plugin, environ={"APP_SERVER__OLD": "1", "APP_SERVR__PORT": "1"}) as config:
        assert {"never", "deprecated", "unknown"} == {warning.code for warning in config.warnings}
        assert {"warning"} == {warning.severity for warning in config.warnings}
        assert config.validate().is_valid


def test_deprecated_settings_warn_where_they_are_set() -> None:
    """A deprecated setting warns with its text and origin, in a group as well, and not while it has its default."""
    environ = {"APP_SERVER__OLD": "1", "APP_SERVER__ACCOUNT": '@json {"password": "p", "colour": "blue"}'}
    with opened(environ=environ) as config:
        found = {(one.path, one.message, one.origin and one.origin.place) for one in config.warnings}
    assert {
        ("server.old", "Use server.port.", "APP_SERVER__OLD"),
        ("server.account.colour", "Colours are gone.", "APP_SERVER__ACCOUNT"),
    } == found
    with opened() as config:
        assert () == config.warnings


def test_secrets_are_not_in_messages() -> None:
    """A section's own Schema that quotes a secret is redacted."""
    canary = "c4nary'\n\u00e9"

    class Own(Schema):
        token = fields.String()

        @post_load
        def refuse(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
            if data["token"]:
                raise ValueError(f"cannot log in with {data['token']!r}")
            return data

    @section("login", schema=Own)
    class Login:
        token: str = setting("", secret=True)

    (problem,) = problems_of(Plugin((Login,), ()), environ={"APP_LOGIN__TOKEN": canary})
    assert "schema_failed" == problem.code
    assert "'acme'" in problem.message
    assert "c4nary" not in str(problem)


@pytest.mark.parametrize("answer", [None, 5, ["port"]])
def test_an_own_schema_must_load_a_mapping(answer: Any) -> None:
    """A Schema that makes something else than a mapping or its section is a problem that names the plugin."""

    class Own(Schema):
        port = fields.Integer()

        @post_load
        def make(self, data: dict[str, Any], **_: Any) -> Any:
            return answer

    @section("odd", schema=Own)
    class Odd:
        port: int = setting(1)

    (problem,) = problems_of(Plugin((Odd,), ()), environ={"APP_ODD__PORT": "2"})
    assert ("schema_failed", "odd") == (problem.code, problem.path)
    assert "'acme'" in problem.message


def test_what_an_own_schema_makes_is_frozen() -> None:
    """Lists and dicts that an author's Schema makes are frozen before anybody reads them."""

    class Own(Schema):
        names = fields.List(fields.String())

        @post_load
        def make(self, data: dict[str, Any], **_: Any) -> Any:
            return Odd(names=[{"a": ["b"]}])

    @section("odd", schema=Own)
    class Odd:
        names: Any = setting(())

    with opened(Plugin((Odd,), ()), environ={"APP_ODD__NAMES": "['x']"}) as config:
        assert ({"a": ("b",)},) == config.odd.names
        with pytest.raises(TypeError):
            config.odd.names[0]["a"] = 1


def test_templates_below_a_refused_value_are_computed(tmp_path: Path) -> None:
    """A template that takes the place of a refused value is computed before it is judged."""
    file = tmp_path / "settings.toml"
    file.write_text("[server]\nport = '@int @format {env[PORT]}'\n")
    environ = {"PORT": "99", "APP_SERVER__PORT": "0"}
    problems = problems_of(settings_files=[file], environ=environ, templates=True)
    assert [("minimum", "APP_SERVER__PORT")] == [(one.code, one.origin.place) for one in problems if one.origin]


REGISTRY = Registry(
    [Owned("acme", sections=[Server, Client], rules=[rule(("client.wait", "client.longest"), wait_within_longest)])]
)
JUDGE = Judge(REGISTRY, Sources(environ={}))
NAMES = sorted({name for one in REGISTRY.sections.values() for name in one.settings} | {"password", "0", "x"})
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), below, max_size=3)
    ),
    max_leaves=12,
)
SECTION = st.dictionaries(st.sampled_from(NAMES), DATA, max_size=5)
ORIGIN = Origin("file", "source", "data")


def node_of(value: Any, depth: int) -> Table | Leaf:
    if isinstance(value, dict) and depth:
        return Table((key, node_of(below, depth - 1)) for key, below in value.items())
    return Leaf(value, ORIGIN)


@given(st.lists(st.fixed_dictionaries({}, optional={"server": SECTION, "client": SECTION}), max_size=4))
def test_no_data_breaks_the_judge(layers: list[dict[str, Any]]) -> None:
    """Whatever plain data the layers hold, judging it finds problems or makes sections, and never raises."""
    contributions = []
    for data in layers:
        tree, report = Table(), Report()
        Planter(REGISTRY, report, inert=True).plant(tree, (), data, lambda _key: ORIGIN, ())
        contributions.append(Contribution("file", "data", tree))
    judgement = JUDGE.judge(contributions)
    assert {"server", "client"} == set(judgement.sections)
    assert all((problem.severity == "warning") == (problem.code == "deprecated") for problem in judgement.problems)
    assert 0 <= judgement.sections["client"].retries <= 10
    assert JUDGE.judge(contributions).problems == judgement.problems


@given(st.sampled_from(["port", "mode", "names", "account", "limits", "anything"]), DATA, st.integers(0, 3))
def test_no_tree_breaks_the_judge(name: str, value: Any, depth: int) -> None:
    """A leaf where a table is expected, and the other way about, is a problem and no exception."""
    tree = Table({"server": Table({name: node_of(value, depth)}.items())}.items())
    assert {"server", "client"} == set(JUDGE.judge([Contribution("file", "data", tree)]).sections)
