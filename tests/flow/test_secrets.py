"""A secret never appears: canaries in every secret setting, from every source, looked for in every output."""

from __future__ import annotations

import base64
import dataclasses
import json
import logging
import pickle
import traceback
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from marshmallow import Schema, fields, validates_schema

import cfgcore
from cfgcore import Source, ValidationFailed, Violation, hookimpl, rule, section, setting, subsection
from cfgcore.cli import main
from cfgcore.testing import override

CANARY = "c4nary/'é+x"


@subsection
class Login:
    user: str = setting("root")
    password: str | None = setting(None, secret=True, length=(4, None))


class OwnSchema(Schema):
    code = fields.String(allow_none=True)
    other = fields.Integer()

    @validates_schema
    def careless(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("other") == 13:
            raise ValueError(f"no code like {data['code']!r}")


@section("own", schema=OwnSchema)
class Own:
    code: str | None = setting(None, secret=True)
    other: int = setting(1)


@section("safe")
class Safe:
    token: str | None = setting(None, secret=True, pattern=r"[^!]+")
    number: int | None = setting(None, secret=True, minimum=10)
    tokens: tuple[str, ...] = setting((), secret=True)
    named: Mapping[str, str] = setting({}, secret=True)
    login: Login = Login()
    logins: tuple[Login, ...] = ()
    by_name: Mapping[str, Login] = setting({})
    choice: str | None = setting(None, secret=True, choices=("a", "b"))
    old: str | None = setting(None, secret=True, deprecated="It is old.")
    strict: bool = setting(False)


def careless(token: Any, tokens: Any, login: Any, strict: bool) -> Violation | None:
    if not strict:
        return None
    text = f"{token} {tokens} {login.password}"
    return Violation(text, suggested=token, parameters={"token": token})


def crashing(token: Any, strict: bool) -> None:
    if strict:
        raise KeyError(token)


class Plugin:
    name = "safe"

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        self.data = data

    @hookimpl
    def cfgcore_sections(self) -> list[Any]:
        return [Safe, Own]

    @hookimpl
    def cfgcore_rules(self) -> list[Any]:
        return [
            rule(("safe.token", "safe.tokens", "safe.login", "safe.strict"), careless),
            rule(("safe.token", "safe.strict"), crashing),
        ]

    @hookimpl
    def cfgcore_sources(self) -> list[Source]:
        return [] if self.data is None else [Source("vault", lambda: self.data or {})]


DATA: dict[str, Any] = {
    "safe": {
        "token": CANARY,
        "tokens": [CANARY, f"2{CANARY}"],
        "named": {"a": CANARY},
        "login": {"password": CANARY},
        "logins": [{"user": "ada", "password": CANARY}],
        "by_name": {"a": {"password": CANARY}},
        "choice": "a",
        "old": CANARY,
    },
    "own": {"code": CANARY},
}


def forms(canary: str = CANARY) -> set[str]:
    """The canary as it is, and as base64, URLs, JSON, repr and other programs write it."""
    data = canary.encode()
    encoded = {base64.b64encode(data[start:]).decode().rstrip("=")[:-1] for start in range(3)}
    quoted = {urllib.parse.quote(canary), urllib.parse.quote(canary, safe=""), urllib.parse.quote_plus(canary)}
    escaped = {json.dumps(canary)[1:-1], repr(canary)[1:-1], ascii(canary)[1:-1], canary.replace("'", "''")}
    return {canary, "c4nary", data.hex(), *encoded, *quoted, *escaped}


def found(text: str) -> list[str]:
    """The forms of the canary that stand in `text`."""
    return [form for form in forms() if form in text]


def spell(public: object) -> Iterator[str]:
    """Everything that a public object says of itself when it is printed."""
    yield f"{public!r} {public!s} {public:}" if type(public).__format__ is object.__format__ else repr(public)
    yield str(public)


def of_config(config: cfgcore.Config) -> Iterator[str]:
    """Everything that a configuration says of itself."""
    yield from spell(config)
    yield from spell(config.view)
    yield config.view.digest
    for name in config.view:
        yield from spell(getattr(config.view, name))
    for path in (*config.registry.setting_paths(), *(path for path in DEEP if config.get(path, None) is not None)):
        explanation = config.explain(path)
        yield from spell(explanation)
        yield from map(repr, explanation.said)
        yield json.dumps({"value": explanation.value, "said": [said.value for said in explanation.said]})
    for problem in (*config.warnings, *config.validate().problems):
        yield from of_problem(problem)
    yield repr(config.validate())


DEEP = ("safe.login.password", "safe.login.user", "safe.logins.0", "safe.logins.0.password", "safe.logins.0.user")


def of_problem(problem: cfgcore.Problem) -> Iterator[str]:
    yield from spell(problem)
    yield repr([problem.message, problem.parameters, problem.suggested, problem.suggested_value])
    yield f"{problem.origin} {problem.origin!r}"


def of_failure(error: BaseException) -> Iterator[str]:
    """Everything that an error says, the ones behind it included."""
    yield from spell(error)
    yield (
        "".join(traceback.format_exception(type(error), error, error.__traceback__, chain=True))
        .replace(Path(__file__).read_text(encoding="utf-8"), "")
        .partition("\n")[2]
        .rpartition("cfgcore.errors")[2]
    )
    for problem in getattr(error, "problems", ()):
        yield from of_problem(problem)


def toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {toml(below)}" for key, below in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def variables(data: Mapping[str, Any]) -> dict[str, str]:
    return {
        f"APP_{name}__{key}".upper(): value if isinstance(value, str) else f"@json {json.dumps(value)}"
        for name, table in data.items()
        for key, value in table.items()
    }


def by_file(folder: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    text = "".join(
        f"[{name}]\n" + "".join(f"{key} = {toml(value)}\n" for key, value in table.items())
        for name, table in data.items()
    )
    (folder / "settings.toml").write_text(text, encoding="utf-8")
    return {"settings_files": ["settings.toml"]}


def by_json(folder: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    (folder / "settings.json").write_text(json.dumps(data), encoding="utf-8")
    return {"settings_files": ["settings.json"]}


def by_secrets_file(folder: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    (folder / "secrets.yaml").write_text(json.dumps(data), encoding="utf-8")
    return {"secrets_files": "secrets.yaml"}


def by_variable(_folder: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"environ": variables(data)}


def by_dotenv(folder: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    lines = (f"{name}={json.dumps(text, ensure_ascii=False)}\n" for name, text in variables(data).items())
    (folder / ".env").write_text("".join(lines), encoding="utf-8")
    return {"dotenv": ".env"}


def by_secrets_dir(folder: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    (folder / "secrets").mkdir()
    for name, text in variables(data).items():
        (folder / "secrets" / name).write_text(f"{text}\n", encoding="utf-8")
    return {"secrets_dir": "secrets"}


def by_named_file(folder: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    environ = {}
    for name, text in variables(data).items():
        (folder / name).write_text(text, encoding="utf-8")
        environ[f"{name}_FILE"] = str(folder / name)
    return {"environ": environ}


def by_source(_folder: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"plugins": [Plugin(data)]}


Way = Callable[[Path, Mapping[str, Any]], dict[str, Any]]
WAYS: tuple[Way, ...] = (
    by_file,
    by_json,
    by_secrets_file,
    by_variable,
    by_dotenv,
    by_secrets_dir,
    by_named_file,
    by_source,
)


def opened(folder: Path, **how: Any) -> cfgcore.Config:
    how = {"settings_files": [], "environ": {}, "plugins": [Plugin()], "plugin_group": None, "env_prefix": "APP"} | how
    return cfgcore.open(folder=folder, **how)


@pytest.mark.parametrize("way", WAYS)
def test_a_good_configuration(tmp_path: Path, way: Way, caplog: pytest.LogCaptureFixture) -> None:
    """Secrets from any source are read by programs, and by nobody who prints, explains, validates or logs."""
    with caplog.at_level(logging.DEBUG), opened(tmp_path, **way(tmp_path, DATA)) as config:
        assert CANARY == config.safe.token == config.safe.login.password == config.own.code
        assert (CANARY, f"2{CANARY}") == config.safe.tokens
        assert CANARY == config.safe.logins[0].password == config.safe.by_name["a"].password
        assert {"a": CANARY} == config.safe.named
        texts = [*of_config(config), caplog.text]
    assert caplog.text
    assert [] == found("\n".join(texts))


def wrong(**values: Any) -> dict[str, Any]:
    return {"safe": {**DATA["safe"], **values}, "own": DATA["own"]}


#: What stands in the wrong place, and nowhere else, so that nothing hides it by chance.
OTHER = "c4nary of another kind"

WRONG = {
    "type": wrong(token=[OTHER]),
    "number": wrong(number=OTHER),
    "not a list": wrong(tokens={"a": OTHER}),
    "an item": wrong(tokens=[CANARY, {"b": CANARY}]),
    "not a table": wrong(named=[OTHER]),
    "a table's item": wrong(named={"a": [OTHER]}),
    "a group": wrong(login=[OTHER]),
    "a group as text": wrong(login=OTHER),
    "a long group": wrong(login=OTHER + "z" * 300),
    "groups": wrong(logins=OTHER),
    "groups as tables": wrong(logins={"a": OTHER}),
    "a group in a list": wrong(logins=[OTHER]),
    "a group in a table": wrong(by_name={"a": OTHER}),
    "in a group": wrong(login={"password": [CANARY]}),
    "in a list": wrong(logins=[{"password": {"a": CANARY}}]),
    "pattern": wrong(token=f"{CANARY}!"),
    "choice": wrong(choice=f"{CANARY}2"),
    "length": wrong(login={"password": CANARY[:3] or ""}, token=f"!{CANARY}"),
    "bound": wrong(number=3, token=f"{CANARY}!"),
    "rules": wrong(strict=True),
    "own schema": {**DATA, "own": {"code": CANARY, "other": 13}},
    "own schema's field": {**DATA, "own": {"code": {"a": CANARY}, "other": 1}},
    "unknown": wrong(tokn=CANARY, number="x"),
    "unknown in a group": wrong(login={"pasword": OTHER}, number="x"),
    "unknown in a list": wrong(logins=[{"pasword": OTHER}]),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_configuration(tmp_path: Path, way: Way, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """No problem of any kind quotes a secret, whichever source it came from."""
    with caplog.at_level(logging.DEBUG), pytest.raises(ValidationFailed) as failure:
        opened(tmp_path, **way(tmp_path, WRONG[kind]))
    assert [] == found("\n".join([*of_failure(failure.value), caplog.text]))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("settings.toml", f'[safe]\ntoken = "{CANARY}\n'),
        ("settings.toml", f"[safe]\ntoken = {CANARY}\n"),
        ("settings.toml", f'[safe]\ntoken = "{CANARY}"\ntoken = "{CANARY}"\n'),
        ("settings.toml", f'[safe]\ntoken = "\\{CANARY}"\n'),
        ("settings.json", f'{{"safe": {{"token": "{CANARY}}}}}'),
        ("settings.json", f'{{"safe": {{"token": {CANARY}}}}}'),
        ("settings.yaml", f"safe:\n  token: *{CANARY}\n"),
        ("settings.yaml", f"safe:\n  token: !{CANARY} x\n"),
        ("settings.yaml", f"safe:\n  token: &a {CANARY}\n  token: *a\n"),
        ("settings.yaml", f'safe:\n  token: "{CANARY}\n'),
        ("settings.yaml", f"safe:\n  token: @{CANARY}\n"),
        ("settings.yaml", f"safe:\n  token: {{{CANARY}\n"),
        ("settings.ini", f"[safe]\ntoken {CANARY}\n"),
        ("settings.ini", f"[safe]\ntoken = '{CANARY}\n"),
        (".env", f"APP_SAFE__TOKEN='{CANARY}\n"),
        (".env", f"{CANARY}\n"),
    ],
)
def test_text_that_cannot_be_read(tmp_path: Path, name: str, text: str, caplog: pytest.LogCaptureFixture) -> None:
    """What is wrong with the text of a file is told by its line, and not by quoting it."""
    if name.endswith(".ini"):
        pytest.importorskip("configobj")
    (tmp_path / name).write_text(text, encoding="utf-8")
    how = {"dotenv": name} if name == ".env" else {"settings_files": [name]}
    texts = []
    try:
        with caplog.at_level(logging.DEBUG), opened(tmp_path, **how) as config:
            texts += of_config(config)
    except ValidationFailed as failure:
        texts += of_failure(failure)
    assert texts
    assert [] == found("\n".join([*texts, caplog.text]))


@pytest.mark.parametrize(
    "text",
    [
        *(f"@{token} {{0}}" for token in ("int", "float", "bool", "json", "format", "jinja", "merge", "merge_unique")),
        *("@insert {0}", "@insert x {0}", "@none {0}", "@reset {0}", "@del {0}", "@json {{{0}", "[{0}", "{{{0}"),
    ],
)
@pytest.mark.parametrize(
    "name", ["TOKEN", "NUMBER", "TOKENS", "NAMED", "LOGIN", "LOGINS", "BY_NAME", "LOGIN__PASSWORD"]
)
def test_tokens_that_cannot_be_applied(tmp_path: Path, name: str, text: str, caplog: pytest.LogCaptureFixture) -> None:
    """A token of Dynaconf's that does not fit its value is told without the value."""
    texts = []
    try:
        environ = {f"APP_SAFE__{name}": text.format(CANARY)}
        with caplog.at_level(logging.DEBUG), opened(tmp_path, environ=environ) as config:
            texts += [repr(config.view), str(config.warnings)]
    except ValidationFailed as failure:
        texts += of_failure(failure)
    assert [] == found("\n".join([*texts, caplog.text]))


def test_values_that_a_stronger_layer_hides(tmp_path: Path) -> None:
    """What a weaker layer said wrongly, and nobody judged because it is hidden, is not explained either."""
    hidden = {"safe": {"login": CANARY, "logins": CANARY, "by_name": [CANARY], "tokens": {"a": CANARY}}}
    environ = variables({"safe": {name: DATA["safe"][name] for name in hidden["safe"]}})
    with opened(tmp_path, **by_file(tmp_path, hidden), environ=environ) as config:
        assert [] == found("\n".join(text for path in hidden["safe"] for text in spell(config.explain(f"safe.{path}"))))


def test_changes_and_events(tmp_path: Path) -> None:
    """A reload that changes secrets says so without them; programs get both values."""
    how = by_file(tmp_path, {"safe": {}})
    with opened(tmp_path, **how) as config:
        by_file(tmp_path, DATA)
        event = config.reload()
        assert CANARY == {change.path: change.new for change in event.effective}["safe.token"]
        by_file(tmp_path, {"safe": {"token": "another", "tokens": [CANARY]}})
        back = config.reload()
        by_file(tmp_path, WRONG["pattern"])
        with pytest.raises(ValidationFailed) as failure:
            config.reload()
        texts = [text for one in (event, back, *event.effective, *back.effective) for text in spell(one)]
        texts += [*of_failure(failure.value), *of_failure(cfgcore.ValidationFailed(config.validate().problems))]
    assert [] == found("\n".join(texts))


def test_overrides(tmp_path: Path) -> None:
    """Tests that override a secret do not print it."""
    with opened(tmp_path) as config, override({"safe.token": CANARY, "safe.login": Login(password=CANARY)}):
        texts = [*of_config(config)]
        with pytest.raises(ValidationFailed) as failure, override({"safe.tokens": {"a": CANARY}}):
            raise AssertionError("the block ran")
        texts += of_failure(failure.value)
    assert [] == found("\n".join(texts))


COMMANDS = (
    ("show",),
    ("show", "safe.logins"),
    ("get", "safe"),
    ("get", "safe.token"),
    ("get", "safe.tokens"),
    ("get", "safe.tokens.0"),
    ("get", "safe.named.a"),
    ("get", "safe.login"),
    ("get", "safe.logins.0"),
    ("get", "safe.logins.0.password"),
    ("get", "safe.by_name"),
    ("get", "safe.by_name.a"),
    ("get", "own.code"),
    ("explain", "safe.token"),
    ("explain", "safe.login"),
    ("explain", "safe.logins"),
    ("explain", "safe.logins.0"),
    ("explain", "safe.logins.0.user"),
    ("validate",),
    ("plugins",),
    ("doctor",),
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose cfgcore.toml knows the plugin of this module and a file of secrets."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "cfgcore.toml").write_text(
        'plugin_group = ""\nenv_prefix = "APP"\nsettings_files = ["settings.toml"]\n'
    )
    monkeypatch.chdir(tmp_path)
    plugin = Plugin()
    monkeypatch.setattr("cfgcore.cli.project.load_objects", lambda _names, _folder: [plugin])
    return tmp_path


@pytest.mark.parametrize("command", [*COMMANDS, ("schema",), ("schema", "safe")], ids=" ".join)
@pytest.mark.parametrize("data", [DATA, WRONG["pattern"], WRONG["rules"], WRONG["a group as text"]])
def test_commands(project: Path, command: tuple[str, ...], data: Mapping[str, Any]) -> None:
    """No command prints a secret, as text or as JSON, of a good or of a wrong configuration."""
    by_file(project, data)
    for extra in ((),) if command[0] == "schema" else ((), ("--json",)):
        result = CliRunner().invoke(main, [*command, *extra])
        assert result.exit_code in (0, 1)
        assert result.output
        declared = forms() if command[0] == "schema" else set()
        assert [] == [form for form in found(result.output) if form not in declared]


def test_pickles_and_dicts_are_for_programs(tmp_path: Path) -> None:
    """`dataclasses.asdict` gives programs what attributes give them; a problem's has no secret."""
    with opened(tmp_path, **by_variable(tmp_path, DATA)) as config:
        assert CANARY == dataclasses.asdict(config.safe)["token"]
    with pytest.raises(ValidationFailed) as failure:
        opened(tmp_path, **by_file(tmp_path, WRONG["pattern"]))
    problems = failure.value.problems
    assert all(problem.origin is not None and problem.origin.line for problem in problems)
    assert [] == found(repr([dataclasses.asdict(problem) for problem in problems]))
    assert [] == found(pickle.dumps(problems).decode("latin-1"))


def test_the_search_finds_a_canary(tmp_path: Path) -> None:
    """Every form of a canary is found where one is, so that finding none means something."""
    for form in forms():
        assert found(f"a text with {form} in it")
    assert found(base64.b64encode(f"user:{CANARY}".encode()).decode())
    assert found(json.dumps({"a": [CANARY]}))
    assert found(urllib.parse.urlencode({"a": CANARY}))

    @section("shown")
    class Shown:
        token: str | None = None

    class Careless:
        @hookimpl
        def cfgcore_sections(self) -> list[Any]:
            return [Shown]

    with opened(tmp_path, plugins=[Careless()], environ={"APP_SHOWN__TOKEN": CANARY}) as config:
        for text in (*spell(config.view), *spell(config.shown), *spell(config.explain("shown.token"))):
            assert found(text)
