"""The commands of feature flags."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def store(project: Path) -> None:
    """The project keeps its changes."""
    file = project / "cfgcore.toml"
    file.write_text(f'{file.read_text(encoding="utf-8")}store = "store.json"\n', encoding="utf-8")


def test_flags_are_listed(run: Run) -> None:
    """What each gives, and where that comes from; as JSON with everything."""
    assert "self_service  on     default of plugin 'shop'" in run("flags", "list").stdout
    run("flags", "rollout", "self_service", "25")
    assert "25 % on, 75 % off" in run("flags", "list").stdout
    (flag,) = json.loads(run("flags", "list", "--json").stdout)
    assert ("self_service", {"on": 25, "off": 75}, "stored") == (flag["flag"], flag["rollout"], flag["origin"]["layer"])


def test_flags_are_set_and_unset(run: Run) -> None:
    """By short forms and whole definitions; who and why are kept."""
    result = run("flags", "set", "self_service", "false", "--actor", "ada", "--reason", "winter")
    assert (0, True) == (result.exit_code, result.stdout.endswith("Revision 1.\n"))
    assert "self_service  off" in run("flags", "list").stdout
    (commit,) = json.loads(run("history", "flags.self_service", "--json").stdout)
    assert ("ada", "winter") == (commit["actor"], commit["reason"])
    run("flags", "set", "self_service", "12.5%")
    assert "12.5 % on" in run("flags", "list").stdout
    run("flags", "set", "banner", '{"state": "ENABLED", "variants": {"a": "A", "b": "B"}, "defaultVariant": "b"}')
    assert "banner        b" in run("flags", "list").stdout
    run("flags", "set", "banner", "a")
    assert "banner is 'A'" in run("flags", "explain", "banner").stdout
    assert "Revision 5.\n" in run("flags", "unset", "self_service").stdout
    assert "Revision 6.\n" in run("undo", "5").stdout


def test_shares_of_variants(run: Run) -> None:
    """One a variant, with or without a sign."""
    variants = '{"state": "ENABLED", "variants": {"a": 1, "b": 2, "c": 3}, "defaultVariant": "a"}'
    run("flags", "set", "ranking", variants)
    assert 0 == run("flags", "rollout", "ranking", "b=10", "c=20%").exit_code
    assert "10 % b, 20 % c, 70 % a" in run("flags", "list").stdout


def test_a_user_is_given_a_variant(run: Run) -> None:
    """And it is taken back."""
    assert "flags.self_service of bea: not set -> false" in run("flags", "override", "self_service", "bea", "no").stdout
    assert "self_service is False for user 'bea'" in run("flags", "explain", "self_service", "--user", "bea").stdout
    assert 0 == run("flags", "override", "self_service", "bea", "--remove").exit_code
    assert "self_service is True for user 'bea'" in run("flags", "explain", "self_service", "--user", "bea").stdout


def test_an_explanation_as_json(run: Run) -> None:
    """With the bucket, and the context that rules ask for."""
    run("flags", "rollout", "self_service", "25")
    found = json.loads(run("flags", "explain", "self_service", "--user", "bea", "--json").stdout)
    assert ("self_servicebea", 100, "SPLIT") == (found["bucket"]["key"], found["bucket"]["total"], found["reason"])
    rule = {"if": [{"var": "vip"}, "on"]}
    definition = {
        "state": "ENABLED",
        "variants": {"on": True, "off": False},
        "defaultVariant": "off",
        "targeting": rule,
    }
    run("flags", "set", "self_service", json.dumps(definition))
    told = run("flags", "explain", "self_service", "--context", '{"vip": true}').stdout
    assert "is True for nobody in particular" in told
    assert "targeting.if.0: the condition holds" in told


def test_a_dry_run_changes_nothing(run: Run, project: Path) -> None:
    """Of every command that changes something."""
    (project / "flags.json").write_text(
        '{"flags": {"x": {"state": "ENABLED", "variants": {"a": 1}}}}', encoding="utf-8"
    )
    for arguments in (
        ("set", "self_service", "false"),
        ("rollout", "self_service", "10"),
        ("override", "self_service", "bea", "false"),
        ("import", "flags.json"),
    ):
        assert "It is valid; nothing was changed." in run("flags", *arguments, "--dry-run").stdout
    assert "It would change nothing." in run("flags", "unset", "self_service", "--dry-run").stdout
    assert [] == json.loads(run("history", "--json").stdout)


def test_files_go_out_and_come_in(run: Run, project: Path) -> None:
    """To a file, to standard output; what comes in again changes nothing."""
    run("flags", "rollout", "self_service", "25")
    assert 0 == run("flags", "export", "out.json").exit_code
    text = (project / "out.json").read_text(encoding="utf-8")
    assert text == run("flags", "export").stdout
    assert "Nothing changed.\n" == run("flags", "import", "out.json").stdout
    run("flags", "unset", "self_service")
    result = run("flags", "import", "out.json", "--reason", "back again")
    assert (0, True) == (result.exit_code, "Revision 3." in result.stdout)


def test_what_goes_out_has_the_schema_that_is_printed(run: Run) -> None:
    """Nothing of an application is needed to print it."""
    from jsonschema import Draft202012Validator

    run("flags", "rollout", "self_service", "25")
    schema, file = (json.loads(run("flags", name).stdout) for name in ("schema", "export"))
    Draft202012Validator(schema).validate(file)
    assert ["self_service"] == list(file["flags"])


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("set", "self_servic", "true"), 2, "there is no flag 'self_servic'. Did you mean 'self_service'?"),
        (("set", "self_service", "half"), 1, "there is no variant 'half'"),
        (("set", "self_service", "{"), 2, "VALUE is not JSON"),
        (("set", "self_service", '{"state": 1}'), 1, "the state is ENABLED or DISABLED"),
        (("rollout", "self_service", "-1"), 1, "-1 is not a percentage"),
        (("rollout", "self_service", "101"), 1, "101 is not a percentage"),
        (("rollout", "self_service", "nan"), 1, "nan is not a percentage"),
        (("rollout", "self_service", "half"), 2, "'half' is not a percentage"),
        (("rollout", "self_service", "on=1", "2"), 2, "'2' is not VARIANT=PERCENT"),
        (("override", "self_service", "bea"), 2, "give a VALUE, or --remove"),
        (("override", "self_service", "", "true"), 2, "a user id is not empty"),
        (("override", "self_service", "bea", "blue"), 1, "there is no variant 'blue'"),
        (("explain", "self_service", "--context", "[1]"), 2, "--context is a table"),
        (("explain", "self_service", "--context", "x"), 2, "--context is not JSON"),
        (("import", "nothing.json"), 1, "nothing.json: the file cannot be read"),
        (("explain", "self_servic"), 2, "there is no flag 'self_servic'. Did you mean 'self_service'?"),
        (("explain", "self_servic", "--json"), 2, "there is no flag 'self_servic'"),
        (("import", "settings.toml"), 1, "settings.toml: line 1: it is not JSON"),
        (("rollout", "self_service", "5", "--expect", "-1"), 1, "-1 is not a revision"),
    ],
)
def test_what_is_wrong_is_told(run: Run, arguments: tuple[str, ...], code: int, told: str) -> None:
    """Without a traceback; 2 where the call is wrong, 1 where the change is."""
    result = run("flags", *arguments)
    assert code == result.exit_code
    assert told in result.output


def test_a_malformed_flag_is_listed_and_can_be_mended(run: Run, project: Path) -> None:
    """Commands open the configuration though a settings file is wrong."""
    (project / "settings.toml").write_text('[flags]\nself_service = "half"\n', encoding="utf-8")
    result = run("flags", "list")
    assert (0, True) == (result.exit_code, "cannot be used" in result.stdout)
    assert "'half' is no definition" in result.output
    assert 0 == run("flags", "set", "self_service", '{"state": "DISABLED", "variants": {"a": 1}}').exit_code
